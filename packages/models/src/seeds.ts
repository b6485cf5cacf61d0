import type { Embedding } from "./embedding.ts";
import type { Cell } from "./grid.ts";
import type { Manifest } from "./manifest.ts";

/** Coarse channels 0 and 1 point from a px to its object's centre, in units of this many px. */
const OFFSET = 64;

export interface Seed {
  /** Image px. */
  readonly x: number;
  readonly y: number;
  /** How many coarse px say that their object's centre lies here. */
  readonly votes: number;
}

/**
 * Where objects may be: every px of the embedding says where its object's centre is, and where many agree is a seed.
 * Strongest first. Where there is no object the answers scatter, but a few agree by chance: `minVotes` and what the
 * decoder then expects of its mask sort those out.
 */
export function seedsOf(e: Embedding, cell: Cell, { encoder, quantisation }: Manifest, minVotes = 3): Seed[] {
  const { stride } = encoder.coarse;
  const [w, h] = [Math.ceil(e.width / stride), Math.ceil(e.height / stride)];
  const row = e.paddedWidth / stride;
  const plane = row * (e.paddedHeight / stride);
  const votes = new Float32Array(w * h);
  const step = (quantisation.scale * OFFSET) / stride;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const i = y * row + x;
      // split among the four nearest cells, so that agreement shows whatever the lattice
      const cx = x + (e.coarse[i] as number) * step;
      const cy = y + (e.coarse[plane + i] as number) * step;
      const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
      for (const [px, py] of [
        [x0, y0],
        [x0 + 1, y0],
        [x0, y0 + 1],
        [x0 + 1, y0 + 1],
      ] as const)
        if (px >= 0 && py >= 0 && px < w && py < h) {
          const k = py * w + px;
          votes[k] = (votes[k] as number) + (1 - Math.abs(cx - px)) * (1 - Math.abs(cy - py));
        }
    }
  const sum = box3(votes, w, h);
  const seeds: Seed[] = [];
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const v = sum[y * w + x] as number;
      if (v < minVotes || !isPeak(sum, w, h, x, y)) continue;
      // the centre of mass of the votes round the peak
      let [mx, my, m] = [0, 0, 0];
      for (let py = Math.max(0, y - 1); py <= Math.min(h - 1, y + 1); py++)
        for (let px = Math.max(0, x - 1); px <= Math.min(w - 1, x + 1); px++) {
          const k = votes[py * w + px] as number;
          mx += k * px;
          my += k * py;
          m += k;
        }
      const at = (mean: number, length: number) => Math.min(length - 0.5, mean * stride + stride / 2);
      seeds.push({
        x: (cell.x + at(mx / m, e.width)) / cell.scale,
        y: (cell.y + at(my / m, e.height)) / cell.scale,
        votes: v,
      });
    }
  return seeds.sort((a, b) => b.votes - a.votes);
}

function box3(a: Float32Array, w: number, h: number): Float32Array {
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let s = 0;
      for (let py = Math.max(0, y - 1); py <= Math.min(h - 1, y + 1); py++)
        for (let px = Math.max(0, x - 1); px <= Math.min(w - 1, x + 1); px++) s += a[py * w + px] as number;
      out[y * w + x] = s;
    }
  return out;
}

/** Not below any neighbour, and above those that come earlier: one peak a plateau. */
function isPeak(a: Float32Array, w: number, h: number, x: number, y: number): boolean {
  const v = a[y * w + x] as number;
  for (let dy = -1; dy <= 1; dy++)
    for (let dx = -1; dx <= 1; dx++) {
      const [px, py] = [x + dx, y + dy];
      if ((dx === 0 && dy === 0) || px < 0 || py < 0 || px >= w || py >= h) continue;
      const n = a[py * w + px] as number;
      if (n > v || (n === v && (dy < 0 || (dy === 0 && dx < 0)))) return false;
    }
  return true;
}

/** So many in all, however large the rectangle: each takes a run of a decoder of many ms. */
const LATTICE = 256;

/**
 * SAM's embedding does not say where objects are: a lattice over the rectangle is asked, as its own "everything" does.
 * What lies between its points is not found.
 */
export function latticeIn({
  minX,
  minY,
  maxX,
  maxY,
}: {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}): Seed[] {
  const [width, height] = [maxX - minX, maxY - minY];
  const step = Math.sqrt((width * height) / LATTICE);
  const along = (from: number, length: number) => {
    const count = Math.max(1, Math.min(LATTICE, Math.floor(length / step)));
    return Array.from({ length: count }, (_, i) => from + ((i + 0.5) * length) / count);
  };
  return along(minY, height).flatMap((y) => along(minX, width).map((x) => ({ x, y, votes: 1 })));
}
