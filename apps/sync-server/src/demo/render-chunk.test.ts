import { beforeAll, describe, expect, test, vi } from "vitest";
import { OFFSET } from "./camera.ts";
import { demoNuclei } from "./nuclei.ts";
import { ChunkRenderer } from "./render-chunk.ts";
import { CHANNELS, CHUNK } from "./slide-shape.ts";

// Some chunks take a second where everything else runs at the same time.
vi.setConfig({ testTimeout: 60_000 });

/**
 * How well neighbouring levels agree, measured where the slide differs most
 * (`PLACES`). WORST_MEAN_ERROR bounds the error of any quarter chunk's mean
 * signal, MEAN_ERROR its mean over the places and channels, BLOCK_ERROR the RMS over 16 × 16 pixel blocks relative to that mean.
 */
const WORST_MEAN_ERROR = 0.04;
const MEAN_ERROR = 0.02;
const BLOCK_ERROR: Record<number, number> = { 0: 0.04, 1: 0.06, 2: 0.08, 3: 0.14, 4: 0.2, 5: 0.2, 6: 0.2 };

/** Mucosa, tumour with glands, muscle: fractions of the slide [y, x]. */
const PLACES = [
  [0.25, 0.2],
  [0.42, 0.5],
  [0.62, 0.4],
] as const;

let renderer: ChunkRenderer;
beforeAll(() => {
  renderer = new ChunkRenderer();
});

function image(level: number, channel: number, y: number, x: number): Uint16Array {
  return renderer.render({ kind: "image", level, channel, y, x }) as Uint16Array;
}

describe("levels agree", () => {
  test.each([0, 1, 2, 3, 4, 5, 6])(
    "level %i, averaged, is the next level",
    (level) => {
      const errors: number[] = [];
      const seen = new Set<string>();
      for (const [fractionY, fractionX] of PLACES) {
        const chunks = 64 >> level;
        const y = Math.floor(fractionY * chunks);
        const x = Math.floor(fractionX * chunks);
        if (seen.has(`${y}/${x}`)) continue;
        seen.add(`${y}/${x}`);
        for (let channel = 0; channel < CHANNELS.length; channel++) {
          const fine = image(level, channel, 2 * y + 1, 2 * x);
          const coarse = image(level + 1, channel, y, x);
          const { mean, error, blocks } = compare(fine, coarse, CHUNK / 2, 0);
          const where = `channel ${channel}, level ${level}, chunk ${2 * y + 1}/${2 * x}`;
          // Counts below 10 are bare glass, where only rounding differs.
          errors.push(Math.abs(error) / Math.max(10, mean));
          expect(errors.at(-1), `mean of ${where}`).toBeLessThan(WORST_MEAN_ERROR);
          expect(blocks / Math.max(40, mean), `blocks of ${where}`).toBeLessThan(BLOCK_ERROR[level]!);
        }
      }
      expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(MEAN_ERROR);
    },
    60_000,
  );
});

/** Compares 2 × 2 means of `fine` with the quarter of `coarse` that starts at (row, column). */
function compare(
  fine: Uint16Array,
  coarse: Uint16Array,
  row: number,
  column: number,
): { mean: number; error: number; blocks: number } {
  const half = CHUNK / 2;
  const block = 16;
  let mean = 0;
  let error = 0;
  let squares = 0;
  for (let by = 0; by < half; by += block) {
    for (let bx = 0; bx < half; bx += block) {
      let difference = 0;
      for (let j = by; j < by + block; j++) {
        for (let i = bx; i < bx + block; i++) {
          const p = 2 * j * CHUNK + 2 * i;
          const expected = (fine[p]! + fine[p + 1]! + fine[p + CHUNK]! + fine[p + CHUNK + 1]!) / 4;
          mean += (expected - OFFSET) / half ** 2;
          difference += coarse[(row + j) * CHUNK + column + i]! - expected;
        }
      }
      error += difference / half ** 2;
      squares += (difference / block ** 2) ** 2;
    }
  }
  return { mean, error, blocks: Math.sqrt(squares / (half / block) ** 2) };
}

test("a chunk is the same whenever, wherever and after whatever it is computed", () => {
  const address = { kind: "image", level: 1, channel: 2, y: 20, x: 40 } as const;
  const first = renderer.render(address);
  renderer.render({ kind: "image", level: 4, channel: 0, y: 2, x: 2 });
  renderer.render({ ...address, x: 41 });
  expect(renderer.render(address)).toEqual(first);
  expect(new ChunkRenderer().render(address)).toEqual(first);
  expect(new ChunkRenderer(1).render(address)).not.toEqual(first);
});

test("every chunk of a channel holds light, and none is clipped", () => {
  for (let channel = 0; channel < CHANNELS.length; channel++) {
    const pixels = image(2, channel, 10, 16);
    let most = 0;
    let least = 65535;
    for (const value of pixels) {
      most = Math.max(most, value);
      least = Math.min(least, value);
    }
    expect(least).toBeGreaterThan(50);
    expect(most).toBeGreaterThan(500);
    expect(most).toBeLessThan(65535);
  }
});

