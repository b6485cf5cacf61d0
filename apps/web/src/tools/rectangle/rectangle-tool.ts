import type { Geometry } from "@coscope/annotations/geometry";
import type { Modifiers, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { boxBetween, CLICK_TOLERANCE_CSS, constrainSquare, distanceCss } from "../tool.ts";

interface Drag {
  readonly from: XY;
  readonly fromScreen: XY;
  to: XY;
  toScreen: XY;
}

/** Drag from corner to corner. Shift makes a square, Alt draws from the centre. */
export function createRectangleTool(host: ToolHost): Tool {
  let drag: Drag | null = null;

  function show(modifiers: Modifiers): void {
    const layerId = host.activeLayerId();
    if (!drag || !layerId) return;
    const geometry = rectangleOf(host, drag, modifiers);
    host.preview(geometry ? [{ geometry, layerId, classId: host.activeClassId() }] : []);
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
    if (!drag) host.hint("Drag from corner to corner to draw a rectangle");
    else if (modifiers.shift) host.hint("Release to keep the square");
    else host.hint("Release to keep the rectangle · Shift: square · Alt: from the centre · Esc: discard");
  }

  return {
    id: "rectangle",
    pointer(event: ToolPointer) {
      switch (event.type) {
        case "down":
          event.capture();
          if (!host.mayDraw()) return;
          drag = { from: event.image, fromScreen: event.screen, to: event.image, toScreen: event.screen };
          refresh(event);
          return;
        case "move":
          if (!drag) return;
          drag.to = event.image;
          drag.toScreen = event.screen;
          refresh(event);
          return;
        case "up": {
          if (!drag) return;
          drag.to = event.image;
          drag.toScreen = event.screen;
          const geometry = rectangleOf(host, drag, event);
          end();
          if (geometry) host.add(geometry);
          refresh(event);
          return;
        }
        case "cancel":
          end();
          refresh(event);
          return;
      }
    },
    key: () => false,
    refresh,
    cancel: end,
    busy: () => drag !== null,
  };
}

/** null while the drag is still a click. */
function rectangleOf(host: ToolHost, drag: Drag, modifiers: Modifiers): Geometry | null {
  if (distanceCss(drag.fromScreen, drag.toScreen) <= CLICK_TOLERANCE_CSS) return null;
  const to = modifiers.shift ? constrainSquare(drag.from, drag.to) : drag.to;
  const from = modifiers.alt ? { x: 2 * drag.from.x - to.x, y: 2 * drag.from.y - to.y } : drag.from;
  const box = boxBetween(from, to);
  const width = box.maxX - box.minX;
  const height = box.maxY - box.minY;
  if (width === 0 || height === 0) return null;
  return { kind: "rectangle", plane: host.plane(), x: box.minX, y: box.minY, width, height, rotation: 0 };
}
