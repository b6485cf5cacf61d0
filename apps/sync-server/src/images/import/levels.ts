import type { TypedArray } from "@coscope/viewer/source";

/** Chunks are CHUNK × CHUNK pixels of one plane. */
export const CHUNK = 512;

export interface LevelSize {
  readonly width: number;
  readonly height: number;
}

/** Full resolution first, each half the one before (rounded up), the last at most one chunk. */
export function levelSizes(width: number, height: number): LevelSize[] {
  const sizes = [{ width, height }];
  for (let last = sizes[0]!; last.width > CHUNK || last.height > CHUNK; ) {
    last = { width: Math.ceil(last.width / 2), height: Math.ceil(last.height / 2) };
    sizes.push(last);
  }
  return sizes;
}

/** The pixels of a chunk that belong to the image; its rows are CHUNK apart. */
export interface Valid {
  readonly data: TypedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * Halves a chunk into a quarter of the next level's chunk, from `offset` on. Intensities: the mean of each 2 × 2 block, at an
 * odd edge of what is there; integers rounded to the nearest, halves up; not-a-number left out of the mean. Labels: the
 * top-left value, so that ids stay ids.
 */
export function halveInto(
  target: TypedArray,
  offset: number,
  { data, width, height }: Valid,
  labels: boolean,
): void {
  const float = data instanceof Float32Array || data instanceof Float64Array;
  for (let y = 0; y < height; y += 2) {
    const below = y + 1 < height ? CHUNK : 0;
    let to = offset + (y / 2) * CHUNK;
    for (let x = 0; x < width; x += 2, to++) {
      const at = y * CHUNK + x;
      const a = data[at]!;
      if (labels) {
        target[to] = a;
        continue;
      }
      const right = x + 1 < width ? 1 : 0;
      const b = data[at + right]!;
      const c = data[at + below]!;
      const d = data[at + below + right]!;
      const sum = a + b + c + d;
      if (!float) target[to] = Math.floor((sum + 2) / 4);
      else target[to] = Number.isNaN(sum) ? meanOfNumbers(a, b, c, d) : sum / 4;
    }
  }
}

function meanOfNumbers(...values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
