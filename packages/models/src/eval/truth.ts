import { squaredDistance } from "../distance.ts";
import { components, cut, type Mask } from "../mask.ts";

/** A label image: `data[y * width + x]`, 0 outside, one value an object. */
export interface LabelImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint16Array;
}

export interface TrueObject {
  readonly id: number;
  /** In its bounding box. */
  readonly mask: Mask;
  readonly area: number;
}

/** Every object of at least `minArea` px, by ascending label. */
export function objectsOf(labels: LabelImage, minArea: number): TrueObject[] {
  const { width, height, data } = labels;
  const boxes = new Map<number, { x0: number; y0: number; x1: number; y1: number; area: number }>();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const id = data[y * width + x] as number;
      if (id === 0) continue;
      const b = boxes.get(id);
      if (!b) boxes.set(id, { x0: x, y0: y, x1: x, y1: y, area: 1 });
      else {
        if (x < b.x0) b.x0 = x;
        if (x > b.x1) b.x1 = x;
        b.y1 = y;
        b.area++;
      }
    }
  return [...boxes]
    .filter(([, b]) => b.area >= minArea)
    .sort(([a], [b]) => a - b)
    .map(([id, { x0, y0, x1, y1, area }]) => {
      const w = x1 - x0 + 1;
      const mask = new Uint8Array(w * (y1 - y0 + 1));
      for (let y = y0; y <= y1; y++)
        for (let x = x0; x <= x1; x++) if (data[y * width + x] === id) mask[(y - y0) * w + x - x0] = 1;
      return { id, area, mask: { x: x0, y: y0, width: w, height: y1 - y0 + 1, data: mask } };
    });
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const centre = (m: Mask, i: number): Point => ({
  x: m.x + (i % m.width) + 0.5,
  y: m.y + Math.floor(i / m.width) + 0.5,
});

/** The px farthest from the mask's outside (the first one of equals, row by row), at its centre. */
export function mostInterior(m: Mask): Point {
  const d = squaredDistance(m.width, m.height, (i) => m.data[i] as number);
  let best = 0;
  for (let i = 1; i < d.length; i++) if ((d[i] as number) > (d[best] as number)) best = i;
  return centre(m, best);
}

/** A px of the mask that does not lie on its rim (where it has others), chosen by `random` in 0..1. */
export function randomInterior(m: Mask, random: () => number): Point {
  const d = squaredDistance(m.width, m.height, (i) => m.data[i] as number);
  const inner: number[] = [];
  const rim = Math.min(1, d.reduce((a, b) => Math.max(a, b), 0) / 4);
  for (let i = 0; i < d.length; i++) if ((d[i] as number) > rim) inner.push(i);
  return centre(m, inner[Math.floor(random() * inner.length)] as number);
}

/** The most interior point of the largest error region (4-connected), and whether it belongs inside. Null: no error. */
export function nextClick(predicted: Mask, truth: Mask): (Point & { inside: boolean }) | null {
  const x = Math.min(predicted.x, truth.x);
  const y = Math.min(predicted.y, truth.y);
  const width = Math.max(predicted.x + predicted.width, truth.x + truth.width) - x;
  const height = Math.max(predicted.y + predicted.height, truth.y + truth.height) - y;
  const p = cut(predicted, x, y, width, height).data;
  const t = cut(truth, x, y, width, height).data;
  let largest: { area: number; point: Point; inside: boolean } | null = null;
  for (const inside of [true, false]) {
    const wrong = {
      x,
      y,
      width,
      height,
      data: p.map((v, i) => (inside ? (t[i] as number) & ~v : v & ~(t[i] as number)) & 1),
    };
    const { labels, parts } = components(wrong);
    const most = Math.max(0, ...parts);
    if (most === 0 || most <= (largest?.area ?? 0)) continue;
    const k = parts.indexOf(most) + 1;
    const region = { ...wrong, data: Uint8Array.from(labels, (v) => (v === k ? 1 : 0)) };
    largest = { area: most, point: mostInterior(region), inside };
  }
  return largest && { ...largest.point, inside: largest.inside };
}

/** Numbers in 0..1 that depend on the seed alone (mulberry32 over an FNV-1a hash). */
export function seeded(seed: string): () => number {
  let a = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) a = Math.imul(a ^ seed.charCodeAt(i), 0x01000193);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
