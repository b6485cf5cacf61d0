import type { Plane, PolygonGeometry } from "../geometry/index.ts";
import { partsOfMask } from "./contours.ts";
import { ShapeError } from "./errors.ts";
import type { PixelMask } from "./mask.ts";
import { polygonOf } from "./parts.ts";

type Samples = ArrayLike<number>;

/** What the wand sees: samples of each channel that counts, `channel[(py - y) * width + (px - x)]`. */
export interface PixelWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly channels: readonly Samples[];
}

export interface FloodOptions {
  /** The pixel clicked, in image px (whole or not). */
  readonly x: number;
  readonly y: number;
  /** How far a sample may be from the one clicked, in sample values: one for all channels, or one each. */
  readonly tolerance: number | readonly number[];
  /** Over edges and corners; only edges where not said. */
  readonly diagonal?: boolean;
}

/**
 * The connected pixels around the one clicked whose samples are within the tolerance in every channel. Samples that
 * are not numbers never are. Throws ShapeError ("bad-argument") for a click outside the window.
 */
export function flood(window: PixelWindow, options: FloodOptions): PixelMask {
  const { x, y, width, height, channels } = window;
  const [column, row] = [Math.floor(options.x) - x, Math.floor(options.y) - y];
  if (!(column >= 0 && row >= 0 && column < width && row < height) || channels.length === 0)
    throw new ShapeError(
      "bad-argument",
      `a px within ${width} × ${height} from ${x}, ${y}`,
      `${options.x}, ${options.y}`,
    );
  const like = likeness(window, options, row * width + column);
  const data = new Uint8Array(width * height);
  const reach = options.diagonal ? 1 : 0;
  const stack = [row * width + column];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (data[at] || !like[at]) continue;
    const line = Math.floor(at / width) * width;
    let from = at;
    while (from > line && like[from - 1] && !data[from - 1]) from--;
    let to = at;
    while (to < line + width - 1 && like[to + 1] && !data[to + 1]) to++;
    data.fill(1, from, to + 1);
    for (const next of [line - width, line + width]) {
      if (next < 0 || next >= data.length) continue;
      const first = Math.max(next, from - line + next - reach);
      const last = Math.min(next + width - 1, to - line + next + reach);
      let open = false;
      for (let i = first; i <= last; i++) {
        const wanted = like[i] === 1 && !data[i];
        if (wanted && !open) stack.push(i);
        open = wanted;
      }
    }
  }
  return { x, y, width, height, data };
}

/** 1 where a pixel's samples are within the tolerance of those clicked. */
function likeness(
  { width, height, channels }: PixelWindow,
  { tolerance }: FloodOptions,
  clicked: number,
): Uint8Array {
  const like = new Uint8Array(width * height).fill(1);
  channels.forEach((samples, c) => {
    const within = typeof tolerance === "number" ? tolerance : (tolerance[c] ?? 0);
    const centre = samples[clicked]!;
    for (let i = 0; i < like.length; i++) if (!(Math.abs(samples[i]! - centre) <= within)) like[i] = 0;
  });
  return like;
}

/**
 * The magic wand: the flood as a polygon along the edges of the pixels, holes and all; null where the click itself
 * is not a number. Simplify by half a pixel or more before storing.
 */
export const wand = (window: PixelWindow, options: FloodOptions, plane: Plane): PolygonGeometry | null =>
  polygonOf(partsOfMask(flood(window, options)), plane);
