import type { Geometry } from "@coscope/annotations/geometry";
import { ShapeError, simplify } from "@coscope/annotations/shapes";
import { type AreaMode, finishArea, MODE_HINT, modeOf } from "../area.ts";
import type { Modifiers, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { CLICK_TOLERANCE_CSS, distanceCss } from "../tool.ts";

/** Places nearer to each other than this, CSS px, are one. */
const STEP_CSS = 1;
/** How far the outline that is kept may be from what was drawn, CSS px. */
const TOLERANCE_CSS = 0.5;

interface Drawing {
  readonly mode: AreaMode;
  readonly from: XY;
  readonly points: number[];
  last: XY;
  /** Furthest from where it began, CSS px: a click draws nothing. */
  reach: number;
}

/** Drag around something: the outline closes on release. Shift adds to what is there, Alt cuts from it. */
export function createFreehandTool(host: ToolHost): Tool {
  let drawing: Drawing | null = null;
  let takeBack: (() => void) | null = null;

  function outline(): Geometry | null {
    if (!drawing || drawing.points.length < 6) return null;
    return { kind: "polygon", plane: host.plane(), parts: [[[...drawing.points]]] };
  }

  function show(): void {
    takeBack = null;
    const layerId = host.activeLayerId();
    const geometry = outline();
    if (!layerId || !geometry) return;
    host.preview([{ geometry, layerId, classId: host.activeClassId() }]);
  }

  function goTo(image: XY, screen: XY): void {
    if (!drawing || distanceCss(drawing.last, screen) < STEP_CSS) return;
    drawing.points.push(image.x, image.y);
    drawing.last = screen;
    drawing.reach = Math.max(drawing.reach, distanceCss(host.toScreen(drawing.from), screen));
  }

  function end(): boolean {
    takeBack?.();
    takeBack = null;
    if (!drawing) return false;
    drawing = null;
    host.preview([]);
    return true;
  }

  function refresh(modifiers: Modifiers): void {
    host.cursor("crosshair");
    host.handles([]);
    const mode = drawing?.mode ?? modeOf(modifiers);
    if (drawing) host.hint(`${MODE_HINT[mode]}Release to close the outline · Esc: discard`);
    else if (mode === "new") host.hint("Drag around something to outline it · Shift: add · Alt: cut");
    else host.hint(`${MODE_HINT[mode]}Drag around what is meant`);
  }

  function release(): void {
    if (!drawing) return;
    const { mode, from, reach } = drawing;
    const drawn = reach > CLICK_TOLERANCE_CSS ? outline() : null;
    end();
    const geometry = drawn && sparse(drawn, TOLERANCE_CSS / host.zoom());
    if (geometry) finishArea(host, geometry, mode, from);
  }

  return {
    id: "freehand",
    pointer(event: ToolPointer) {
      switch (event.type) {
        case "down":
          event.capture();
          if (!host.mayDraw()) return;
          drawing = {
            mode: modeOf(event),
            from: event.image,
            points: [event.image.x, event.image.y],
            last: event.screen,
            reach: 0,
          };
          break;
        case "move":
          if (!drawing) return;
          for (const { image, screen } of event.trail?.() ?? [event]) goTo(image, screen);
          takeBack ??= host.nextFrame(show);
          return;
        case "up":
          if (!drawing) return;
          goTo(event.image, event.screen);
          release();
          break;
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
    busy: () => drawing !== null,
  };
}

function sparse(geometry: Geometry, tolerancePx: number): Geometry | null {
  try {
    return simplify(geometry, tolerancePx);
  } catch (error) {
    if (error instanceof ShapeError) return null;
    throw error;
  }
}
