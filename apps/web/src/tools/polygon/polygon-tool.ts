import type { Geometry } from "@coscope/annotations/geometry";
import { type AreaMode, finishArea, MODE_HINT, modeOf } from "../area.ts";
import { createPathTool, flatten } from "../path-tool.ts";
import type { Tool, ToolHost } from "../tool.ts";

/**
 * Click corner by corner, or drag to draw a piece by hand. Double-click, Enter or a click on the first corner closes.
 * Shift or Alt at the first corner add to what is there or cut from it; later Shift keeps to multiples of 45°.
 */
export function createPolygonTool(host: ToolHost): Tool {
  let mode: AreaMode = "new";
  return createPathTool(host, {
    id: "polygon",
    least: 3,
    closes: true,
    dragEnds: false,
    begin(modifiers) {
      mode = modeOf(modifiers);
    },
    preview(corners): Geometry {
      const plane = host.plane();
      const [first] = corners;
      if (corners.length >= 3) return { kind: "polygon", plane, parts: [[flatten(corners)]] };
      if (corners.length === 2) return { kind: "polyline", plane, points: flatten(corners) };
      return { kind: "point", plane, x: first!.x, y: first!.y };
    },
    finish(corners) {
      const geometry: Geometry = { kind: "polygon", plane: host.plane(), parts: [[flatten(corners)]] };
      finishArea(host, geometry, mode, corners[0] ?? null);
    },
    hint(corners, modifiers) {
      if (corners.length === 0) {
        const start = "Click to place the first corner of the outline, or drag to draw it";
        const first = modeOf(modifiers);
        return first === "new" ? `${start} · Shift: add · Alt: cut` : `${MODE_HINT[first]}${start}`;
      }
      if (corners.length < 3)
        return `${MODE_HINT[mode]}Click to place the next corner · Backspace: take back · Esc: discard`;
      if (modifiers.shift) return "Click: next corner at a multiple of 45°";
      return `${MODE_HINT[mode]}Click: next corner · Double-click or Enter: close · Backspace: take back · Esc: discard`;
    },
  });
}
