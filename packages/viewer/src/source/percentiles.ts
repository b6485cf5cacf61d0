import type { TypedArray } from "./image-source.ts";

export interface Histogram {
  readonly counts: Uint32Array;
  /** Intensities of the first bin's lower and the last bin's upper edge. */
  readonly min: number;
  readonly max: number;
}

/** Counts of all pixels in equal bins between the least and the greatest; NaN and infinities are left out. */
export function histogramOf(planes: readonly TypedArray[], bins: number): Histogram {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) {
      const value = plane[i]!;
      if (value < min && value !== Number.NEGATIVE_INFINITY) min = value;
      if (value > max && value !== Number.POSITIVE_INFINITY) max = value;
    }
  }
  const counts = new Uint32Array(bins);
  if (min > max) return { counts, min: 0, max: 1 };
  const scale = max > min ? bins / (max - min) : 0;
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) {
      const value = plane[i]!;
      if (!(value >= min && value <= max)) continue;
      counts[Math.min(bins - 1, Math.floor((value - min) * scale))]!++;
    }
  }
  return { counts, min, max };
}

const FINE_BINS = 4096;

/**
 * The intensities below which `low` and `high` percent of the pixels lie, to
 * 1/4096 of the range. Null without pixels; a flat image gets a window of one.
 */
export function percentileWindow(
  planes: readonly TypedArray[],
  low: number,
  high: number,
): { min: number; max: number } | null {
  const { counts, min, max } = histogramOf(planes, FINE_BINS);
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const width = (max - min) / FINE_BINS;
  const quantile = (percent: number) => {
    const wanted = (percent / 100) * total;
    let seen = 0;
    for (let bin = 0; bin < FINE_BINS; bin++) {
      seen += counts[bin]!;
      if (seen >= wanted && seen > 0) return bin;
    }
    return FINE_BINS - 1;
  };
  const from = min + quantile(low) * width;
  const to = min + (quantile(high) + 1) * width;
  const integer = planes.every((plane) => !(plane instanceof Float32Array || plane instanceof Float64Array));
  const lower = integer ? Math.floor(from) : from;
  const upper = integer ? Math.ceil(to) : to;
  return { min: lower, max: upper > lower ? upper : lower + 1 };
}
