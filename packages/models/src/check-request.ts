import type { DecodeRequest } from "./decoder.ts";
import { ModelError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";

/** So that nothing that is no number, and no window off the embedding, reaches the graph. */
export function checkRequest(
  { embedding: e, window: w, points, previous }: DecodeRequest,
  { encoder, decoder }: Manifest,
): void {
  const on =
    [w.x, w.y].every((v) => v >= 0 && v % decoder.originMultiple === 0) &&
    [w.width, w.height].every((v) => v > 0 && v % encoder.multiple === 0) &&
    w.x + w.width <= e.paddedWidth &&
    w.y + w.height <= e.paddedHeight;
  if (!on)
    throw new ModelError(
      "bad-prompt",
      "a window on the region, on its lattice",
      JSON.stringify(w),
      "Place the window with `placeWindow`.",
    );
  if (points.length === 0 || points.length % 3 !== 0 || !points.every(Number.isFinite))
    throw new ModelError(
      "bad-prompt",
      "points of x, y and label, all numbers",
      `[${[...points].slice(0, 9)}]`,
      "Check prompts with `checkPrompts`.",
    );
  if (previous && previous.length !== w.width * w.height)
    throw new ModelError(
      "bad-prompt",
      `${w.width * w.height} logits of the previous mask`,
      `${previous.length}`,
      "Cut it to the window.",
    );
}
