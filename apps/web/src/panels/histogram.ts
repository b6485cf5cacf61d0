import type { PixelType } from "@coscope/viewer/source";
import type { Histogram } from "../state/workspace.ts";

/** Values from `min` to `max`, in the image's own units. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

export function isInteger(dtype: PixelType): boolean {
  return !dtype.startsWith("float");
}

/** How much wider than its content the range is made, on each side. */
const AIR = 0.06;

/**
 * The values that a histogram's width stands for: what was found in the image and the window being shown, with
 * a little air inside `limits` (what the pixel type holds). `before` is kept while it covers both, so that
 * nothing slides under a finger while dragging.
 */
export function rangeFor(
  histogram: ValueRange | null,
  window: ValueRange,
  limits: ValueRange,
  before: ValueRange | null,
): ValueRange {
  const min = Math.min(histogram?.min ?? window.min, window.min);
  const max = Math.max(histogram?.max ?? window.max, window.max);
  if (before && before.min <= min && before.max >= max) return before;
  const air = (max - min) * AIR;
  // Limits are a courtesy: a window that was typed outside of them is shown all the same.
  const range = {
    min: Math.min(min, before?.min ?? min, Math.max(limits.min, min - air)),
    max: Math.max(max, before?.max ?? max, Math.min(limits.max, max + air)),
  };
  return range.max > range.min ? range : { min: range.min, max: range.min + 1 };
}

/**
 * An SVG path of the counts over `range`, in a box of `width` × `height` with y down, closed at the bottom.
 * The highest bin but one reaches the top: the background's single bin would otherwise flatten all the rest.
 */
export function histogramPath(
  histogram: Histogram,
  range: ValueRange,
  size: { width: number; height: number },
  logarithmic: boolean,
): string {
  const { counts, min, max } = histogram;
  const { width, height } = size;
  const scaled = Array.from(counts, (count) => (logarithmic ? Math.log1p(count) : count));
  const top = secondHighest(scaled);
  if (top <= 0) return "";
  const x = (value: number) => ((value - range.min) / (range.max - range.min)) * width;
  const binWidth = (max - min) / counts.length;
  let path = `M${round(x(min))} ${height}`;
  scaled.forEach((count, bin) => {
    const y = height - Math.min(1, count / top) * height;
    path += `L${round(x(min + bin * binWidth))} ${round(y)}L${round(x(min + (bin + 1) * binWidth))} ${round(y)}`;
  });
  return `${path}L${round(x(max))} ${height}Z`;
}

function secondHighest(values: readonly number[]): number {
  let first = 0;
  let second = 0;
  for (const value of values) {
    if (value > first) {
      second = first;
      first = value;
    } else if (value > second) second = value;
  }
  return second || first;
}

/** The curve from value to brightness inside the window: black below, full above, `gamma` between; or turned over. */
export function tonePath(
  window: ValueRange,
  gamma: number,
  range: ValueRange,
  size: { width: number; height: number },
  inverted = false,
): string {
  const { width, height } = size;
  const x = (value: number) => ((value - range.min) / (range.max - range.min)) * width;
  const y = (tone: number) => (inverted ? tone : 1 - tone) * height;
  const from = x(window.min);
  const to = x(window.max);
  const steps = gamma === 1 ? 1 : 24;
  let path = `M${round(from)} ${y(0)}`;
  for (let step = 1; step <= steps; step++) {
    // Closer together near black, where a gamma below 1 is steep.
    const part = (step / steps) ** 2;
    path += `L${round(from + (to - from) * part)} ${round(y(part ** gamma))}`;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
