import type { Modifiers, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { CLICK_TOLERANCE_CSS, constrainAngle, distanceCss } from "../tool.ts";

/** An end this near, CSS px, is taken hold of. */
const GRAB_CSS = 9;

interface Line {
  readonly from: XY;
  readonly to: XY;
}

/**
 * Drag: the length between two places, in µm where the image has them. The line stays until Esc or the next one, and
 * its ends can be dragged. It is no annotation: nobody else sees it and nothing is saved.
 */
export function createRulerTool(host: ToolHost): Tool {
  let line: Line | null = null;
  let dragging = false;
  /** What was there before the drag: Esc brings it back. */
  let before: Line | null = null;
  let pressedAt: XY | null = null;

  function show(next: Line | null): void {
    line = next;
    host.measure(line && { ...line, done: !dragging });
  }

  /** The end that does not move when the other is taken at this place; null where there is none. */
  function otherEnd(screen: XY): XY | null {
    if (!line) return null;
    const [from, to] = [line.from, line.to].map((end) => distanceCss(host.toScreen(end), screen));
    if (Math.min(from!, to!) > GRAB_CSS) return null;
    return to! <= from! ? line.from : line.to;
  }

  function refresh(modifiers: Modifiers): void {
    host.cursor("crosshair");
    host.handles([]);
    if (dragging)
      host.hint(modifiers.shift ? "Release to measure" : "Release to measure · Shift: steps of 45°");
    else if (line) host.hint("Drag an end to change the length, or elsewhere for another · Esc: clear");
    else host.hint("Drag to measure a length");
  }

  function drag(event: ToolPointer): void {
    if (!line) return;
    show({ from: line.from, to: event.shift ? constrainAngle(line.from, event.image) : event.image });
  }

  return {
    id: "ruler",
    pointer(event: ToolPointer) {
      switch (event.type) {
        case "down": {
          event.capture();
          before = line;
          dragging = true;
          pressedAt = event.screen;
          const fixed = otherEnd(event.screen);
          show({ from: fixed ?? event.image, to: event.image });
          break;
        }
        case "move":
          if (dragging) drag(event);
          break;
        case "up": {
          if (!dragging) break;
          drag(event);
          dragging = false;
          const moved = pressedAt !== null && distanceCss(pressedAt, event.screen) > CLICK_TOLERANCE_CSS;
          show(moved ? line : before);
          break;
        }
        case "cancel":
          if (dragging) {
            dragging = false;
            show(before);
          }
          break;
        case "hover": {
          refresh(event);
          if (otherEnd(event.screen)) host.cursor("move");
          return;
        }
      }
      refresh(event);
    },
    key: () => false,
    refresh,
    cancel() {
      if (!dragging && !line) return false;
      const wasDragging = dragging;
      dragging = false;
      show(wasDragging ? before : null);
      return true;
    },
    busy: () => dragging,
  };
}
