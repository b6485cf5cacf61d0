import { CHUNK } from "./slide-shape.ts";

const HALF = CHUNK / 2;

/** Four neighbouring chunks as one of half the resolution: means of 2 × 2 pixels. */
export function halveImage(finer: readonly Uint16Array[]): Uint16Array {
  const out = new Uint16Array(CHUNK * CHUNK);
  finer.forEach((fine, n) => {
    for (let j = 0; j < HALF; j++) {
      for (let i = 0; i < HALF; i++) {
        const p = 2 * j * CHUNK + 2 * i;
        const sum = fine[p]! + fine[p + 1]! + fine[p + CHUNK]! + fine[p + CHUNK + 1]!;
        out[target(n, j, i)] = (sum + 2) >> 2;
      }
    }
  });
  return out;
}

/** The same for labels: a mean of ids would be nonsense, so one of the four is taken. */
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
