import { createBoxTool } from "../box-tool.ts";
import type { Tool, ToolHost } from "../tool.ts";

/** Drag from corner to corner of the box around it. */
export function createEllipseTool(host: ToolHost): Tool {
  return createBoxTool(host, {
    id: "ellipse",
    name: "ellipse",
    even: "circle",
    start: "Drag from corner to corner to draw an ellipse",
    geometry: ({ minX, minY, maxX, maxY }, plane) => ({
      kind: "ellipse",
      plane,
      cx: (minX + maxX) / 2,
      cy: (minY + maxY) / 2,
      rx: (maxX - minX) / 2,
      ry: (maxY - minY) / 2,
      rotation: 0,
    }),
  });
}
