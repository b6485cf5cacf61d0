export { createBrushTool } from "./brush/brush-tool.ts";
export { createEllipseTool } from "./ellipse/ellipse-tool.ts";
export { createFreehandTool } from "./freehand/freehand-tool.ts";
export { createLineTool } from "./line/line-tool.ts";
export { createPolygonTool } from "./polygon/polygon-tool.ts";
export { createRectangleTool } from "./rectangle/rectangle-tool.ts";
