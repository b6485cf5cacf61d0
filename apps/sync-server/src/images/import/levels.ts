import { bitsOf, type Samples, samplesOf } from "./raster.ts";

/** Chunks are CHUNK × CHUNK pixels of one channel. */
export const CHUNK = 512;

export interface LevelSize {
  readonly width: number;
  readonly height: number;
}

/** Full resolution first, each half the one before (rounded up), the last at most one chunk. */
export function levelSizes(width: number, height: number): LevelSize[] {
  const sizes = [{ width, height }];
  for (let last = sizes[0]!; last.width > CHUNK || last.height > CHUNK; ) {
    last = { width: Math.ceil(last.width / 2), height: Math.ceil(last.height / 2) };
    sizes.push(last);
  }
  return sizes;
}

/**
 * Halves rows of shape [y, x, channel]. Intensities: the mean of each 2 × 2 block, rounded to the nearest (halves up);
 * at an odd edge the mean of what is there. Labels: the top-left value, so that ids stay ids.
 */
export function halve(rows: Samples, width: number, channels: number, labels: boolean): Samples {
  const height = rows.length / (width * channels);
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const out = samplesOf(bitsOf(rows), w * h * channels);
  for (let y = 0; y < h; y++) {
    const top = 2 * y * width;
    const bottom = 2 * y + 1 < height ? top + width : top;
    for (let x = 0; x < w; x++) {
      const left = 2 * x;
      const right = left + 1 < width ? left + 1 : left;
      for (let c = 0; c < channels; c++) {
        const a = rows[(top + left) * channels + c]!;
        out[(y * w + x) * channels + c] = labels
          ? a
          : (a +
              rows[(top + right) * channels + c]! +
              rows[(bottom + left) * channels + c]! +
              rows[(bottom + right) * channels + c]! +
              2) >>
            2;
      }
    }
  }
  return out;
}
