import {
  type Geometry,
  MAX_VERTICES,
  outlineOf,
  type Plane,
  type PolygonGeometry,
  type Ring,
  signedRingArea,
  UNITS_PER_PX,
} from "../geometry/index.ts";
import { ShapeError } from "./errors.ts";

/** Parts → rings in px: the outline first, then holes. */
export type Parts = readonly (readonly Ring[])[];

/** How far the edges that stand for an ellipse may be from it, in px. */
export const ELLIPSE_TOLERANCE_PX = 1 / 64;

/** Outlines and holes below this area (px²) are slivers of rounding: no operation here gives them. */
export const SLIVER_PX2 = 1 / 64;

/** The area of a geometry as rings. Throws ShapeError ("not-an-area") for points and polylines. */
export function partsOf(g: Geometry): Parts {
  if (g.kind === "polygon") return g.parts;
  if (g.kind === "rectangle" || g.kind === "ellipse") return [outlineOf(g, ELLIPSE_TOLERANCE_PX).rings];
  throw new ShapeError("not-an-area", "a polygon, rectangle or ellipse", g.kind);
}

/** A polygon of these parts, or null where there are none. Throws where it would have too many vertices to store. */
export function polygonOf(parts: Parts, plane: Plane): PolygonGeometry | null {
  if (parts.length === 0) return null;
  let vertices = 0;
  for (const rings of parts) for (const ring of rings) vertices += ring.length / 2;
  if (vertices > MAX_VERTICES)
    throw new ShapeError("too-large", `at most ${MAX_VERTICES} vertices`, `${vertices}`);
  return { kind: "polygon", plane, parts };
}

/** Area of parts whose outlines are positive and holes negative, px². */
export function partsArea(parts: Parts): number {
  let area = 0;
  for (const rings of parts) for (const ring of rings) area += signedRingArea(ring);
  return area;
}

export const toUnit = (px: number): number => Math.round(px * UNITS_PER_PX) + 0;
export const toPx = (units: number): number => units / UNITS_PER_PX;
