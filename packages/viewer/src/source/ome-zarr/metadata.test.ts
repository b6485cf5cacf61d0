import { expect, test } from "vitest";
import { parseMultiscale } from "./metadata.ts";

const levels = (count: number) => ({
  multiscales: [
    {
      axes: [{ name: "y" }, { name: "x" }],
      datasets: Array.from({ length: count }, (_, i) => ({ path: `${i}` })),
    },
  ],
});

test.each([0, 65, 200_000])("a pyramid of %i levels is refused before one of them is asked for", (count) => {
  expect(() => parseMultiscale(levels(count), "https://images.example/a.zarr")).toThrow(/dataset/);
});

test("a deep pyramid is read", () => {
  expect(parseMultiscale(levels(20), "https://images.example/a.zarr").datasets).toHaveLength(20);
});
