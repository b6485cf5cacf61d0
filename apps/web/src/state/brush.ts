import type { ToolId } from "./workspace.ts";

/** Diameter of the brush, CSS px. */
export const BRUSH_CSS = { least: 2, most: 400, first: 32 } as const;
/** One press of a key. */
export const BRUSH_STEP = 1.2;

/** Tools that the brush's size is for. */
export function hasSize(tool: ToolId): boolean {
  return tool === "brush" || tool === "eraser";
}
