import type { ToolId } from "../state/workspace.ts";
import type { Handle, Modifiers, Preview, Tool, ToolHost, ToolPointer, XY } from "./tool.ts";
import { CLICK_TOLERANCE_CSS, constrainAngle, distanceCss } from "./tool.ts";

/** The first vertex is easier to hit than an outline: it is drawn as a handle. */
const CLOSE_TOLERANCE_CSS = 8;
/** Corners of a dragged piece are this far apart, CSS px. */
const DRAG_STEP_CSS = 5;

export interface PathShape {
  readonly id: ToolId;
  /** Fewest corners. */
  readonly least: number;
  /** A click on the first corner ends it too. */
  readonly closes: boolean;
  /** A drag from the first corner to a second is all of it. */
  readonly dragEnds: boolean;
  /** The gesture begins, with these keys held. */
  begin?(modifiers: Modifiers): void;
  preview(corners: readonly XY[]): Preview["geometry"];
  finish(corners: readonly XY[]): void;
  /** What to write beside the pointer meanwhile. */
  shown?(corners: readonly XY[]): void;
  hint(corners: readonly XY[], modifiers: Modifiers): string;
}

/**
 * Click corner by corner; a drag draws a piece by hand. Double-click or Enter ends it; Backspace takes the last corner
 * back; Esc discards; Shift keeps to multiples of 45°.
 */
export function createPathTool(host: ToolHost, shape: PathShape): Tool {
  let corners: XY[] = [];
  let pointer: XY | null = null;
  let pressed: XY | null = null;
  let dragged = false;

  function show(): void {
    const layerId = host.activeLayerId();
    const all = pointer ? [...corners, pointer] : corners;
    shape.shown?.(all);
    if (!corners[0] || !layerId) {
      host.preview([]);
      host.handles([]);
      return;
    }
    const geometry = shape.preview(all);
    host.preview([{ geometry, layerId, classId: host.activeClassId() }]);
    const handles: Handle[] = corners.map(({ x, y }, index) => ({
      id: `v${index}`,
      x,
      y,
      kind: shape.closes && index === 0 && corners.length >= shape.least ? "corner" : "vertex",
    }));
    host.handles(handles);
  }

  function clear(): boolean {
    const was = corners.length > 0 || pressed !== null;
    corners = [];
    pointer = null;
    pressed = null;
    dragged = false;
    if (was) show();
    return was;
  }

  function close(): void {
    const all = corners;
    if (all.length < shape.least) return;
    clear();
    shape.finish(all);
  }

  function place(event: ToolPointer): void {
    const last = corners.at(-1);
    const at = last && event.shift ? constrainAngle(last, event.image) : event.image;
    const screen = host.toScreen(at);
    const first = corners[0];
    const isBack =
      first &&
      corners.length >= shape.least &&
      distanceCss(host.toScreen(first), screen) <= CLOSE_TOLERANCE_CSS;
    if (shape.closes && isBack) {
      close();
      return;
    }
    // The second click of a double-click lands on the corner just made.
    if (last && distanceCss(host.toScreen(last), screen) <= CLICK_TOLERANCE_CSS) return;
    if (corners.length === 0) shape.begin?.(event);
    corners.push(at);
  }

  /** The pointer moves with the button down. */
  function drag(event: ToolPointer): void {
    if (!pressed) return;
    if (!dragged) {
      if (distanceCss(host.toScreen(pressed), event.screen) <= CLICK_TOLERANCE_CSS) return;
      dragged = true;
      if (corners.length === 0) {
        shape.begin?.(event);
        corners.push(pressed);
      }
    }
    if (shape.dragEnds) return;
    for (const { image, screen } of event.trail?.() ?? [event]) {
      if (distanceCss(host.toScreen(corners.at(-1)!), screen) >= DRAG_STEP_CSS) corners.push(image);
    }
  }

  function refresh(modifiers: Modifiers): void {
    host.cursor("crosshair");
    show();
    host.hint(shape.hint(pointer ? [...corners, pointer] : corners, modifiers));
  }

  function release(event: ToolPointer): void {
    const whole = dragged && shape.dragEnds && corners.length === 1;
    if (pressed) place(event);
    pressed = null;
    dragged = false;
    pointer = null;
    if (whole) close();
  }

  return {
    id: shape.id,
    pointer(event) {
      switch (event.type) {
        case "down":
          event.capture();
          pressed = host.mayDraw() ? event.image : null;
          dragged = false;
          break;
        case "move":
        case "hover": {
          if (event.type === "move") drag(event);
          const last = corners.at(-1);
          if (!last) return;
          pointer = event.shift ? constrainAngle(last, event.image) : event.image;
          break;
        }
        case "up":
          release(event);
          break;
        case "double":
          close();
          break;
        case "leave":
          pointer = null;
          break;
        case "cancel":
          pressed = null;
          dragged = false;
          break;
      }
      refresh(event);
    },
    key(key, modifiers) {
      if (corners.length === 0) return false;
      if (key === "Enter") close();
      else if (key === "Backspace" || key === "Delete") {
        corners.pop();
        pointer = null;
      } else return false;
      refresh(modifiers);
      return true;
    },
    refresh,
    cancel: clear,
    busy: () => corners.length > 0,
  };
}

export function flatten(points: readonly XY[]): number[] {
  return points.flatMap(({ x, y }) => [x, y]);
}
