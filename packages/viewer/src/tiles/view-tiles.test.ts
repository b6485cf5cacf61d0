import { expect, it } from "vitest";
import { levelFor, tilesWithin } from "./view-tiles.ts";

const level = (n: number) => ({
  width: 1000 / n,
  height: 600 / n,
  tileWidth: 100,
  tileHeight: 100,
  downsampleX: n,
  downsampleY: n,
});
const SOURCE = { levels: [1, 2, 4].map(level) };

it("the level of a view is the finest whose texels take half a device px", () => {
  expect([8, 1, 0.5, 0.49, 0.2, 0.01].map((px) => levelFor(SOURCE, px))).toEqual([0, 0, 0, 1, 2, 2]);
  expect([8, 1, 0.5].map((px) => levelFor(SOURCE, px, 2))).toEqual([0, 1, 2]);
});

it("tiles of a view end at the image's edge, with a margin or without", () => {
  const part = { minX: 150, minY: -20, maxX: 300, maxY: 100 };
  expect(tilesWithin(SOURCE, 0, part).map(({ x, y }) => `${x},${y}`)).toEqual(["1,0", "2,0"]);
  expect(tilesWithin(SOURCE, 0, part, 1)).toHaveLength(8);
  expect(tilesWithin(SOURCE, 2, part)).toEqual([{ level: 2, x: 0, y: 0 }]);
  expect(tilesWithin(SOURCE, 0, { ...part, minX: 2000, maxX: 3000 })).toEqual([]);
});
