/** Numbers pairs of integers from 0, in the order in which they come. Open addressing on typed arrays: no garbage. */
export class PairTable {
  first: Float64Array;
  second: Float64Array;
  size = 0;
  #slots: Int32Array;
  #mask: number;

  constructor(expected: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)));
    this.first = new Float64Array(capacity / 2);
    this.second = new Float64Array(capacity / 2);
    this.#slots = new Int32Array(capacity).fill(-1);
    this.#mask = capacity - 1;
  }

  /** The number of this pair; a new one where it was not yet there. */
  idOf(a: number, b: number): number {
    if (this.size === this.first.length) this.#grow();
    let slot = hash(a, b) & this.#mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === -1) break;
      if (this.first[id] === a && this.second[id] === b) return id;
      slot = (slot + 1) & this.#mask;
    }
    const id = this.size++;
    this.#slots[slot] = id;
    this.first[id] = a;
    this.second[id] = b;
    return id;
  }

  #grow(): void {
    const { first, second, size } = this;
    this.first = new Float64Array(first.length * 2);
    this.second = new Float64Array(first.length * 2);
    this.first.set(first);
    this.second.set(second);
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    this.#mask = this.#slots.length - 1;
    for (let id = 0; id < size; id++) {
      let slot = hash(first[id]!, second[id]!) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = id;
    }
  }
}

function hash(a: number, b: number): number {
  let h = Math.imul(a | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/** Rows of varying length in two arrays: row r is `items[start[r]] … items[start[r + 1] - 1]`. */
export interface Rows {
  readonly start: Int32Array;
  readonly items: Int32Array;
}

/** Sorts (row, item) pairs into rows, keeping their order. */
export function toRows(rowCount: number, rows: readonly number[], items: readonly number[]): Rows {
  const start = new Int32Array(rowCount + 1);
  for (let i = 0; i < rows.length; i++) start[rows[i]! + 1]!++;
  for (let r = 0; r < rowCount; r++) start[r + 1]! += start[r]!;
  const next = start.slice();
  const sorted = new Int32Array(items.length);
  for (let i = 0; i < rows.length; i++) sorted[next[rows[i]!]!++] = items[i]!;
  return { start, items: sorted };
}
