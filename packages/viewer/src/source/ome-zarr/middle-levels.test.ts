import { describe, expect, it } from "vitest";
import type { ArrayDocument } from "./metadata.ts";
import { sameArray, tellsMiddle, withMiddle } from "./middle-levels.ts";

const v3 = (shape: number[], chunk: number[], more: object = {}): ArrayDocument => ({
  zarr_format: 3,
  shape,
  data_type: "uint16",
  chunk_grid: { name: "regular", configuration: { chunk_shape: chunk } },
  codecs: [{ name: "bytes" }],
  attributes: { level: shape[0] },
  ...more,
});
const v2 = (shape: number[], chunks: number[]): ArrayDocument => ({
  zarr_format: 2,
  shape,
  chunks,
  dtype: "<u2",
});
const datasets = (...scales: number[][]) => scales.map((scale, i) => ({ path: `${i}`, scale }));
const halves = (count: number) => datasets(...Array.from({ length: count }, (_, i) => [1, 2 ** i, 2 ** i]));

const shapes = (documents: ArrayDocument[] | null) => documents?.map(({ shape }) => shape);

describe("middle levels", () => {
  it("are rounded as the last one is", () => {
    const up = withMiddle(halves(3), v3([4, 101, 203], [1, 64, 64]), v3([4, 26, 51], [1, 64, 64]));
    expect(shapes(up)).toEqual([
      [4, 101, 203],
      [4, 51, 102],
      [4, 26, 51],
    ]);
    const down = withMiddle(halves(3), v2([4, 101, 203], [1, 64, 64]), v2([4, 25, 50], [1, 64, 64]));
    expect(down?.[1]).toEqual(v2([4, 50, 101], [1, 64, 64]));
  });

  it("follow odd factors, and scales that state exact ratios", () => {
    const odd = datasets([1, 1], [3, 3], [9, 9]);
    expect(shapes(withMiddle(odd, v2([90, 180], [9, 9]), v2([10, 20], [9, 9])))?.[1]).toEqual([30, 60]);
    const exact = datasets(
      [0.5, 0.5],
      [0.5 * (101 / 50), 0.5 * (99 / 49)],
      [0.5 * (101 / 25), 0.5 * (99 / 24)],
    );
    expect(shapes(withMiddle(exact, v2([101, 99], [9, 9]), v2([25, 24], [9, 9])))?.[1]).toEqual([50, 49]);
  });

  it("have chunks cut down where the last one's are", () => {
    const cut = withMiddle(halves(4), v3([1, 512, 800], [1, 256, 256]), v3([1, 64, 100], [1, 64, 100]));
    expect(cut?.map((document) => document["chunk_grid"])).toMatchObject([
      { configuration: { chunk_shape: [1, 256, 256] } },
      { configuration: { chunk_shape: [1, 256, 256] } },
      { configuration: { chunk_shape: [1, 128, 200] } },
      { configuration: { chunk_shape: [1, 64, 100] } },
    ]);
  });

  it.each<[string, ArrayDocument, ArrayDocument]>([
    ["sizes fit no rounding", v3([4, 100, 100], [1, 9, 9]), v3([4, 30, 30], [1, 9, 9])],
    ["planes get fewer", v3([4, 100, 100], [1, 9, 9]), v3([2, 25, 25], [1, 9, 9])],
    ["chunks differ", v3([4, 100, 100], [1, 9, 9]), v3([4, 25, 25], [1, 7, 7])],
    ["codecs differ", v3([4, 100, 100], [1, 9, 9]), v3([4, 25, 25], [1, 9, 9], { codecs: [] })],
    ["types differ", v3([4, 100, 100], [1, 9, 9]), v3([4, 25, 25], [1, 9, 9], { data_type: "uint8" })],
    ["ranks differ", v3([4, 100, 100], [1, 9, 9]), v3([25, 25], [9, 9])],
    ["shapes are nonsense", v3([4, 100, -1], [1, 9, 9]), v3([4, 25, 25], [1, 9, 9])],
    ["there is no shape", {}, {}],
  ])("are not assumed where %s", (_, first, last) => {
    expect(withMiddle(halves(3), first, last)).toBeNull();
  });

  it("cannot be told without scales, nor is there one of two levels", () => {
    expect(tellsMiddle(halves(3))).toBe(true);
    expect(tellsMiddle(halves(2))).toBe(false);
    expect(tellsMiddle(datasets([], [], []))).toBe(false);
    expect(tellsMiddle(datasets([1, 1], [1, 1], [2, 2]))).toBe(false);
  });

  it("are as assumed whatever their attributes are", () => {
    expect(sameArray(v3([1, 2], [1, 1]), v3([1, 2], [1, 1], { attributes: {} }))).toBe(true);
    expect(sameArray(v3([1, 2], [1, 1]), v3([1, 3], [1, 1]))).toBe(false);
    expect(sameArray(v3([1, 2], [1, 1]), v3([1, 2], [1, 2]))).toBe(false);
  });
});
