import type { ImageRect } from "../geometry/index.ts";

const NODE_SIZE = 16;
/** A Hilbert curve of 2^16 cells a side, and a place below it for the item's number. */
const CELLS = (1 << 16) - 1;
const MOST = 2 ** 21;

export interface Bounded {
  readonly bounds: ImageRect;
}

/**
 * An R-tree that is made at once and never changes: items in the order of a Hilbert curve, sixteen to a node, all boxes
 * in one array. Ten times as fast to make as one that can change, and without an object a node.
 */
export class PackedTree<Item extends Bounded> {
  readonly items: readonly Item[];
  /** minX, minY, maxX, maxY of the items, then of the nodes level by level, the root last. */
  readonly #boxes: Float64Array;
  /** Of a box: the item's number, or where its first child is. */
  readonly #refs: Uint32Array;
  /** Where each level ends. */
  readonly #ends: number[] = [];

  /** At most 2^21 items. Keeps the array. */
  constructor(items: readonly Item[]) {
    if (items.length > MOST) throw new RangeError(`at most ${MOST} items, got ${items.length}`);
    this.items = items;
    let count = items.length;
    let all = count;
    this.#ends.push(all);
    while (count > 1) {
      count = Math.ceil(count / NODE_SIZE);
      all += count;
      this.#ends.push(all);
    }
    this.#boxes = new Float64Array(4 * all);
    this.#refs = new Uint32Array(all);
    this.#placeItems();
    this.#buildLevels();
  }

  #placeItems(): void {
    const { items } = this;
    let minX = Number.POSITIVE_INFINITY;
    let minY = Number.POSITIVE_INFINITY;
    let maxX = Number.NEGATIVE_INFINITY;
    let maxY = Number.NEGATIVE_INFINITY;
    for (const { bounds } of items) {
      minX = Math.min(minX, bounds.minX);
      minY = Math.min(minY, bounds.minY);
      maxX = Math.max(maxX, bounds.maxX);
      maxY = Math.max(maxY, bounds.maxY);
    }
    const perX = CELLS / (maxX - minX || 1);
    const perY = CELLS / (maxY - minY || 1);
    const keys = new Float64Array(items.length);
    items.forEach(({ bounds: b }, i) => {
      const x = Math.floor(((b.minX + b.maxX) / 2 - minX) * perX);
      const y = Math.floor(((b.minY + b.maxY) / 2 - minY) * perY);
      keys[i] = hilbert(x, y) * MOST + i;
    });
    keys.sort();
    keys.forEach((key, place) => {
      const i = key % MOST;
      const { bounds } = items[i]!;
      this.#refs[place] = i;
      this.#boxes[4 * place] = bounds.minX;
      this.#boxes[4 * place + 1] = bounds.minY;
      this.#boxes[4 * place + 2] = bounds.maxX;
      this.#boxes[4 * place + 3] = bounds.maxY;
    });
  }

  #buildLevels(): void {
    const boxes = this.#boxes;
    let child = 0;
    for (let level = 0; level + 1 < this.#ends.length; level++) {
      const end = this.#ends[level]!;
      for (let node = end; child < end; node++) {
        this.#refs[node] = child;
        let minX = Number.POSITIVE_INFINITY;
        let minY = Number.POSITIVE_INFINITY;
        let maxX = Number.NEGATIVE_INFINITY;
        let maxY = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < NODE_SIZE && child < end; k++, child++) {
          minX = Math.min(minX, boxes[4 * child]!);
          minY = Math.min(minY, boxes[4 * child + 1]!);
          maxX = Math.max(maxX, boxes[4 * child + 2]!);
          maxY = Math.max(maxY, boxes[4 * child + 3]!);
        }
        boxes[4 * node] = minX;
        boxes[4 * node + 1] = minY;
        boxes[4 * node + 2] = maxX;
        boxes[4 * node + 3] = maxY;
      }
    }
  }

  /** Whose bounds meet the rectangle, edges included. */
  search({ minX, minY, maxX, maxY }: ImageRect): Item[] {
    const found: Item[] = [];
    if (this.items.length === 0) return found;
    const boxes = this.#boxes;
    const top = this.#ends.length - 1;
    const open: [first: number, level: number][] = [[this.#ends[top]! - 1, top]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [first, level] = next;
      const end = Math.min(first + NODE_SIZE, this.#ends[level]!);
      for (let i = first; i < end; i++) {
        if (boxes[4 * i]! > maxX || boxes[4 * i + 1]! > maxY) continue;
        if (boxes[4 * i + 2]! < minX || boxes[4 * i + 3]! < minY) continue;
        if (level === 0) found.push(this.items[this.#refs[i]!]!);
        else open.push([this.#refs[i]!, level - 1]);
      }
    }
    return found;
  }
}

/** Place of a cell on a Hilbert curve of order 16: (x, y) → 0 … 2^32 - 1. */
function hilbert(x: number, y: number): number {
  let [u, v] = [x, y];
  let place = 0;
  for (let side = 1 << 15; side > 0; side >>= 1) {
    const right = (u & side) > 0 ? 1 : 0;
    const below = (v & side) > 0 ? 1 : 0;
    place = place * 4 + ((3 * right) ^ below);
    if (below === 0) {
      if (right === 1) {
        u = CELLS - u;
        v = CELLS - v;
      }
      const swap = u;
      u = v;
      v = swap;
    }
  }
  return place;
}
