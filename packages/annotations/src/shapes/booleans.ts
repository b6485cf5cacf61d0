import { areaOf, boundsOf, type Geometry, isArea, type PolygonGeometry } from "../geometry/index.ts";
import { type BooleanOperation, cleanParts, overlay, subtractClean, uniteClean } from "./overlay.ts";
import { type Parts, partsOf, polygonOf } from "./parts.ts";
import { isSound } from "./soundness.ts";

/*
 * Booleans of areas (polygons, rectangles, ellipses) on the 1/64 px grid of the document. Results are simple,
 * disjoint, oriented (outlines clockwise on screen, holes against), without slivers, on the first operand's plane;
 * null where nothing is left. No edge moves further than 1/128 px, plus as much where three edges meet.
 */

const combine = (a: Geometry, b: Geometry, operation: BooleanOperation): PolygonGeometry | null =>
  polygonOf(overlay(partsOf(a), partsOf(b), operation), a.plane);

/** Everything in either. */
export const unite = (a: Geometry, b: Geometry): PolygonGeometry | null => combine(a, b, "union");
/** What is in both. */
export const intersect = (a: Geometry, b: Geometry): PolygonGeometry | null => combine(a, b, "intersect");
/** What of `a` is not in `b`. */
export const subtract = (a: Geometry, b: Geometry): PolygonGeometry | null => combine(a, b, "subtract");
/** What is in exactly one. */
export const xor = (a: Geometry, b: Geometry): PolygonGeometry | null => combine(a, b, "xor");

/** Everything in any of them. Throws nothing for an empty list: null. */
export function uniteAll(shapes: readonly Geometry[]): PolygonGeometry | null {
  const [first] = shapes;
  if (!first) return null;
  return polygonOf(uniteClean(shapes.map((g) => cleanParts(partsOf(g)))), first.plane);
}

/**
 * "Overwrite empty only": what of `g` no neighbour covers. Neighbours without an area, or out of reach, do not count.
 * Gives `g` itself where nothing is taken.
 */
export function subtractNeighbours(g: Geometry, neighbours: readonly Geometry[]): Geometry | null {
  const box = boundsOf(g);
  const near: Parts[] = [];
  for (const neighbour of neighbours) {
    if (!isArea(neighbour)) continue;
    const other = boundsOf(neighbour);
    if (other.maxX <= box.minX || other.minX >= box.maxX || other.maxY <= box.minY || other.minY >= box.maxY)
      continue;
    near.push(cleanParts(partsOf(neighbour)));
  }
  if (near.length === 0) return g;
  return polygonOf(subtractClean(cleanParts(partsOf(g)), near), g.plane);
}

/** The same area with simple rings: what a stranger's or a freehand shape should become before it is stored. */
export const clean = (g: Geometry): PolygonGeometry | null => polygonOf(cleanParts(partsOf(g)), g.plane);

/**
 * A stranger's or a transformed shape, good to be stored: itself where it is sound, else `clean`; null where nothing
 * is left of it. Rings that have shrunk to nothing are gone, whatever crossed or overlapped is one area.
 */
export function mended(g: Geometry): Geometry | null {
  const sound = g.kind !== "polygon" || isSound(g.parts);
  if (g.kind !== "polygon" || sound) return g;
  const cleaned = clean(g);
  return sound === null && cleaned && isSameShape(g, cleaned) ? g : cleaned;
}

/** Cleaning a sound shape changes nothing but roundings of the grid. */
function isSameShape(before: PolygonGeometry, after: PolygonGeometry): boolean {
  const ringCounts = ({ parts }: PolygonGeometry): string =>
    parts
      .map((rings) => rings.length)
      .sort((a, b) => a - b)
      .join();
  if (ringCounts(before) !== ringCounts(after)) return false;
  const vertices = before.parts.flat(2).length / 2;
  return Math.abs(areaOf(before) - areaOf(after)) <= vertices / 4096;
}

/** Without its holes. Islands in holes are swallowed. */
export function fillHoles(g: Geometry): PolygonGeometry | null {
  const outlines = cleanParts(partsOf(g)).map(([outline]) => [[outline!]]);
  return polygonOf(uniteClean(outlines), g.plane);
}
