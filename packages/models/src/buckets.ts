/** A rectangle, px. */
interface Box {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Side of a bucket: a few objects across. */
const SIDE = 256;

/** Things by where they lie, for thousands of them: who asks about a place looks through what is near it. */
export class Buckets<Item> {
  readonly #buckets = new Map<string, Set<Item>>();
  readonly #all: Item[] = [];

  add(box: Box, item: Item): void {
    this.#all.push(item);
    for (const key of keysOf(box)) {
      const bucket = this.#buckets.get(key);
      if (bucket) bucket.add(item);
      else this.#buckets.set(key, new Set([item]));
    }
  }

  /** Those in the buckets that the rectangle touches; some lie beside it. */
  near(box: Box): Item[] {
    const found = new Set<Item>();
    for (const key of keysOf(box)) for (const item of this.#buckets.get(key) ?? []) found.add(item);
    return [...found];
  }

  /** In the order in which they were added. */
  all(): readonly Item[] {
    return this.#all;
  }
}

function* keysOf({ minX, minY, maxX, maxY }: Box): Generator<string> {
  for (let y = Math.floor(minY / SIDE); y <= Math.floor(maxY / SIDE); y++)
    for (let x = Math.floor(minX / SIDE); x <= Math.floor(maxX / SIDE); x++) yield `${x}/${y}`;
}