test("no seam shows between chunks", () => {
  for (const level of [0, 2, 5]) {
    const y = 42 >> level;
    const x = 70 >> level;
    for (let channel = 0; channel < CHANNELS.length; channel++) {
      const left = image(level, channel, y, x);
      const right = image(level, channel, y, x + 1);
      let across = 0;
      let within = 0;
      for (let j = 0; j < CHUNK; j++) {
        const row = j * CHUNK;
        across += Math.abs(right[row]! - left[row + CHUNK - 1]!);
        within += Math.abs(left[row + CHUNK - 1]! - left[row + CHUNK - 2]!) / 2;
        within += Math.abs(right[row + 1]! - right[row]!) / 2;
      }
      expect(across / within, `level ${level}, channel ${channel}`).toBeLessThan(1.25);
    }
  }
});

describe("labels", () => {
  const at = { kind: "labels", channel: 0 } as const;

  test("are exactly the nuclei of the ground truth", () => {
    const y = 42;
    const x = 70;
    const ids = renderer.render({ ...at, level: 0, y, x }) as Uint32Array;
    const rect = { minX: x * CHUNK, minY: y * CHUNK, maxX: (x + 1) * CHUNK, maxY: (y + 1) * CHUNK };
    const nuclei = demoNuclei().nucleiIn(rect);
    expect(nuclei.length).toBeGreaterThan(60);
    expect(new Set(nuclei.map((n) => n.id)).size).toBe(nuclei.length);
    const counted = new Map<number, number>();
    for (const id of ids) counted.set(id, (counted.get(id) ?? 0) + 1);
    for (const nucleus of nuclei) {
      const xs = nucleus.outline.filter((_, k) => k % 2 === 0);
      const ys = nucleus.outline.filter((_, k) => k % 2 === 1);
      const whole =
        Math.min(...xs) > rect.minX &&
        Math.max(...xs) < rect.maxX &&
        Math.min(...ys) > rect.minY &&
        Math.max(...ys) < rect.maxY;
      if (!whole) continue;
      // Overlapped by a neighbour a nucleus loses pixels; it never has more than its area.
      expect(counted.get(nucleus.id) ?? 0).toBeLessThan(nucleus.area * 1.06 + 8);
      const lone = nuclei.every(
        (other) => other === nucleus || Math.hypot(other.x - nucleus.x, other.y - nucleus.y) > 48,
      );
      if (lone) expect(counted.get(nucleus.id)! / nucleus.area).toBeCloseTo(1, 1);
    }
    // No label without a nucleus, apart from those whose centre lies in a neighbouring chunk.
    const wide = demoNuclei().nucleiIn({
      minX: rect.minX - 64,
      minY: rect.minY - 64,
      maxX: rect.maxX + 64,
      maxY: rect.maxY + 64,
    });
    const known = new Set(wide.map((n) => n.id));
    for (const id of counted.keys()) expect(id === 0 || known.has(id)).toBe(true);
  });

  test("lie on bright DAPI", () => {
    const ids = renderer.render({ ...at, level: 0, y: 42, x: 70 }) as Uint32Array;
    const dapi = image(0, 0, 42, 70);
    const sums = [0, 0, 0, 0];
    ids.forEach((id, p) => {
      sums[id > 0 ? 1 : 0]! += dapi[p]! - OFFSET;
      sums[id > 0 ? 3 : 2]!++;
    });
    expect(sums[1]! / sums[3]!).toBeGreaterThan((4 * sums[0]!) / sums[2]!);
  });

  test("continue across the border of chunks", () => {
    const left = renderer.render({ ...at, level: 0, y: 42, x: 70 }) as Uint32Array;
    const right = renderer.render({ ...at, level: 0, y: 42, x: 71 }) as Uint32Array;
    let both = 0;
    let one = 0;
    for (let j = 0; j < CHUNK; j++) {
      const a = left[j * CHUNK + CHUNK - 1]!;
      const b = right[j * CHUNK]!;
      if (a !== 0 && a === b) both++;
      else if (a !== b) one++;
    }
    expect(both).toBeGreaterThan(40);
    expect(one).toBeLessThan(both / 3);
  });

  test.each([1, 3, 4])("of level %i are those of the pixel in the middle of level 0", (level) => {
    const step = 2 ** level;
    const y = 42;
    const x = 70;
    const fine = renderer.render({ ...at, level: 0, y, x }) as Uint32Array;
    const coarse = renderer.render({ ...at, level, y: y >> level, x: x >> level }) as Uint32Array;
    const offsetY = ((y % step) * CHUNK) / step;
    const offsetX = ((x % step) * CHUNK) / step;
    for (let j = 0; j < CHUNK / step; j++) {
      for (let i = 0; i < CHUNK / step; i++) {
        const middle = fine[(j * step + step / 2) * CHUNK + i * step + step / 2];
        expect(coarse[(offsetY + j) * CHUNK + offsetX + i]).toBe(middle);
      }
    }
  });
});
