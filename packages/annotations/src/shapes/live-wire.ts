import { ShapeError } from "./errors.ts";
import type { PixelWindow } from "./wand.ts";

const STRAIGHT = 5;
const DIAGONAL = 7;
/** Cost of a step across no edge at all, over that along the strongest. */
const CONTRAST = 20;

/**
 * The magnetic outline: the cheapest way between two pixels, where steps along strong edges are cheap (live-wire;
 * Mortensen and Barrett). `anchor` spreads costs from a point, over `reach` px at most; `pathTo` is then immediate.
 */
export class LiveWire {
  readonly #window: PixelWindow;
  /** Cost of entering each pixel, 1 to CONTRAST. */
  readonly #cost: Uint8Array;
  #from: Int32Array;
  #start = -1;

  constructor(window: PixelWindow) {
    this.#window = window;
    this.#cost = edgeCosts(window);
    this.#from = new Int32Array(0);
  }

  #index(px: number, py: number): number {
    const { x, y, width, height } = this.#window;
    const [column, row] = [Math.floor(px) - x, Math.floor(py) - y];
    return column >= 0 && row >= 0 && column < width && row < height ? row * width + column : -1;
  }

  /** Puts the start here (image px). `reach` bounds the work: about (2·reach)² pixels. */
  anchor(px: number, py: number, reach = 256): void {
    const start = this.#index(px, py);
    if (start === -1) throw new ShapeError("bad-argument", "a px within the window", `${px}, ${py}`);
    const { width, height } = this.#window;
    const [column, row] = [start % width, Math.floor(start / width)];
    const [left, right] = [Math.max(0, column - reach), Math.min(width - 1, column + reach)];
    const [top, bottom] = [Math.max(0, row - reach), Math.min(height - 1, row + reach)];
    const best = new Int32Array(width * height).fill(0x7fffffff);
    const from = new Int32Array(width * height).fill(-1);
    // Dial's buckets: costs are small whole numbers, so a ring of queues replaces a heap.
    const buckets: number[][] = Array.from({ length: DIAGONAL * CONTRAST + 1 }, () => []);
    best[start] = 0;
    buckets[0]!.push(start);
    for (let cost = 0, empty = 0; empty <= buckets.length; cost++) {
      const bucket = buckets[cost % buckets.length]!;
      empty = bucket.length === 0 ? empty + 1 : 0;
      for (let at = bucket.pop(); at !== undefined; at = bucket.pop()) {
        if (best[at] !== cost) continue;
        const [cx, cy] = [at % width, Math.floor(at / width)];
        for (let dy = cy > top ? -1 : 0; dy <= (cy < bottom ? 1 : 0); dy++)
          for (let dx = cx > left ? -1 : 0; dx <= (cx < right ? 1 : 0); dx++) {
            if (dx === 0 && dy === 0) continue;
            const next = at + dy * width + dx;
            const total = cost + this.#cost[next]! * (dx !== 0 && dy !== 0 ? DIAGONAL : STRAIGHT);
            if (total >= best[next]!) continue;
            best[next] = total;
            from[next] = at;
            buckets[total % buckets.length]!.push(next);
          }
      }
    }
    this.#from = from;
    this.#start = start;
  }

  /** Pixel centres from the anchor to here (image px), flat x, y, …; null where it is out of reach or none is set. */
  pathTo(px: number, py: number): number[] | null {
    let at = this.#index(px, py);
    if (at === -1 || this.#start === -1 || (at !== this.#start && this.#from[at] === -1)) return null;
    const { x, y, width } = this.#window;
    const path: number[] = [];
    for (; at !== -1; at = this.#from[at]!)
      path.push(Math.floor(at / width) + y + 0.5, (at % width) + x + 0.5);
    return path.reverse();
  }
}

/** Low along edges: the Sobel gradient of each channel over its own strongest, the largest of all channels. */
function edgeCosts({ width, height, channels }: PixelWindow): Uint8Array {
  const strength = new Float32Array(width * height);
  for (const samples of channels) {
    const gradient = new Float32Array(width * height);
    let most = 0;
    for (let row = 0; row < height; row++) {
      const [up, down] = [Math.max(0, row - 1) * width, Math.min(height - 1, row + 1) * width];
      const here = row * width;
      for (let column = 0; column < width; column++) {
        const [l, r] = [Math.max(0, column - 1), Math.min(width - 1, column + 1)];
        const gx =
          samples[up + r]! +
          2 * samples[here + r]! +
          samples[down + r]! -
          (samples[up + l]! + 2 * samples[here + l]! + samples[down + l]!);
        const gy =
          samples[down + l]! +
          2 * samples[down + column]! +
          samples[down + r]! -
          (samples[up + l]! + 2 * samples[up + column]! + samples[up + r]!);
        const g = Math.hypot(gx, gy);
        gradient[here + column] = g;
        if (g > most) most = g;
      }
    }
    if (most > 0)
      for (let i = 0; i < gradient.length; i++) {
        // Samples that are not numbers make no edge.
        const s = gradient[i]! / most;
        if (s > strength[i]!) strength[i] = s;
      }
  }
  const cost = new Uint8Array(width * height);
  for (let i = 0; i < cost.length; i++) cost[i] = 1 + Math.round((CONTRAST - 1) * (1 - strength[i]!));
  return cost;
}
