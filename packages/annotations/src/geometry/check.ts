import { GeometryError } from "./errors.ts";
import { MAX_COORDINATE, MAX_PLANE_INDEX, MAX_VERTICES } from "./limits.ts";
import { boundsOf } from "./measure.ts";
import { quantizeGeometry } from "./quantize.ts";
import { signedRingArea } from "./rings.ts";
import type { Geometry, Plane, Ring } from "./types.ts";

/**
 * Throws GeometryError where the geometry must not be stored: numbers that are not finite or out of ±2^31 px,
 * too few or too many vertices, no area left on the 1/64 px grid.
 */
export function checkGeometry(g: Geometry): void {
  checkPlane(g.plane);
  checkNumbers(g);
  const q = quantizeGeometry(g);
  switch (q.kind) {
    case "point":
      break;
    case "polyline":
      checkVertexCount(q.points, 2);
      break;
    case "rectangle":
      checkExtents(q.width, q.height);
      break;
    case "ellipse":
      checkExtents(q.rx, q.ry);
      break;
    case "polygon":
      checkParts(q.parts);
  }
  const { minX, minY, maxX, maxY } = boundsOf(q);
  if (Math.min(minX, minY) < -MAX_COORDINATE || Math.max(maxX, maxY) > MAX_COORDINATE)
    throw new GeometryError("out-of-range", `±${MAX_COORDINATE} px`, `${minX}, ${minY}, ${maxX}, ${maxY}`);
}

function checkPlane(plane: Plane): void {
  for (const index of [plane.z, plane.t]) {
    if (index === "all") continue;
    if (!Number.isInteger(index) || index < 0 || index >= MAX_PLANE_INDEX)
      throw new GeometryError("bad-plane", `"all" or an integer in [0, ${MAX_PLANE_INDEX})`, `${index}`);
  }
}

function numbersOf(g: Geometry): Iterable<number> {
  switch (g.kind) {
    case "point":
      return [g.x, g.y];
    case "polyline":
      return g.points;
    case "rectangle":
      return [g.x, g.y, g.width, g.height, g.rotation];
    case "ellipse":
      return [g.cx, g.cy, g.rx, g.ry, g.rotation];
    case "polygon":
      return g.parts.flat(2);
    default:
      throw new GeometryError("unknown-kind", "a known kind", String((g as { kind?: unknown }).kind));
  }
}

function checkNumbers(g: Geometry): void {
  for (const value of numbersOf(g)) {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new GeometryError("not-finite", "finite numbers", String(value));
  }
}

function checkVertexCount(ring: Ring, least: number): void {
  if (ring.length % 2 !== 0 || ring.length < least * 2)
    throw new GeometryError("too-few-vertices", `x, y pairs, at least ${least}`, `${ring.length} numbers`);
  if (ring.length / 2 > MAX_VERTICES)
    throw new GeometryError("too-many-vertices", `at most ${MAX_VERTICES}`, `${ring.length / 2}`);
}

function checkExtents(a: number, b: number): void {
  if (!(a > 0 && b > 0)) throw new GeometryError("zero-area", "extents above 0", `${a} × ${b} px`);
}

function checkParts(parts: readonly (readonly Ring[])[]): void {
  let vertices = 0;
  if (parts.length === 0) throw new GeometryError("too-few-vertices", "at least one part", "none");
  for (const rings of parts) {
    if (rings.length === 0) throw new GeometryError("too-few-vertices", "a ring in each part", "none");
    for (const ring of rings) {
      checkVertexCount(ring, 3);
      vertices += ring.length / 2;
      if (signedRingArea(ring) === 0)
        throw new GeometryError("zero-area", "rings that enclose an area", "a ring of area 0");
    }
  }
  if (vertices > MAX_VERTICES)
    throw new GeometryError("too-many-vertices", `at most ${MAX_VERTICES}`, `${vertices}`);
}
