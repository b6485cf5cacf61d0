import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { histogramOf, percentileWindow } from "./percentiles.ts";

describe("histogram", () => {
  it("counts every finite pixel once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 500 }),
        (values) => {
          const { counts, min, max } = histogramOf([Uint16Array.from(values)], 64);
          expect(counts.reduce((sum, n) => sum + n, 0)).toBe(values.length);
          expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        },
      ),
    );
    const floats = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY);
    expect([...histogramOf([floats], 2).counts]).toEqual([1, 1]);
  });

  it("is empty without pixels", () => {
    expect(histogramOf([], 4)).toEqual({ counts: new Uint32Array(4), min: 0, max: 1 });
  });
});

describe("a window by percentiles", () => {
  it("is that of the sorted pixels, to 1/4096 of the range", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 200, maxLength: 2000 }),
        (values) => {
          const sorted = [...values].sort((a, b) => a - b);
          const window = percentileWindow([Uint16Array.from(values)], 1, 99)!;
          const step = (sorted.at(-1)! - sorted[0]!) / 4096 + 1;
          const at = (percent: number) =>
            sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)]!;
          expect(Math.abs(window.min - at(1))).toBeLessThanOrEqual(step + 1);
          expect(Math.abs(window.max - at(99))).toBeLessThanOrEqual(step + 1);
        },
      ),
    );
  });

  it("is never empty, and null without pixels", () => {
    expect(percentileWindow([new Uint16Array(50).fill(7)], 0.1, 99.9)).toEqual({ min: 7, max: 8 });
    expect(percentileWindow([], 0.1, 99.9)).toBeNull();
  });

  it("ignores a few hot pixels", () => {
    const plane = new Uint16Array(10_000).map((_, i) => 100 + (i % 50));
    plane[3] = 60_000;
    expect(percentileWindow([plane], 0.1, 99.9)!.max).toBeLessThan(200);
  });
});
