import fc from "fast-check";
import type { Geometry, Plane, Ring } from "./types.ts";

/* Random geometries for property tests: good ones, on the 1/64 px grid or off it. */

const px = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.double({ min: -(2 ** 31) + 2e4, max: 2 ** 31 - 2e4, noNaN: true }),
);
const extent = fc.double({ min: 0.02, max: 1e4, noNaN: true });
const rotation = fc.double({ min: -10, max: 10, noNaN: true });
const index = fc.oneof(fc.constant("all" as const), fc.nat(3), fc.nat(2 ** 31 - 1));
const plane: fc.Arbitrary<Plane> = fc.record({ z: index, t: index });

const ring = (least: number): fc.Arbitrary<Ring> =>
  fc
    .tuple(px, px, fc.array(fc.tuple(offset(), offset()), { minLength: least, maxLength: 12 }))
    .map(([x, y, offsets]) => offsets.flatMap(([dx, dy]) => [x + dx, y + dy]));
const offset = () => fc.double({ min: -500, max: 500, noNaN: true });

/** A ring with an area: a star around a centre. */
const star: fc.Arbitrary<Ring> = fc
  .tuple(px, px, fc.array(fc.double({ min: 2, max: 300, noNaN: true }), { minLength: 3, maxLength: 20 }))
  .map(([x, y, radii]) =>
    radii.flatMap((r, i) => {
      const angle = (2 * Math.PI * i) / radii.length;
      return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
    }),
  );

export const arbitraryGeometry: fc.Arbitrary<Geometry> = fc.oneof(
  fc.record({ kind: fc.constant("point" as const), plane, x: px, y: px }),
  fc.record({ kind: fc.constant("polyline" as const), plane, points: ring(2) }),
  fc.record({
    kind: fc.constant("rectangle" as const),
    plane,
    x: px,
    y: px,
    width: extent,
    height: extent,
    rotation,
  }),
  fc.record({
    kind: fc.constant("ellipse" as const),
    plane,
    cx: px,
    cy: px,
    rx: extent,
    ry: extent,
    rotation,
  }),
  fc.record({
    kind: fc.constant("polygon" as const),
    plane,
    parts: fc.array(fc.array(star, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  }),
);
