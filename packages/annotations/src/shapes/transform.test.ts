import { describe, expect, test } from "vitest";
import { areaOf, containsPoint, type Geometry, imagePoint, signedRingArea } from "../geometry/index.ts";
import { ShapeError } from "./errors.ts";
import { measureShape } from "./measures.ts";
import { seeded } from "./overlay.testing.ts";
import { type Affine, rotateGeometry, scaleGeometry, transformGeometry } from "./transform.ts";

const plane = { z: 0, t: 0 };
const rectangle: Geometry = { kind: "rectangle", plane, x: 3, y: 4, width: 20, height: 8, rotation: 0.4 };
const ellipse: Geometry = { kind: "ellipse", plane, cx: 10, cy: 12, rx: 9, ry: 4, rotation: 0.7 };
const polygon: Geometry = {
  kind: "polygon",
  plane,
  parts: [
    [
      [0, 0, 20, 0, 20, 20],
      [15, 5, 18, 5, 18, 8],
    ],
  ],
};

describe("transform", () => {
  test("a point is inside before as after, whatever the matrix", () => {
    const random = seeded(4);
    for (let run = 0; run < 200; run++) {
      const m = Array.from({ length: 6 }, () => random() * 4 - 2) as unknown as Affine;
      const [a, b, c, d, e, f] = m;
      const det = a * d - b * c;
      if (Math.abs(det) < 0.05) continue;
      for (const g of [rectangle, ellipse, polygon]) {
        const moved = transformGeometry(g, m);
        expect(areaOf(moved)).toBeCloseTo(areaOf(g) * Math.abs(det), 6);
        for (let i = 0; i < 10; i++) {
          const [x, y] = [random() * 30 - 5, random() * 30 - 5];
          expect(containsPoint(moved, imagePoint(a * x + c * y + e, b * x + d * y + f))).toBe(
            containsPoint(g, imagePoint(x, y)),
          );
        }
      }
    }
  });

  test("kinds stay what they can be", () => {
    expect(rotateGeometry(rectangle, 0.5, 0, 0)).toMatchObject({ kind: "rectangle", width: 20, height: 8 });
    expect(rotateGeometry(rectangle, 0.5, 0, 0)).toHaveProperty("rotation", expect.closeTo(0.9, 12));
    expect(scaleGeometry({ ...rectangle, rotation: 0 }, 2, 3, 3, 4)).toEqual({
      ...rectangle,
      rotation: 0,
      width: 40,
      height: 24,
    });
    expect(scaleGeometry(rectangle, 2, 3, 0, 0).kind).toBe("polygon");
    const mirrored = scaleGeometry(polygon, -1, 1, 0, 0);
    if (mirrored.kind !== "polygon") throw new Error("a polygon stays one");
    expect(signedRingArea(mirrored.parts[0]![0]!)).toBeGreaterThan(0);
    expect(rotateGeometry({ kind: "point", plane, x: 1, y: 0 }, Math.PI / 2, 0, 0)).toMatchObject({
      x: expect.closeTo(0, 12),
      y: expect.closeTo(1, 12),
    });
    expect(scaleGeometry({ kind: "polyline", plane, points: [0, 0, 2, 2] }, 2, 1, 0, 0)).toMatchObject({
      points: [0, 0, 4, 2],
    });
    expect(() => scaleGeometry(polygon, 0, 1, 0, 0)).toThrow(ShapeError);
    expect(() => rotateGeometry(polygon, Number.NaN, 0, 0)).toThrow(ShapeError);
  });
});

describe("measures", () => {
  test("an ellipse's perimeter is exact, also flat and of oblong pixels", () => {
    const numeric = (rx: number, ry: number): number => {
      let length = 0;
      const n = 200_000;
      for (let i = 0; i < n; i++) {
        const at = (2 * Math.PI * (i + 0.5)) / n;
        length += Math.hypot(rx * Math.sin(at), ry * Math.cos(at)) * ((2 * Math.PI) / n);
      }
      return length;
    };
    const flat: Geometry = { kind: "ellipse", plane, cx: 0, cy: 0, rx: 100, ry: 3, rotation: 0.2 };
    expect(Math.abs(measureShape(flat).perimeter / numeric(100, 3) - 1)).toBeLessThan(1e-9);
    const upright = { ...flat, rotation: 0 };
    expect(Math.abs(measureShape(upright, { x: 0.5, y: 2 }).perimeter / numeric(50, 6) - 1)).toBeLessThan(
      1e-9,
    );
    const disc: Geometry = { ...flat, rx: 5, ry: 5 };
    expect(measureShape(disc).circularity).toBeCloseTo(1, 12);
    expect(measureShape(disc, { x: 0.25, y: 0.25 }).equivalentDiameter).toBeCloseTo(2.5, 12);
  });

  test("lines, points and rectangles", () => {
    expect(measureShape({ kind: "polyline", plane, points: [0, 0, 3, 4] })).toMatchObject({
      area: 0,
      perimeter: 5,
      circularity: 0,
      centroid: { x: 1.5, y: 2 },
    });
    expect(measureShape({ kind: "point", plane, x: 1, y: 2 })).toMatchObject({
      perimeter: 0,
      centroid: { x: 1, y: 2 },
    });
    expect(measureShape({ ...rectangle, rotation: 0 } as Geometry, { x: 2, y: 1 })).toMatchObject({
      area: 320,
      perimeter: 2 * (40 + 8),
    });
    expect(measureShape({ kind: "polyline", plane, points: [0, 0, 3, 4] }, { x: 2, y: 2 }).perimeter).toBe(
      10,
    );
  });
});
