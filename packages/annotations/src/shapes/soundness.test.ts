import { describe, expect, test } from "vitest";
import { areaOf, type Geometry, type PolygonGeometry, quantizeGeometry } from "../geometry/index.ts";
import { clean, mended } from "./booleans.ts";
import { sweep } from "./brush.ts";
import { faultOf, seeded } from "./overlay.testing.ts";
import { cleanParts } from "./overlay.ts";
import type { Parts } from "./parts.ts";
import { isSound } from "./soundness.ts";
import { rotateGeometry, scaleGeometry } from "./transform.ts";

const plane = { z: 0, t: 0 };
const polygon = (parts: Parts): PolygonGeometry => ({ kind: "polygon", plane, parts });
const box = (x: number, y: number, side: number): number[] => [
  x,
  y,
  x + side,
  y,
  x + side,
  y + side,
  x,
  y + side,
];

describe("sound or not", () => {
  const cases: [string, Parts, boolean][] = [
    ["a box", [[box(0, 0, 10)]], true],
    ["a box the other way round", [[[0, 0, 0, 10, 10, 10, 10, 0]]], true],
    ["a corner twice", [[[0, 0, 10, 0, 10, 0, 10, 10, 0, 10]]], true],
    ["a corner on a straight stretch", [[[0, 0, 5, 0, 10, 0, 10, 10, 0, 10]]], true],
    ["a bow-tie", [[[0, 0, 10, 10, 10, 0, 0, 6]]], false],
    ["a spike", [[[0, 0, 10, 0, 20, 0, 10, 0, 10, 10, 0, 10]]], false],
    ["nothing but a line", [[[0, 0, 10, 0, 5, 0]]], false],
    ["an outline that touches itself", [[[0, 0, 10, 0, 10, 10, 5, 0, 0, 10]]], false],
    ["a hole", [[box(0, 0, 10), box(2, 2, 3)]], true],
    ["a hole outside", [[box(0, 0, 10), box(20, 2, 3)]], false],
    ["a hole in a hole", [[box(0, 0, 10), box(2, 2, 6), box(3, 3, 2)]], false],
    ["a hole over the edge", [[box(0, 0, 10), box(8, 2, 6)]], false],
    ["a hole that is nothing", [[box(0, 0, 10), [2, 2, 2.001, 2, 2, 2.001]]], false],
    ["parts apart", [[box(0, 0, 10)], [box(20, 0, 10)]], true],
    ["parts over each other", [[box(0, 0, 10)], [box(5, 5, 10)]], false],
    ["a part within another", [[box(0, 0, 10)], [box(2, 2, 3)]], false],
    ["a part in another's hole", [[box(0, 0, 10), box(2, 2, 6)], [box(3, 3, 2)]], true],
    ["parts that share an edge", [[box(0, 0, 10)], [box(10, 0, 10)]], false],
  ];
  test.each(cases)("%s", (_, parts, sound) => {
    expect(isSound(parts)).toBe(sound);
    const g = polygon(parts);
    const result = mended(g);
    if (sound) expect(result).toBe(g);
    else if (result) expect(faultOf((result as PolygonGeometry).parts)).toBeNull();
    expect(result === null).toBe(parts[0]![0]!.join() === "0,0,10,0,5,0");
  });

  test("rings that touch in a point only are sound, and stay", () => {
    for (const parts of [[[box(0, 0, 10)], [box(10, 10, 5)]], [[box(0, 0, 10), [0, 0, 4, 2, 2, 4]]]]) {
      const g = polygon(parts);
      expect(mended(g)).toBe(g);
    }
    // In two points a hole cuts the area in two.
    const cut = mended(polygon([[box(0, 0, 10), [5, 0, 6, 5, 5, 10, 4, 5]]])) as PolygonGeometry;
    expect(cut.parts).toHaveLength(2);
  });

  test("what overlaps counts once", () => {
    expect(areaOf(mended(polygon([[box(0, 0, 10)], [box(5, 5, 10)]]))!)).toBe(175);
    expect(areaOf(mended(polygon([[[0, 0, 10, 10, 10, 0, 0, 5]]]))!)).toBeGreaterThan(25);
  });

  test("the kernels' own results are sound; random rings are what brute force says", () => {
    const random = seeded(3);
    let sound = 0;
    for (let run = 0; run < 2_000; run++) {
      const grid = [1, 8, 64][run % 3]!;
      const rings = Array.from({ length: 1 + (run % 2) }, () =>
        Array.from(
          { length: 2 * (3 + Math.floor(random() * 5)) },
          () => Math.round(random() * 12 * grid) / grid,
        ),
      );
      const parts = rings.map((ring) => [ring]);
      if (isSound(parts)) {
        sound++;
        // Whichever way round it comes.
        const turned = clean(polygon(parts))!;
        expect(Math.abs(areaOf(turned) - areaOf(polygon(parts)))).toBeLessThan(0.1);
        expect(turned.parts.length).toBe(parts.length);
      }
      const cleaned = polygon(cleanParts(parts));
      if (cleaned.parts.length > 0) expect(mended(cleaned)).toBe(cleaned);
    }
    expect(sound).toBeGreaterThan(100);
  });

  test("an area that falls apart where its rings touch is not sound", () => {
    const [left, right] = [
      [0, 5, 5, 2, 5, 8],
      [5, 2, 10, 5, 5, 8],
    ];
    expect(isSound([[box(0, 0, 10), left]])).toBe(true);
    // Two holes that share an edge; two that touch; a chain of them from side to side.
    expect(isSound([[box(-1, -1, 12), left, right]])).toBe(false);
    expect(isSound([[box(0, 0, 10), [0, 5, 5, 4, 5, 6], [5, 5, 9, 4, 9, 6]]])).toBe(true);
    expect(isSound([[box(0, 0, 10), [0, 5, 5, 4, 5, 6], [5, 5, 10, 4, 9, 6]]])).toBe(false);
    // Parts may touch as often as they like; a ring may not cross another in a corner.
    const [up, down] = [
      [0, 0, 4, 2, 8, 0, 8, 4, 0, 4],
      [0, 0, 0, -4, 8, -4, 8, 0, 4, -2],
    ];
    expect(isSound([[up], [down]])).toBe(true);
    expect(isSound([[box(0, 0, 10)], [[10, 10, 5, 5, 20, 12, 20, 20]]])).toBe(false);
  });

  test("a hundred thousand corners take no longer than a hundred times a thousand", () => {
    const wheel = (count: number): number[] =>
      Array.from({ length: 2 * count }, (_, i) => {
        const angle = (Math.PI * 2 * (i >> 1)) / count;
        const radius = 9_000 + 40 * Math.sin(angle * 60);
        return 10_000 + radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      });
    expect(isSound([[wheel(90_000)]])).toBe(true);
  });
});

