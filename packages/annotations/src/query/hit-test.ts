import { areaOf, containsPoint, distanceToOutline, type ImagePoint } from "../geometry/index.ts";
import type { AnnotationSnapshot } from "./snapshot.ts";

/** Whether a click at `point` means this annotation: inside it, or within `tolerancePx` (image px) of an edge. */
export const isHit = ({ geometry }: AnnotationSnapshot, point: ImagePoint, tolerancePx: number): boolean =>
  containsPoint(geometry, point) || distanceToOutline(geometry, point) <= tolerancePx;

/**
 * Topmost first: what was brought forward; then points, then lines, then areas from small to large, so that what
 * lies within something else can be picked; of two alike the newer, then by id, so that every page agrees.
 */
export function compareTopmost(a: AnnotationSnapshot, b: AnnotationSnapshot): number {
  return (
    b.order - a.order ||
    rank(a) - rank(b) ||
    areaOf(a.geometry) - areaOf(b.geometry) ||
    b.created - a.created ||
    (a.id < b.id ? -1 : 1)
  );
}

const rank = ({ geometry: { kind } }: AnnotationSnapshot): number =>
  kind === "point" ? 0 : kind === "polyline" ? 1 : 2;
