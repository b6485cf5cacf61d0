import type { ToolId } from "./workspace.ts";

/** Diameter of the brush, CSS px. */
export const BRUSH_CSS = { least: 2, most: 400, first: 32 } as const;
/** One press of a key. */
export const BRUSH_STEP = 1.2;

/** Tools that the brush's size is for. */
export function hasSize(tool: string | undefined): boolean {
  return tool === "brush" || tool === "eraser";
}

const AREA_TOOLS: ReadonlySet<string> = new Set([
  "rectangle",
  "ellipse",
  "polygon",
  "freehand",
  "brush",
  "wand",
  "magnetic",
  "prompt",
]);

/** Tools whose areas "Overwrite empty only" is for. */
export function drawsArea(tool: ToolId): boolean {
  return AREA_TOOLS.has(tool);
}
