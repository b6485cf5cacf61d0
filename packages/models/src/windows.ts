import type { Decoded, Window } from "./decoder.ts";
import type { Embedding } from "./embedding.ts";
import type { Manifest } from "./manifest.ts";

/** A rectangle, px of the region. */
export interface Extent {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Room kept round several prompts, or round a first mask that ran into its window's side. */
const MARGIN = 48;
/** A logit that means "certainly outside": what a decoder has not looked at. */
export const OUTSIDE = -6;

/** The smallest window that holds the extent, with a margin unless it is a single click. */
export function placeWindow(
  extent: Extent,
  margin: boolean,
  region: Embedding,
  { encoder, decoder }: Manifest,
): Window {
  const need = Math.max(extent.maxX - extent.minX, extent.maxY - extent.minY) + (margin ? MARGIN : 0);
  const side = decoder.windows.find((w) => w >= need) ?? (decoder.windows.at(-1) as number);
  const along = (low: number, high: number, whole: number) => {
    const length = Math.min(side, Math.floor(whole / encoder.multiple) * encoder.multiple);
    const m = decoder.originMultiple;
    const at = Math.round(((low + high) / 2 - length / 2) / m) * m;
    return [Math.min(Math.max(at, 0), whole - length), length] as const;
  };
  const [x, width] = along(extent.minX, extent.maxX, region.paddedWidth);
  const [y, height] = along(extent.minY, extent.maxY, region.paddedHeight);
  return { x, y, width, height };
}

/** Px of the padding are nobody's: their logits go to -8 in all candidates. */
export function blankPadding({ window: w, logits }: Decoded, region: Embedding): void {
  const right = Math.max(0, region.width - w.x);
  const below = Math.max(0, region.height - w.y);
  if (right >= w.width && below >= w.height) return;
  for (let i = 0; i < logits.length; i++) {
    const x = i % w.width;
    const y = Math.floor(i / w.width) % w.height;
    if (x >= right || y >= below) logits[i] = -8;
  }
}

/** The first candidate's extent in the region where it touches a side of the window with image beyond it, else null. */
export function runsOut({ window: w, logits }: Decoded, region: Embedding): Extent | null {
  let [minX, minY, maxX, maxY] = [w.width, w.height, -1, -1];
  for (let y = 0; y < w.height; y++)
    for (let x = 0; x < w.width; x++)
      if ((logits[y * w.width + x] as number) > 0) {
        if (x < minX) minX = x;
        if (x > maxX) maxX = x;
        if (y < minY) minY = y;
        maxY = y;
      }
  if (maxX < 0) return null;
  const out =
    (w.x > 0 && minX < 2) ||
    (w.y > 0 && minY < 2) ||
    (w.x + w.width < region.width && maxX >= w.width - 2) ||
    (w.y + w.height < region.height && maxY >= w.height - 2);
  return out ? { minX: minX + w.x, minY: minY + w.y, maxX: maxX + w.x, maxY: maxY + w.y } : null;
}

/** One candidate's logits over another window of the same region: the decoder's previous mask. */
export function previousFor(before: Decoded, candidate: number, to: Window, limit: number): Float32Array {
  const out = new Float32Array(to.width * to.height).fill(OUTSIDE);
  const from = before.window;
  const x0 = Math.max(to.x, from.x);
  const x1 = Math.min(to.x + to.width, from.x + from.width);
  for (let y = Math.max(to.y, from.y); y < Math.min(to.y + to.height, from.y + from.height); y++)
    for (let x = x0; x < x1; x++) {
      const v = before.logits[(candidate * from.height + y - from.y) * from.width + x - from.x] as number;
      out[(y - to.y) * to.width + x - to.x] = Math.max(-limit, Math.min(limit, v));
    }
  return out;
}
