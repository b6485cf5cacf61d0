import RBush from "rbush";
import type { ImageRect } from "../geometry/index.ts";
import type { AnnotationSnapshot } from "./snapshot.ts";

/** An R-tree whose items are the snapshots themselves: no box object an annotation beyond its bounds. */
export class SpatialIndex extends RBush<AnnotationSnapshot> {
  override toBBox(item: AnnotationSnapshot): ImageRect {
    return item.bounds;
  }
  override compareMinX(a: AnnotationSnapshot, b: AnnotationSnapshot): number {
    return a.bounds.minX - b.bounds.minX;
  }
  override compareMinY(a: AnnotationSnapshot, b: AnnotationSnapshot): number {
    return a.bounds.minY - b.bounds.minY;
  }
}
