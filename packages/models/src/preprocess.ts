import type { Manifest } from "./manifest.ts";
import { checkPixels, type Pixels, type Planes } from "./planes.ts";

/** The pixel values that become 0 and 1: fixed statistics of the whole image, never of what someone looks at. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The statistics are taken on a lattice of at most about this many rows and columns. */
const LATTICE = 512;

/** A picture with one small nucleus in a large field has the ground's noise at its high percentile. What lies far above
 * it then counts: the noise may fill at most a quarter of the range. (One picture in 270 of BBBC038 is such.) */
const TOP_PERCENTILE = 99.99;
const FAINTEST = 0.25;

/** Percentile with linear interpolation of an ascending list; what numpy's default does. */
function percentile(sorted: Float32Array, percent: number): number {
  const at = ((sorted.length - 1) * percent) / 100;
  const i = Math.floor(at);
  const a = sorted[i] as number;
  const b = sorted[Math.min(i + 1, sorted.length - 1)] as number;
  return a + (b - a) * (at - i);
}

/** What the image's values are taken to span, over all channels together. Non-finite values are left out. */
export function rangeOf(image: Pixels, { lowPercentile, highPercentile }: Manifest["normalisation"]): Range {
  checkPixels(image);
  const { width, height, channels, data } = image;
  const stepX = Math.max(1, Math.floor(width / LATTICE));
  const stepY = Math.max(1, Math.floor(height / LATTICE));
  const sample = new Float32Array(Math.ceil(width / stepX) * Math.ceil(height / stepY) * channels);
  let n = 0;
  for (let y = 0; y < height; y += stepY)
    for (let x = 0; x < width; x += stepX)
      for (let c = 0; c < channels; c++) {
        const v = data[(y * width + x) * channels + c] as number;
        if (Number.isFinite(v)) sample[n++] = v;
      }
  return rangeOfSorted(sample.subarray(0, n).sort(), { lowPercentile, highPercentile });
}

/** As `rangeOf`, of values that were picked already; they are sorted in place. */
export function rangeOfValues(values: Float32Array, normalisation: Manifest["normalisation"]): Range {
  // NaN and infinities sort to the ends.
  const sorted = values.sort();
  let [from, to] = [0, sorted.length];
  while (from < to && !Number.isFinite(sorted[from])) from++;
  while (to > from && !Number.isFinite(sorted[to - 1])) to--;
  return rangeOfSorted(sorted.subarray(from, to), normalisation);
}

function rangeOfSorted(
  sorted: Float32Array,
  { lowPercentile, highPercentile }: Manifest["normalisation"],
): Range {
  if (sorted.length === 0) return { low: 0, high: 1 };
  const low = percentile(sorted, lowPercentile);
  const top = percentile(sorted, TOP_PERCENTILE);
  return { low, high: Math.max(percentile(sorted, highPercentile), low + FAINTEST * (top - low)) };
}

/** Pixels to three planes in 0..1; one channel is repeated. A value that is no number counts as dark. */
export function normalise(image: Pixels, { low, high }: Range): Planes {
  checkPixels(image);
  const { width, height, channels, data } = image;
  const size = width * height;
  const out = new Float32Array(3 * size);
  const scale = 1 / Math.max(high - low, 1e-6);
  for (let c = 0; c < 3; c++) {
    if (channels === 1 && c > 0) {
      out.copyWithin(c * size, 0, size);
      continue;
    }
    for (let i = 0; i < size; i++) {
      const v = ((data[i * channels + c] as number) - low) * scale;
      out[c * size + i] = v > 0 ? Math.min(v, 1) : 0;
    }
  }
  return { channels: 3, width, height, data: out };
}
