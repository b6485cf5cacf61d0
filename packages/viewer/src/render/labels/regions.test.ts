import { imagePoint } from "@coscope/annotations/geometry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelLevel, labelRect, placeAt, placesWithin, regionsOf } from "./regions.ts";

// 3 levels with factors and tile sizes that do not nest, over an image twice as large.
const LABELS = {
  width: 500,
  height: 300,
  levels: [
    { width: 500, height: 300, tileWidth: 64, tileHeight: 48, downsampleX: 1, downsampleY: 1 },
    { width: 167, height: 100, tileWidth: 50, tileHeight: 64, downsampleX: 500 / 167, downsampleY: 3 },
    { width: 42, height: 25, tileWidth: 42, tileHeight: 25, downsampleX: 500 / 42, downsampleY: 12 },
  ],
};
const IMAGE = { width: 1001, height: 600 };

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("the regions of a view", () => {
  it("cover it once, whatever has come", () => {
    fc.assert(
      fc.property(share, share, share, share, fc.nat(2 ** 30), (x0, y0, x1, y1, seed) => {
        const part = {
          minX: Math.min(x0, x1) * IMAGE.width,
          maxX: Math.max(x0, x1) * IMAGE.width,
          minY: Math.min(y0, y1) * IMAGE.height,
          maxY: Math.max(y0, y1) * IMAGE.height,
        };
        fc.pre(part.maxX - part.minX > 1 && part.maxY - part.minY > 1);
        // The coarsest is always there, of the others about half.
        const has = (level: number, x: number, y: number) =>
          level === 2 || ((seed >> ((x * 7 + y * 3 + level) % 30)) & 1) === 1;
        const regions = regionsOf(LABELS, IMAGE, 0, part, ({ level, x, y }) =>
          has(level, x, y) ? `${level}/${x}/${y}` : undefined,
        );
        const area = regions.reduce(
          (sum, { part: of }) => sum + (of.maxX - of.minX) * (of.maxY - of.minY),
          0,
        );
        expect(area).toBeCloseTo((part.maxX - part.minX) * (part.maxY - part.minY), 3);
        for (const { part: of, place } of regions) {
          const middle = imagePoint((of.minX + of.maxX) / 2, (of.minY + of.maxY) / 2);
          expect(placeAt(LABELS, IMAGE, place.level, middle)).toEqual(place);
          // Nothing finer was there.
          for (let finer = 0; finer < place.level; finer++) {
            const better = placeAt(LABELS, IMAGE, finer, middle)!;
            expect(has(better.level, better.x, better.y)).toBe(false);
          }
        }
      }),
    );
  });

  it("are empty beside the image", () => {
    const beside = { minX: -50, minY: -50, maxX: -10, maxY: 900 };
    expect(placesWithin(LABELS, IMAGE, 0, beside)).toEqual([]);
    expect(regionsOf(LABELS, IMAGE, 0, beside, () => "tile")).toEqual([]);
    expect(placeAt(LABELS, IMAGE, 0, imagePoint(1001, 5))).toBeNull();
  });

  it("reach to the image's edge", () => {
    expect(labelRect(LABELS, IMAGE, { level: 2, x: 0, y: 0 })).toEqual({
      minX: 0,
      minY: 0,
      maxX: expect.closeTo(1001),
      maxY: expect.closeTo(600),
    });
  });
});

it("the level read is the coarsest whose texels are no larger than the screen's pixels", () => {
  expect([4, 1, 0.5, 0.24, 0.06, 0.01].map((zoom) => labelLevel(LABELS, IMAGE, zoom))).toEqual([
    0, 0, 0, 1, 2, 2,
  ]);
});
