import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGeometry } from "./check.ts";
import { GeometryError } from "./errors.ts";
import { arbitraryGeometry } from "./geometry.arbitrary.ts";
import { onPlane } from "./plane.ts";
import type { Geometry } from "./types.ts";

const plane = { z: 0, t: 0 } as const;
const rectangle = { kind: "rectangle", plane, x: 0, y: 0, width: 1, height: 1, rotation: 0 } as const;

describe("checkGeometry", () => {
  test("takes every good geometry", () => {
    fc.assert(fc.property(arbitraryGeometry, (g) => checkGeometry(g)));
  });

  test.each<[string, unknown]>([
    ["not-finite", { kind: "point", plane, x: Number.NaN, y: 0 }],
    ["not-finite", { kind: "point", plane, x: "1", y: 0 }],
    ["not-finite", { ...rectangle, rotation: Number.POSITIVE_INFINITY }],
    ["out-of-range", { kind: "point", plane, x: 2 ** 31 + 1, y: 0 }],
    ["out-of-range", { ...rectangle, x: 2 ** 31 - 0.5 }],
    ["too-few-vertices", { kind: "polyline", plane, points: [1, 2] }],
    ["too-few-vertices", { kind: "polyline", plane, points: [1, 2, 3] }],
    ["too-few-vertices", { kind: "polygon", plane, parts: [[[0, 0, 1, 1]]] }],
    ["too-few-vertices", { kind: "polygon", plane, parts: [] }],
    ["too-few-vertices", { kind: "polygon", plane, parts: [[]] }],
    ["too-many-vertices", { kind: "polyline", plane, points: new Array(200_002).fill(0) }],
    ["zero-area", { ...rectangle, width: 0 }],
    ["zero-area", { ...rectangle, height: -1 }],
    // Disappears on the grid.
    ["zero-area", { ...rectangle, width: 0.001 }],
    ["zero-area", { kind: "ellipse", plane, cx: 0, cy: 0, rx: 0, ry: 1, rotation: 0 }],
    ["zero-area", { kind: "polygon", plane, parts: [[[0, 0, 1, 1, 2, 2]]] }],
    ["bad-plane", { kind: "point", plane: { z: -1, t: 0 }, x: 0, y: 0 }],
    ["bad-plane", { kind: "point", plane: { z: 0, t: 0.5 }, x: 0, y: 0 }],
    ["unknown-kind", { kind: "circle", plane, x: 0, y: 0 }],
  ])("%s", (code, geometry) => {
    const run = () => checkGeometry(geometry as Geometry);
    expect(run).toThrow(GeometryError);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

test("planes meet where they are equal or either is all of them", () => {
  const g: Geometry = { kind: "point", plane: { z: 3, t: "all" }, x: 0, y: 0 };
  expect(onPlane(g, { z: 3, t: 7 })).toBe(true);
  expect(onPlane(g, { z: 2, t: 7 })).toBe(false);
  expect(onPlane(g, { z: "all", t: 0 })).toBe(true);
});
