import type { AnnotationId, ClassId, Provenance, Stamp } from "../document/index.ts";
import type { StoredAnnotation } from "../document/read.ts";
import { boundsOf, type Geometry, type ImageRect, sameGeometry } from "../geometry/index.ts";

/** A visible annotation at one moment. Never changes; an edit gives a new snapshot. `created` in ms since 1970. */
export interface AnnotationSnapshot {
  readonly id: AnnotationId;
  readonly geometry: Geometry;
  readonly bounds: ImageRect;
  readonly classId: ClassId | null;
  readonly label: string;
  readonly author: string;
  readonly created: number;
  readonly stamps: {
    readonly geometry: Stamp;
    readonly class: Stamp;
    readonly label: Stamp;
    readonly removed: Stamp;
  };
  readonly provenance?: Provenance;
}

/** Makes snapshots; annotations added by one command and never changed share one stamps object. */
export function snapshotMaker(): (stored: StoredAnnotation) => AnnotationSnapshot {
  let last: AnnotationSnapshot["stamps"] | null = null;
  const stampsOf = (stored: StoredAnnotation): AnnotationSnapshot["stamps"] => {
    const { geometry, class: classValue, label, removed } = stored;
    const same =
      last &&
      last.geometry === geometry.stamp &&
      last.class === classValue.stamp &&
      last.label === label.stamp &&
      last.removed === removed.stamp;
    if (!same || !last)
      last = {
        geometry: geometry.stamp,
        class: classValue.stamp,
        label: label.stamp,
        removed: removed.stamp,
      };
    return last;
  };
  return (stored) => ({
    id: stored.id,
    geometry: stored.geometry.value,
    bounds: boundsOf(stored.geometry.value),
    classId: stored.class.value,
    label: stored.label.value,
    author: stored.origin.author,
    created: stored.origin.created,
    stamps: stampsOf(stored),
    ...(stored.origin.provenance && { provenance: stored.origin.provenance }),
  });
}

/** Whether nothing has changed: a concurrent value that lost also makes a transaction. */
export function sameSnapshot(a: AnnotationSnapshot, b: AnnotationSnapshot): boolean {
  const [left, right] = [a.stamps, b.stamps];
  return (
    left.geometry === right.geometry &&
    left.class === right.class &&
    left.label === right.label &&
    left.removed === right.removed &&
    a.classId === b.classId &&
    a.label === b.label &&
    sameGeometry(a.geometry, b.geometry)
  );
}
