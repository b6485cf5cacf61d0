import type { Geometry } from "@coscope/annotations/geometry";
import type { Handle, Modifiers, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { CLICK_TOLERANCE_CSS, constrainAngle, distanceCss } from "../tool.ts";

/** The first vertex is easier to hit than an outline: it is drawn as a handle. */
const CLOSE_TOLERANCE_CSS = 8;

/**
 * Click vertex by vertex. Double-click, Enter or a click on the first vertex closes; Backspace takes the last
 * one back; Esc discards; Shift keeps to multiples of 45°.
 */
export function createPolygonTool(host: ToolHost): Tool {
  let vertices: XY[] = [];
  let pointer: XY | null = null;
  let pressed = false;

  function show(): void {
    const layerId = host.activeLayerId();
    const first = vertices[0];
    if (!first || !layerId) {
      host.preview([]);
      host.handles([]);
      return;
    }
    const ring = pointer ? [...vertices, pointer] : vertices;
    const flat = flatten(ring);
    const plane = host.plane();
    const geometry: Geometry =
      ring.length >= 3
        ? { kind: "polygon", plane, parts: [[flat]] }
        : ring.length === 2
          ? { kind: "polyline", plane, points: flat }
          : { kind: "point", plane, x: first.x, y: first.y };
    host.preview([{ geometry, layerId, classId: host.activeClassId() }]);
    const handles: Handle[] = vertices.map((vertex, index) => ({
      id: `v${index}`,
      x: vertex.x,
      y: vertex.y,
      kind: index === 0 && vertices.length >= 3 ? "corner" : "vertex",
    }));
    host.handles(handles);
  }

  function clear(): boolean {
    if (vertices.length === 0) return false;
    vertices = [];
    pointer = null;
    pressed = false;
    show();
    return true;
  }

  function close(): void {
    const ring = vertices;
    if (ring.length < 3) return;
    const geometry: Geometry = { kind: "polygon", plane: host.plane(), parts: [[flatten(ring)]] };
    clear();
    host.add(geometry);
  }

  function place(event: ToolPointer): void {
    const last = vertices.at(-1);
    const at = last && event.shift ? constrainAngle(last, event.image) : event.image;
    const screen = host.toScreen(at);
    const first = vertices[0];
    if (first && vertices.length >= 3 && distanceCss(host.toScreen(first), screen) <= CLOSE_TOLERANCE_CSS) {
      close();
      return;
    }
    // The second click of a double-click lands on the vertex just made.
    if (last && distanceCss(host.toScreen(last), screen) <= CLICK_TOLERANCE_CSS) return;
    vertices.push(at);
  }

  function refresh(modifiers: Modifiers): void {
    host.cursor("crosshair");
    show();
    if (vertices.length === 0) host.hint("Click to place the first corner of the outline");
    else if (vertices.length < 3)
      host.hint("Click to place the next corner · Backspace: take back · Esc: discard");
    else if (modifiers.shift) host.hint("Click: next corner at a multiple of 45°");
    else host.hint("Click: next corner · Double-click or Enter: close · Backspace: take back · Esc: discard");
  }

  return {
    id: "polygon",
    pointer(event) {
      switch (event.type) {
        case "down":
          event.capture();
          pressed = host.mayDraw();
          break;
        case "move":
        case "hover": {
          const last = vertices.at(-1);
          if (!last) return;
          pointer = event.shift ? constrainAngle(last, event.image) : event.image;
          break;
        }
        case "up":
          if (pressed) place(event);
          pressed = false;
          pointer = null;
          break;
        case "double":
          close();
          break;
        case "leave":
          pointer = null;
          break;
        case "cancel":
          pressed = false;
          break;
      }
      refresh(event);
    },
    key(key, modifiers) {
      if (vertices.length === 0) return false;
      if (key === "Enter") close();
      else if (key === "Backspace" || key === "Delete") {
        vertices.pop();
        pointer = null;
      } else return false;
      refresh(modifiers);
      return true;
    },
    refresh,
    cancel: clear,
    busy: () => vertices.length > 0,
  };
}

function flatten(points: readonly XY[]): number[] {
  return points.flatMap(({ x, y }) => [x, y]);
}
