import type { brushed, sweep } from "./brush.ts";

/*
 * Commands that are strokes need the booleans; a page that shows annotations does not. So `execute` finds them here,
 * once `@coscope/annotations/shapes` has been imported: by the tool that paints, or before a stroke is replayed.
 */

export interface BrushKernel {
  readonly brushed: typeof brushed;
  readonly sweep: typeof sweep;
}

let provided: BrushKernel | null = null;

export function provideBrush(kernel: BrushKernel): void {
  provided = kernel;
}

/** Not a CommandError: there is nothing wrong with the command, and it must not be given up. */
export class BrushNotLoadedError extends Error {
  override readonly name = "BrushNotLoadedError";
  constructor() {
    super("A stroke cannot be executed before @coscope/annotations/shapes has been imported.");
  }
}

export function brushKernel(): BrushKernel {
  if (!provided) throw new BrushNotLoadedError();
  return provided;
}
