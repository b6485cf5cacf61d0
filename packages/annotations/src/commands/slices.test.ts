import { expect, test } from "vitest";
import type { Geometry } from "../geometry/index.ts";
import { slicesOf } from "./slices.ts";

test("slices are neither too many nor too large", () => {
  const plane = { z: 0, t: 0 };
  const box: Geometry = { kind: "rectangle", plane, x: 0, y: 0, width: 9, height: 9, rotation: 0 };
  const big: Geometry = { kind: "polyline", plane, points: Array(120_000).fill(1) };
  const all = [...Array(2500).fill(box), big, big, box].map((geometry: Geometry) => ({ geometry }));
  expect([...slicesOf(all)].map(({ length }) => length)).toEqual([1000, 1000, 500, 1, 1, 1]);
  expect([...slicesOf(all, 5_000)].map(({ length }) => length)).toEqual([2500, 1, 1, 1]);
  expect([...slicesOf([])]).toEqual([]);
});
