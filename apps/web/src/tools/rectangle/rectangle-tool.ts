import { createBoxTool } from "../box-tool.ts";
import type { Tool, ToolHost } from "../tool.ts";

/** Drag from corner to corner. */
export function createRectangleTool(host: ToolHost): Tool {
  return createBoxTool(host, {
    id: "rectangle",
    name: "rectangle",
    even: "square",
    start: "Drag from corner to corner to draw a rectangle",
    geometry: ({ minX, minY, maxX, maxY }, plane) => ({
      kind: "rectangle",
      plane,
      x: minX,
      y: minY,
      width: maxX - minX,
      height: maxY - minY,
      rotation: 0,
    }),
  });
}
