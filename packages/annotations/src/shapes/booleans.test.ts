import { describe, expect, test } from "vitest";
import type { Geometry, PolygonGeometry } from "../geometry/index.ts";
import { areaOf } from "../geometry/index.ts";
import {
  clean,
  fillHoles,
  intersect,
  subtract,
  subtractNeighbours,
  unite,
  uniteAll,
  xor,
} from "./booleans.ts";
import { ShapeError } from "./errors.ts";
import { faultOf } from "./overlay.testing.ts";

const plane = { z: 2, t: 0 };
const polygon = (...parts: number[][][]): PolygonGeometry => ({ kind: "polygon", plane, parts });
const box = (x: number, y: number, w: number, h = w): PolygonGeometry =>
  polygon([[x, y, x + w, y, x + w, y + h, x, y + h]]);
const sound = (g: PolygonGeometry | null): PolygonGeometry => {
  if (!g) throw new Error("nothing left");
  expect(faultOf(g.parts)).toBeNull();
  return g;
};
const shapeOf = (g: PolygonGeometry | null) => sound(g).parts.map((rings) => rings.length);

describe("booleans", () => {
  test("two squares that overlap", () => {
    const [a, b] = [box(0, 0, 10), box(5, 5, 10)];
    expect(areaOf(sound(unite(a, b)))).toBe(175);
    expect(areaOf(sound(intersect(a, b)))).toBe(25);
    expect(areaOf(sound(subtract(a, b)))).toBe(75);
    expect(areaOf(sound(xor(a, b)))).toBe(150);
    expect(unite(a, b)?.plane).toEqual(plane);
  });

  test("squares that share an edge become one, that share a corner stay two", () => {
    expect(unite(box(0, 0, 10), box(10, 0, 10))?.parts).toEqual([[[0, 0, 20, 0, 20, 10, 0, 10]]]);
    expect(shapeOf(unite(box(0, 0, 10), box(10, 10, 10)))).toEqual([1, 1]);
  });

  test("a hole, an island in it, and a hole that touches the outline", () => {
    const ring = subtract(box(0, 0, 30), box(5, 5, 20))!;
    expect(shapeOf(ring)).toEqual([2]);
    expect(shapeOf(unite(ring, box(10, 10, 5)))).toEqual([2, 1]);
    // A rhombus from edge to edge touches the outline in single vertices: four corners are left.
    const rhombus = polygon([[15, 0, 30, 15, 15, 30, 0, 15]]);
    expect(shapeOf(subtract(box(0, 0, 30), rhombus))).toEqual([1, 1, 1, 1]);
    const touching = polygon([[0, 15, 10, 10, 10, 20]]);
    expect(shapeOf(subtract(box(0, 0, 30), touching))).toEqual([2]);
  });

  test("nothing left is null, and all left is the same", () => {
    expect(intersect(box(0, 0, 5), box(10, 10, 5))).toBeNull();
    expect(subtract(box(0, 0, 5), box(0, 0, 5))).toBeNull();
    expect(subtract(box(0, 0, 5), box(-1, -1, 50))).toBeNull();
    expect(areaOf(sound(xor(box(0, 0, 5), box(20, 0, 5))))).toBe(50);
  });

  test("a sliver is no shape", () => {
    // 1/64 px wide, half a pixel high: 1/128 px².
    expect(intersect(box(0, 0, 1), box(1 - 1 / 64, 0, 1, 0.5))).toBeNull();
    expect(areaOf(sound(intersect(box(0, 0, 1), box(0.5, 0, 1))))).toBe(0.5);
  });

  test("rectangles and ellipses are areas too; points and lines are not", () => {
    const ellipse: Geometry = { kind: "ellipse", plane, cx: 50, cy: 50, rx: 20, ry: 10, rotation: 0.3 };
    const turned: Geometry = { kind: "rectangle", plane, x: 0, y: 0, width: 50, height: 50, rotation: 0 };
    const [all, both] = [areaOf(sound(unite(ellipse, turned))), areaOf(sound(intersect(ellipse, turned)))];
    // The edges of the ellipse lie up to 1/64 px inside it.
    expect(Math.abs(all + both - 2500 - areaOf(ellipse))).toBeLessThan(100 / 64);
    const line: Geometry = { kind: "polyline", plane, points: [0, 0, 5, 5] };
    expect(() => unite(line, ellipse)).toThrow(ShapeError);
  });

  test("far from the origin nothing is lost", () => {
    const far = 2 ** 30;
    expect(areaOf(sound(subtract(box(far, far, 10), box(far + 5, far + 5, 10))))).toBe(75);
    const wide = polygon([[-far, -far, far, far - 7, far, far]]);
    expect(
      faultOf(intersect(wide, polygon([[-far, far, far, -far, far, -far + 9]]))?.parts ?? []),
    ).toBeNull();
  });

  test("shapes that cross themselves are cleaned", () => {
    expect(shapeOf(clean(polygon([[0, 0, 10, 10, 10, 0, 0, 10]])))).toEqual([1, 1]);
    // Twice round: stays filled.
    const twice = polygon([[0, 0, 10, 0, 10, 10, 0, 10, 0, 0, 10, 0, 10, 10, 0, 10]]);
    expect(areaOf(sound(clean(twice)))).toBe(100);
    // A hole that sticks out of its outline, and one over another.
    const holes = polygon([
      [0, 0, 10, 0, 10, 10, 0, 10],
      [5, 5, 15, 5, 15, 15, 5, 15],
      [4, 4, 6, 4, 6, 6, 4, 6],
    ]);
    expect(areaOf(sound(clean(holes)))).toBe(72);
    expect(areaOf(sound(unite(holes, box(100, 100, 1))))).toBe(73);
  });

  test("many at once", () => {
    const row = Array.from({ length: 60 }, (_, i) => box(i * 2, 0, 3));
    expect(sound(uniteAll(row)).parts).toEqual([[[0, 0, 121, 0, 121, 3, 0, 3]]]);
    const apart = Array.from({ length: 60 }, (_, i) => box(i * 5, 0, 3));
    const nested = apart.map((g, i) => subtract(g, box(i * 5 + 1, 1, 1))!);
    expect(shapeOf(uniteAll(nested))).toEqual(apart.map(() => 2));
    expect(uniteAll([])).toBeNull();
  });

  test("overwrite empty only: what a neighbour has is left to it", () => {
    const g = box(0, 0, 10);
    expect(subtractNeighbours(g, [box(50, 50, 5), { kind: "point", plane, x: 1, y: 1 }])).toBe(g);
    const rest = subtractNeighbours(g, [box(-5, -5, 10), box(8, 8, 10), box(2, 2, 5)]);
    expect(areaOf(sound(rest as PolygonGeometry))).toBe(100 - 25 - 4 - 16);
    expect(subtractNeighbours(g, [box(-1, -1, 20)])).toBeNull();
  });

  test("fill holes", () => {
    const ring = unite(subtract(box(0, 0, 30), box(5, 5, 20))!, box(10, 10, 5))!;
    expect(fillHoles(ring)?.parts).toEqual([[[0, 0, 30, 0, 30, 30, 0, 30]]]);
  });
});
