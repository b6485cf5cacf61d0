import { createPathTool, flatten } from "../path-tool.ts";
import type { Tool, ToolHost } from "../tool.ts";

/**
 * Drag for a straight line; click place by place for one of several pieces, which Enter or a double-click ends. Its
 * length is written at the pointer, µm where the image has them. Shift keeps to multiples of 45°.
 */
export function createLineTool(host: ToolHost): Tool {
  return createPathTool(host, {
    id: "line",
    least: 2,
    closes: false,
    dragEnds: true,
    preview(points) {
      const plane = host.plane();
      const [first] = points;
      if (points.length === 1) return { kind: "point", plane, x: first!.x, y: first!.y };
      return { kind: "polyline", plane, points: flatten(points) };
    },
    shown(points) {
      const [from, to] = [points.at(-2), points.at(-1)];
      host.measure(from && to ? { from, to, done: false, path: points } : null);
    },
    finish(points) {
      host.apply({ add: [{ geometry: { kind: "polyline", plane: host.plane(), points: flatten(points) } }] });
    },
    hint(points, { shift }) {
      if (points.length === 0)
        return "Drag to draw and measure a line, or click place by place · Shift: steps of 45°";
      const length = points.length > 1 ? `${host.lengthText(points)} · ` : "";
      if (shift) return `${length}Click: next place at a multiple of 45°`;
      return `${length}Click: next place · Double-click or Enter: end · Backspace: take back · Esc: discard`;
    },
  });
}
