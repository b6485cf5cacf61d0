import type { Geometry } from "@coscope/annotations/geometry";
import type { ToolId } from "../state/workspace.ts";
import { type AreaMode, finishArea, MODE_HINT, modeOf } from "./area.ts";
import { ModifierLatch } from "./modifier-latch.ts";
import type { ImageBox, Modifiers, Tool, ToolHost, ToolPointer, XY } from "./tool.ts";
import { boxBetween, CLICK_TOLERANCE_CSS, constrainSquare, distanceCss } from "./tool.ts";

interface Drag {
  readonly from: XY;
  readonly fromScreen: XY;
  readonly mode: AreaMode;
  readonly latch: ModifierLatch;
  to: XY;
  toScreen: XY;
}

export interface BoxShape {
  readonly id: ToolId;
  /** "rectangle" and "square" */
  readonly name: string;
  readonly even: string;
  readonly start: string;
  geometry(box: ImageBox, plane: { readonly z: number; readonly t: number }): Geometry;
}

/**
 * Drag from corner to corner. Shift or Alt at the start add to what is there or cut from it; pressed during the drag
 * they make a square, or draw from the centre.
 */
export function createBoxTool(host: ToolHost, shape: BoxShape): Tool {
  let drag: Drag | null = null;

  function show(modifiers: Modifiers): void {
    const layerId = host.activeLayerId();
    if (!drag || !layerId) return;
    const geometry = geometryOf(drag, modifiers);
    host.preview(geometry ? [{ geometry, layerId, classId: host.activeClassId() }] : []);
  }

  /** null while the drag is still a click. */
  function geometryOf(from: Drag, modifiers: Modifiers): Geometry | null {
    if (distanceCss(from.fromScreen, from.toScreen) <= CLICK_TOLERANCE_CSS) return null;
    const { shift, alt } = from.latch.since(modifiers);
    const to = shift ? constrainSquare(from.from, from.to) : from.to;
    const other = alt ? { x: 2 * from.from.x - to.x, y: 2 * from.from.y - to.y } : from.from;
    const box = boxBetween(other, to);
    if (box.maxX === box.minX || box.maxY === box.minY) return null;
    return shape.geometry(box, host.plane());
  }

  function end(): boolean {
    if (!drag) return false;
    drag = null;
    host.preview([]);
    return true;
  }

  function refresh(modifiers: Modifiers): void {
    host.cursor("crosshair");
    host.handles([]);
    show(modifiers);
    if (!drag) {
      const mode = modeOf(modifiers);
      host.hint(
        mode === "new" ? `${shape.start} · Shift: add · Alt: cut` : `${MODE_HINT[mode]}${shape.start}`,
      );
    } else if (drag.latch.since(modifiers).shift) host.hint(`Release to keep the ${shape.even}`);
    else {
      const shapes = `Shift: ${shape.even} · Alt: from the centre · Esc: discard`;
      host.hint(`${MODE_HINT[drag.mode]}Release to keep the ${shape.name} · ${shapes}`);
    }
  }

  return {
    id: shape.id,
    pointer(event: ToolPointer) {
      switch (event.type) {
        case "down":
          event.capture();
          if (!host.mayDraw()) return;
          drag = {
            from: event.image,
            fromScreen: event.screen,
            mode: modeOf(event),
            latch: new ModifierLatch(event),
            to: event.image,
            toScreen: event.screen,
          };
          break;
        case "move":
          if (!drag) return;
          drag.to = event.image;
          drag.toScreen = event.screen;
          break;
        case "up": {
          if (!drag) return;
          drag.to = event.image;
          drag.toScreen = event.screen;
          const geometry = geometryOf(drag, event);
          const { mode, from } = drag;
          end();
          if (geometry) finishArea(host, geometry, mode, from);
          break;
        }
        case "cancel":
          end();
          break;
        default:
          return;
      }
      refresh(event);
    },
    key: () => false,
    refresh,
    cancel: end,
    busy: () => drag !== null,
  };
}
