import { CHUNK } from "./slide-shape.ts";

const HALF = CHUNK / 2;

/** Four neighbouring chunks of labels as one of half the resolution: of four pixels one is taken, as a mean of ids would be nonsense. */
export function halveLabels(finer: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(CHUNK * CHUNK);
  finer.forEach((fine, n) => {
    for (let j = 0; j < HALF; j++) {
      for (let i = 0; i < HALF; i++) out[target(n, j, i)] = fine[(2 * j + 1) * CHUNK + 2 * i + 1]!;
    }
  });
  return out;
}

function target(n: number, j: number, i: number): number {
  return ((n >> 1) * HALF + j) * CHUNK + (n & 1) * HALF + i;
}
