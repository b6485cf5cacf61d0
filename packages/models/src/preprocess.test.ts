import { describe, expect, it } from "vitest";
import { ModelError } from "./errors.ts";
import { normalise, rangeOf } from "./preprocess.ts";

const percentiles = { lowPercentile: 0, highPercentile: 100 };

describe("what an image's values span", () => {
  it("interpolates percentiles as numpy does", () => {
    const image = { width: 5, height: 1, channels: 1, data: Uint8Array.of(40, 10, 20, 30, 0) } as const;
    expect(rangeOf(image, { lowPercentile: 10, highPercentile: 90 })).toEqual({ low: 4, high: 36 });
  });

  it("does not take the ground's noise for the picture where one small bright thing is all there is", () => {
    const data = Uint8Array.from({ length: 400 * 400 }, (_, i) => (i < 100 ? 201 : i % 4));
    const image = { width: 400, height: 400, channels: 1, data } as const;
    const { low, high } = rangeOf(image, { lowPercentile: 0.5, highPercentile: 99.8 });
    expect(low).toBe(0);
    expect(high).toBeCloseTo(201 / 4, 1);
  });

  it("takes all channels together, so that a stain keeps its colour", () => {
    const image = {
      width: 1,
      height: 2,
      channels: 3,
      data: Uint8Array.of(200, 100, 150, 240, 120, 160),
    } as const;
    const range = rangeOf(image, percentiles);
    expect(range).toEqual({ low: 100, high: 240 });
    const { data } = normalise(image, range);
    expect([...data].map((v) => Math.round(v * 140))).toEqual([100, 140, 0, 20, 50, 60]);
  });

  it("leaves out what is no number, and survives an image of nothing else", () => {
    const image = {
      width: 4,
      height: 1,
      channels: 1,
      data: Float32Array.of(Number.NaN, 1, 3, Number.POSITIVE_INFINITY),
    } as const;
    expect(rangeOf(image, percentiles)).toEqual({ low: 1, high: 3 });
    expect([...normalise(image, { low: 1, high: 3 }).data.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
    const nothing = { width: 1, height: 1, channels: 1, data: Float32Array.of(Number.NaN) } as const;
    expect([...normalise(nothing, rangeOf(nothing, percentiles)).data]).toEqual([0, 0, 0]);
  });

  it("gives the same planes for 8 bit and for the same picture in 16 bit", () => {
    const eight = { width: 3, height: 1, channels: 1, data: Uint8Array.of(3, 77, 255) } as const;
    const sixteen = {
      width: 3,
      height: 1,
      channels: 1,
      data: Uint16Array.of(3 * 257, 77 * 257, 255 * 257),
    } as const;
    const a = normalise(eight, rangeOf(eight, percentiles)).data;
    const b = normalise(sixteen, rangeOf(sixteen, percentiles)).data;
    a.forEach((v, i) => {
      expect(v).toBeCloseTo(b[i] as number, 6);
    });
  });

  it("makes a flat image dark instead of dividing by nothing", () => {
    const image = { width: 2, height: 2, channels: 1, data: Uint8Array.of(9, 9, 9, 9) } as const;
    expect([...normalise(image, rangeOf(image, percentiles)).data]).toEqual(new Array(12).fill(0));
  });

  it("refuses pixels that do not fit their size", () => {
    const image = { width: 2, height: 2, channels: 3, data: new Uint8Array(4) } as const;
    expect(() => rangeOf(image, percentiles)).toThrow(ModelError);
  });
});
