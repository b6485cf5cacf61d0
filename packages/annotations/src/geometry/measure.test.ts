import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryGeometry } from "./geometry.arbitrary.ts";
import { areaOf, boundsOf, containsPoint, distanceToOutline, lengthOf } from "./measure.ts";
import { outlineOf } from "./outline.ts";
import { signedRingArea } from "./rings.ts";
import { imagePoint } from "./spaces.ts";
import { translateGeometry } from "./translate.ts";
import type { Geometry } from "./types.ts";

const plane = { z: 0, t: 0 } as const;
const square: Geometry = { kind: "rectangle", plane, x: 10, y: 20, width: 4, height: 2, rotation: 0 };
const withHole: Geometry = {
  kind: "polygon",
  plane,
  parts: [
    [
      [0, 0, 10, 0, 10, 10, 0, 10],
      [4, 4, 6, 4, 6, 6, 4, 6],
    ],
    [[20, 0, 22, 0, 22, 2, 20, 2]],
  ],
};

describe("measures", () => {
  test("a one-pixel square covers one px²", () => {
    const pixel: Geometry = { kind: "polygon", plane, parts: [[[5, 5, 6, 5, 6, 6, 5, 6]]] };
    expect(areaOf(pixel)).toBe(1);
    expect(lengthOf(pixel)).toBe(4);
    expect(containsPoint(pixel, imagePoint(5.5, 5.5))).toBe(true);
  });

  test("holes and parts", () => {
    expect(areaOf(withHole)).toBe(100 - 4 + 4);
    expect(containsPoint(withHole, imagePoint(2, 2))).toBe(true);
    expect(containsPoint(withHole, imagePoint(5, 5))).toBe(false);
    expect(containsPoint(withHole, imagePoint(21, 1))).toBe(true);
    expect(distanceToOutline(withHole, imagePoint(5, 5))).toBe(1);
    expect(boundsOf(withHole)).toEqual({ minX: 0, minY: 0, maxX: 22, maxY: 10 });
  });

  test("a rectangle turned by a quarter", () => {
    const turned: Geometry = { ...square, rotation: Math.PI / 2 } as Geometry;
    const { minX, minY, maxX, maxY } = boundsOf(turned);
    for (const [got, expected] of [
      [minX, 11],
      [maxX, 13],
      [minY, 19],
      [maxY, 23],
    ] as const)
      expect(got).toBeCloseTo(expected, 9);
    expect(containsPoint(turned, imagePoint(12, 22.5))).toBe(true);
    expect(containsPoint(square, imagePoint(12, 22.5))).toBe(false);
  });

  test("rotation is clockwise on screen", () => {
    const bar: Geometry = { kind: "ellipse", plane, cx: 0, cy: 0, rx: 10, ry: 1, rotation: Math.PI / 4 };
    expect(containsPoint(bar, imagePoint(5, 5))).toBe(true);
    expect(containsPoint(bar, imagePoint(5, -5))).toBe(false);
  });

  test("ellipse: area, length, distance", () => {
    const circle: Geometry = { kind: "ellipse", plane, cx: 1, cy: 1, rx: 10, ry: 10, rotation: 1 };
    expect(areaOf(circle)).toBeCloseTo(Math.PI * 100);
    expect(lengthOf(circle)).toBeCloseTo(2 * Math.PI * 10);
    expect(distanceToOutline(circle, imagePoint(1, 1))).toBeCloseTo(10, 1);
    expect(distanceToOutline(circle, imagePoint(13, 1))).toBeCloseTo(2, 1);
  });

  test("lines and points have no inside", () => {
    const line: Geometry = { kind: "polyline", plane, points: [0, 0, 3, 4] };
    const point: Geometry = { kind: "point", plane, x: 1, y: 1 };
    expect(lengthOf(line)).toBe(5);
    expect(areaOf(line)).toBe(0);
    expect(containsPoint(line, imagePoint(0, 0))).toBe(false);
    expect(containsPoint(point, imagePoint(1, 1))).toBe(false);
    expect(distanceToOutline(point, imagePoint(4, 5))).toBe(5);
  });

  test("an outline stays within its tolerance and its bounds", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 5000, noNaN: true }),
        fc.double({ min: 1, max: 5000, noNaN: true }),
        fc.double({ min: 0, max: 6, noNaN: true }),
        (rx, ry, rotation) => {
          const ellipse: Geometry = { kind: "ellipse", plane, cx: 0, cy: 0, rx, ry, rotation };
          const ring = outlineOf(ellipse, 0.25).rings[0]!;
          const exact = Math.PI * rx * ry;
          expect(Math.abs(Math.abs(signedRingArea(ring)) - exact)).toBeLessThanOrEqual(
            0.26 * lengthOf(ellipse),
          );
        },
      ),
    );
  });

  test("bounds hold every vertex of the outline", () => {
    fc.assert(
      fc.property(arbitraryGeometry, (g) => {
        const { minX, minY, maxX, maxY } = boundsOf(g);
        const slack = 1e-6 * Math.max(1, Math.abs(minX), Math.abs(maxX), Math.abs(minY), Math.abs(maxY));
        for (const ring of outlineOf(g).rings) {
          for (let i = 0; i < ring.length; i += 2) {
            expect(ring[i]).toBeGreaterThanOrEqual(minX - slack);
            expect(ring[i]).toBeLessThanOrEqual(maxX + slack);
            expect(ring[i + 1]).toBeGreaterThanOrEqual(minY - slack);
            expect(ring[i + 1]).toBeLessThanOrEqual(maxY + slack);
          }
        }
      }),
    );
  });

  test("moving changes neither area nor length", () => {
    fc.assert(
      fc.property(arbitraryGeometry, fc.integer({ min: -1000, max: 1000 }), (g, d) => {
        const moved = translateGeometry(g, d, -d);
        expect(areaOf(moved)).toBeCloseTo(areaOf(g), 0);
        expect(boundsOf(moved).minX).toBeCloseTo(boundsOf(g).minX + d, 4);
        expect(boundsOf(moved).minY).toBeCloseTo(boundsOf(g).minY - d, 4);
      }),
    );
  });
});
