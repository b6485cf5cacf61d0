import { describe, expect, test } from "vitest";
import { areaOf, type Geometry, type PolygonGeometry } from "../geometry/index.ts";
import { distanceToRing } from "../geometry/rings.ts";
import { subtract } from "./booleans.ts";
import { faultOf, seeded } from "./overlay.testing.ts";
import { cleanParts } from "./overlay.ts";
import { expand, simplify, smooth, splitByLine } from "./reshape.ts";

const plane = { z: 0, t: 0 };
const box = (x: number, y: number, w: number, h = w): PolygonGeometry => ({
  kind: "polygon",
  plane,
  parts: [[[x, y, x + w, y, x + w, y + h, x, y + h]]],
});
const wobbly = (seed: number, count = 60): PolygonGeometry => {
  const random = seeded(seed);
  const ring = (cx: number, cy: number, r: number, n: number): number[] =>
    Array.from({ length: n }, (_, i) => {
      const angle = (2 * Math.PI * i) / n;
      const radius = r * (0.7 + 0.3 * random());
      return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
    }).flat();
  return { kind: "polygon", plane, parts: cleanParts([[ring(50, 50, 45, count), ring(50, 50, 20, 20)]]) };
};
const nearest = (parts: readonly (readonly (readonly number[])[])[], x: number, y: number): number =>
  Math.min(...parts.flat().map((ring) => distanceToRing(ring, true, x, y)));

describe("split", () => {
  test("through, out of a hole, and not at all", () => {
    expect(splitByLine(box(0, 0, 10), [-5, 5, 15, 5]).map(areaOf)).toEqual([50, 50]);
    expect(splitByLine(box(0, 0, 10), [-5, 5, 5, 5])).toHaveLength(1);
    expect(splitByLine(box(0, 0, 10), [20, 0, 20, 10])).toHaveLength(1);
    const ring = subtract(box(0, 0, 30), box(10, 10, 10))!;
    expect(splitByLine(ring, [-5, 15, 15, 15])).toHaveLength(1);
    expect(splitByLine(ring, [-5, 15, 35, 15]).map(areaOf)).toEqual([400, 400]);
  });

  test("a line that crosses itself, one along an edge, and a closed one inside", () => {
    expect(splitByLine(box(0, 0, 10), [-5, 5, 8, 5, 8, 8, 2, 8, 2, -5])).toHaveLength(3);
    expect(splitByLine(box(0, 0, 10), [0, 0, 10, 0])).toHaveLength(1);
    const cut = splitByLine(box(0, 0, 10), [2, 2, 6, 2, 6, 6, 2, 6, 2, 2]);
    expect(cut.map(areaOf).sort((a, b) => a - b)).toEqual([16, 84]);
  });

  test("the pieces are sound and add up", () => {
    const random = seeded(9);
    for (let run = 0; run < 60; run++) {
      const g = wobbly(run);
      const line = Array.from({ length: 2 * (2 + (run % 5)) }, () => random() * 140 - 20);
      const pieces = splitByLine(g, line);
      for (const piece of pieces) expect(faultOf(piece.parts)).toBeNull();
      const sum = pieces.reduce((total, piece) => total + areaOf(piece), 0);
      expect(Math.abs(sum - areaOf(g))).toBeLessThan(1);
    }
  });
});

describe("simplify and smooth", () => {
  test("within the tolerance, sound, with the same parts and holes", () => {
    for (let seed = 0; seed < 6; seed++)
      for (const tolerance of [0.5, 2, 8]) {
        const g = wobbly(seed);
        const simple = simplify(g, tolerance) as PolygonGeometry;
        expect(faultOf(simple.parts)).toBeNull();
        expect(simple.parts.map((rings) => rings.length)).toEqual(g.parts.map((rings) => rings.length));
        expect(simple.parts.flat(2).length).toBeLessThanOrEqual(g.parts.flat(2).length);
        for (const ring of g.parts.flat())
          for (let i = 0; i < ring.length; i += 2)
            expect(nearest(simple.parts, ring[i]!, ring[i + 1]!)).toBeLessThanOrEqual(tolerance + 1 / 64);
        const round = smooth(g, tolerance)!;
        expect(faultOf(round.parts)).toBeNull();
        for (const ring of g.parts.flat())
          for (let i = 0; i < ring.length; i += 2)
            expect(nearest(round.parts, ring[i]!, ring[i + 1]!)).toBeLessThanOrEqual(tolerance + 1 / 32);
      }
  });

  test("what the tolerance would swallow stays", () => {
    const thin = box(0, 0, 100, 0.5);
    expect(faultOf((simplify(thin, 5) as PolygonGeometry).parts)).toBeNull();
    // A hole half a pixel from the outline: simplifying by 4 px would cross it.
    const wall = subtract(wobbly(3, 200), box(48, 48, 4))!;
    expect((simplify(wall, 30) as PolygonGeometry).parts.flat()).toHaveLength(wall.parts.flat().length);
    const line: Geometry = { kind: "polyline", plane, points: [0, 0, 5, 0.1, 10, 0] };
    expect(simplify(line, 0.5)).toEqual({ ...line, points: [0, 0, 10, 0] });
  });
});

describe("expand", () => {
  test("wider, narrower, gone", () => {
    const wide = expand(box(0, 0, 20), 3)!;
    expect(faultOf(wide.parts)).toBeNull();
    expect(Math.abs(areaOf(wide) - (400 + 240 + 9 * Math.PI))).toBeLessThan(2);
    const narrow = expand(box(0, 0, 20), -3)!;
    expect(areaOf(narrow)).toBe(196);
    expect(expand(box(0, 0, 20), -11)).toBeNull();
    expect(faultOf(expand(wobbly(1), -4)?.parts ?? [])).toBeNull();
  });
});
