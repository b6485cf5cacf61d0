import type { Plane, PolygonGeometry, Ring } from "@coscope/annotations/geometry";
import { clean, flood, LiveWire, type PixelWindow, partsOfMask, simplify } from "@coscope/annotations/shapes";
import type { XY } from "../tool.ts";

/** A part of the picture as it is shown; where it lies as in `ViewPixels` of the viewer. */
export interface SeenPixels {
  readonly x: number;
  readonly y: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly width: number;
  readonly height: number;
  /** Of each visible channel, 0 to 1. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /** Whether the image goes on beyond that side. */
  readonly goesOn: {
    readonly left: boolean;
    readonly top: boolean;
    readonly right: boolean;
    readonly bottom: boolean;
  };
}

export interface Flooded {
  /** Null where nothing could be read. */
  readonly geometry: PolygonGeometry | null;
  /** It reaches a side of the pixels beyond which the image goes on. */
  readonly cut: boolean;
}

/** Holes smaller than this are noise, px² here. */
const SPECK = 32;
/** How far the magnetic outline looks from its last corner, pixels here. */
const REACH = 300;

/** What the wand and the magnetic outline compute on the pixels on screen. Runs in a worker. */
export class PixelJobs {
  #seen: SeenPixels | null = null;
  #window: PixelWindow | null = null;
  #wire: LiveWire | null = null;
  #anchor: XY | null = null;

  open(seen: SeenPixels): void {
    this.#seen = seen;
    this.#wire = null;
    this.#anchor = null;
    const { width, height } = seen;
    // Single noisy pixels make neither areas nor edges.
    const channels = seen.channels.map((samples) => softened(samples, width, height));
    this.#window = { x: 0, y: 0, width, height, channels };
  }

  /** Image px to pixels here. */
  #here({ x, y }: XY): XY {
    const { x: left, y: top, scaleX, scaleY } = this.#seen!;
    return { x: (x - left) / scaleX, y: (y - top) / scaleY };
  }

  #toImage(ring: Ring): number[] {
    const { x, y, scaleX, scaleY } = this.#seen!;
    return ring.map((v, i) => (i % 2 === 0 ? x + v * scaleX : y + v * scaleY));
  }

  #contains({ x, y }: XY): boolean {
    const window = this.#window;
    return window !== null && x >= 0 && y >= 0 && x < window.width && y < window.height;
  }

  /**
   * The connected area around a place that looks alike in all visible channels.
   * @param tolerance share of the range of contrast, 0 to 1
   * @param simplifyPx how far the outline may be from the edges of the pixels, image px
   */
  wand(at: XY, tolerance: number, simplifyPx: number, plane: Plane): Flooded {
    const window = this.#window;
    if (!window) return { geometry: null, cut: false };
    const here = this.#here(at);
    if (window.channels.length === 0 || !this.#contains(here)) return { geometry: null, cut: false };
    const mask = flood(window, { ...here, tolerance });
    const parts = partsOfMask(mask).map((rings) =>
      rings
        .filter((ring, i) => i === 0 || Math.abs(areaOf(ring)) >= SPECK)
        .map((ring) => this.#toImage(ring)),
    );
    if (parts.length === 0) return { geometry: null, cut: false };
    const cut = reachesSide(mask, this.#seen!.goesOn);
    const outline = simplify({ kind: "polygon", plane, parts }, simplifyPx);
    return { geometry: outline?.kind === "polygon" ? outline : null, cut };
  }

  /** From one place to another along edges, image px; null where one of them is too far away. */
  path(from: XY, to: XY): number[] | null {
    if (!this.#window) return null;
    const [start, end] = [this.#here(from), this.#here(to)];
    if (!this.#contains(start) || !this.#contains(end) || this.#window.channels.length === 0) return null;
    this.#wire ??= new LiveWire(this.#window);
    if (this.#anchor?.x !== from.x || this.#anchor.y !== from.y) {
      this.#wire.anchor(start.x, start.y, REACH);
      this.#anchor = from;
    }
    const path = this.#wire.pathTo(end.x, end.y);
    if (!path) return null;
    const line = this.#toImage(path);
    // It goes from the middle of one pixel to that of another: its ends are what was clicked.
    return [from.x, from.y, ...line.slice(2, -2), to.x, to.y];
  }

  /** A sound polygon of a ring that may cross itself; null where it has no area. */
  outline(ring: Ring, simplifyPx: number, plane: Plane): PolygonGeometry | null {
    if (ring.length < 6) return null;
    const sound = clean({ kind: "polygon", plane, parts: [[ring]] });
    const simple = sound && simplify(sound, simplifyPx);
    return simple?.kind === "polygon" ? simple : null;
  }
}

/** Each pixel with its eight neighbours, nearer ones counting more (1 2 1). */
export function softened(samples: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(samples.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) {
      const left = samples[start + Math.max(0, x - 1)]!;
      const right = samples[start + Math.min(width - 1, x + 1)]!;
      rows[start + x] = (left + 2 * samples[start + x]! + right) / 4;
    }
  }
  const soft = new Float32Array(samples.length);
  for (let y = 0; y < height; y++) {
    const [up, here, down] = [Math.max(0, y - 1), y, Math.min(height - 1, y + 1)].map((row) => row * width);
    for (let x = 0; x < width; x++)
      soft[here! + x] = (rows[up! + x]! + 2 * rows[here! + x]! + rows[down! + x]!) / 4;
  }
  return soft;
}

function areaOf(ring: Ring): number {
  let twice = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    twice += ring[j]! * ring[i + 1]! - ring[i]! * ring[j + 1]!;
  return twice / 2;
}

function reachesSide(
  { width, height, data }: { width: number; height: number; data: Uint8Array },
  { left, top, right, bottom }: SeenPixels["goesOn"],
): boolean {
  if (top && data.subarray(0, width).includes(1)) return true;
  if (bottom && data.subarray((height - 1) * width).includes(1)) return true;
  for (let y = 0; y < height; y++) {
    if (left && data[y * width] === 1) return true;
    if (right && data[(y + 1) * width - 1] === 1) return true;
  }
  return false;
}