/** Corners that have come to lie on each other are one. */
const withoutRepeats = (parts: Parts): Parts =>
  parts.map((rings) =>
    rings.map((ring) =>
      ring.filter((_, i) => {
        const [at, before] = [i & ~1, ((i & ~1) + ring.length - 2) % ring.length];
        return ring[at] !== ring[before] || ring[at + 1] !== ring[before + 1];
      }),
    ),
  );

/** A stroke that goes round itself, with holes, and others erased from it: hundreds of corners. */
function painted(random: () => number): PolygonGeometry {
  const dabs = Array.from({ length: 12 }, () => ({
    x: random() * 200,
    y: random() * 200,
    radius: 3 + random() * 12,
  }));
  return sweep(dabs, plane)!;
}

test("turned, stretched, shrunk to a hundredth and mirrored, a polygon with holes stays sound or is refused", () => {
  const random = seeded(8);
  let mendings = 0;
  for (let run = 0; run < 400; run++) {
    const shape = painted(random);
    const factor = () => (random() < 0.3 ? 0.01 : 10 ** (random() * 2.2 - 2)) * (random() < 0.2 ? -1 : 1);
    const sx = factor();
    const sy = random() < 0.6 ? sx : factor();
    const made: Geometry =
      run % 4 === 0
        ? rotateGeometry(shape, random() * 7, random() * 100, random() * 100)
        : scaleGeometry(shape, sx, sy, random() * 50, random() * 50);
    const onGrid = quantizeGeometry(made);
    const result = mended(onGrid);
    if (result !== onGrid) mendings++;
    const exact = areaOf(made);
    if (!result) {
      expect(exact).toBeLessThan(1);
      continue;
    }
    expect(faultOf(withoutRepeats((result as PolygonGeometry).parts))).toBeNull();
    // Half a unit along all edges.
    const length = shape.parts.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
    const around = 800 * Math.max(Math.abs(sx), Math.abs(sy), run % 4 === 0 ? 1 : 0);
    expect(Math.abs(areaOf(result) - exact)).toBeLessThan(around / 32 + length / 2048 + 0.05);
  }
  expect(mendings).toBeGreaterThan(15);
});
