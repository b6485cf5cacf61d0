/** The drawing tools: one part of the page, read when it has time, so that they are there when one is taken. */
export const loadDrawing = () => import("../tools/drawing.ts");
