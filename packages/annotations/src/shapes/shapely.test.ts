import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { areaOf, type PolygonGeometry } from "../geometry/index.ts";
import { intersect, subtract, unite, xor } from "./booleans.ts";
import { sweep } from "./brush.ts";
import { measureShape } from "./measures.ts";
import { faultOf } from "./overlay.testing.ts";
import { splitByLine } from "./reshape.ts";

/* What shapely (GEOS) has for the same shapes: fixtures/make_shapes.py. */

type Parts = number[][][];
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/shapely.json", import.meta.url), "utf8")) as {
  measures: { parts: Parts; area: number; length: number; centroid: [number, number] }[];
  booleans: { a: Parts; b: Parts; union: number; intersect: number; subtract: number; xor: number }[];
  strokes: { line: number[]; radius: number; area: number }[];
  splits: { parts: Parts; line: number[]; areas: number[] }[];
};
const plane = { z: 0, t: 0 };
const polygon = (parts: Parts): PolygonGeometry => ({ kind: "polygon", plane, parts });
const relative = (got: number, expected: number): number => Math.abs(got - expected) / expected;

describe("as shapely has it", () => {
  test("area, perimeter, centroid, to a millionth", () => {
    for (const { parts, area, length, centroid } of fixture.measures) {
      const m = measureShape(polygon(parts));
      expect(relative(m.area, area)).toBeLessThan(1e-6);
      expect(relative(m.perimeter, length)).toBeLessThan(1e-6);
      expect(Math.hypot(m.centroid.x - centroid[0], m.centroid.y - centroid[1])).toBeLessThan(1e-6);
      expect(relative(m.equivalentDiameter, 2 * Math.sqrt(area / Math.PI))).toBeLessThan(1e-6);
      expect(relative(m.circularity, (4 * Math.PI * area) / length ** 2)).toBeLessThan(1e-6);
    }
  });

  test("booleans, to the rounding of crossings to the grid", () => {
    const operations = { union: unite, intersect, subtract, xor };
    for (const { a, b, ...areas } of fixture.booleans)
      for (const [name, expected] of Object.entries(areas)) {
        const result = operations[name as keyof typeof operations](polygon(a), polygon(b));
        expect(faultOf(result?.parts ?? [])).toBeNull();
        expect(Math.abs((result ? areaOf(result) : 0) - expected)).toBeLessThan(0.75);
      }
  });

  test("a stroke of the brush is the buffer of its line, within the tolerance of its dabs", () => {
    for (const { line, radius, area } of fixture.strokes) {
      const dabs = Array.from({ length: line.length / 2 }, (_, i) => ({
        x: line[2 * i]!,
        y: line[2 * i + 1]!,
        radius,
      }));
      const shape = sweep(dabs, plane)!;
      expect(faultOf(shape.parts)).toBeNull();
      expect(Math.abs(areaOf(shape) - area)).toBeLessThan(measureShape(shape).perimeter / 16);
    }
  });

  test("split: the same pieces", () => {
    for (const { parts, line, areas } of fixture.splits) {
      const pieces = splitByLine(polygon(parts), line);
      for (const piece of pieces) expect(faultOf(piece.parts)).toBeNull();
      const got = pieces.map(areaOf).filter((area) => area > 0.5);
      const wanted = areas.filter((area) => area > 0.5);
      expect(got.sort((p, q) => p - q)).toHaveLength(wanted.length);
      got.forEach((area, i) => {
        expect(Math.abs(area - wanted[i]!)).toBeLessThan(1);
      });
    }
  });
});
