import { LOCKED, ORDER, PROVENANCE, RESERVED_PREFIX } from "../document/attributes.ts";
import { canonicalBytes } from "../document/canonical.ts";
import type { AnnotationId, ClassId, Json, Provenance, Stamp } from "../document/index.ts";
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
  /** How it came to be; where a model has corrected it since, how that did. */
  readonly provenance?: Provenance;
  /** People's own, by name: without the reserved ones. */
  readonly attributes: Attributes;
  /** Somebody asks not to change it. Tools heed that; commands do not. */
  readonly locked: boolean;
  /** Above those of lower order, whatever their size; 0 where nobody said. */
  readonly order: number;
}

export type Attributes = Readonly<Record<string, Json>>;

const NONE: Attributes = Object.freeze({});

export type StoredAttributes = readonly { readonly name: string; readonly value: Json }[];

/** Makes snapshots; annotations added by one command and never changed share one stamps object. */
export function snapshotMaker(): (
  stored: StoredAnnotation,
  attributes: StoredAttributes,
) => AnnotationSnapshot {
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
  return (stored, attributes) => {
    const meaning = meaningOf(attributes);
    const provenance = meaning.provenance ?? stored.origin.provenance;
    const snapshot = {
      id: stored.id,
      geometry: stored.geometry.value,
      bounds: boundsOf(stored.geometry.value),
      classId: stored.class.value,
      label: stored.label.value,
      author: stored.origin.author,
      created: stored.origin.created,
      stamps: stampsOf(stored),
      attributes: meaning.attributes,
      locked: meaning.locked,
      order: meaning.order,
    };
    return provenance ? { ...snapshot, provenance } : snapshot;
  };
}

type Meaning = Pick<AnnotationSnapshot, "attributes" | "locked" | "order" | "provenance">;

function meaningOf(stored: StoredAttributes): Meaning {
  if (stored.length === 0) return NO_MEANING;
  const attributes: Record<string, Json> = {};
  let locked = false;
  let order = 0;
  let provenance: Provenance | null = null;
  for (const { name, value } of stored) {
    if (name === LOCKED) locked = value === true;
    else if (name === ORDER) order = typeof value === "number" ? value : 0;
    else if (name === PROVENANCE) provenance = isObject(value) ? value : null;
    else if (value !== null && !name.startsWith(RESERVED_PREFIX)) attributes[name] = value;
  }
  return { attributes, locked, order, ...(provenance && { provenance }) };
}

const NO_MEANING: Meaning = { attributes: NONE, locked: false, order: 0 };

const isObject = (value: Json): value is Provenance =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const sameData = (a: Attributes = NONE, b: Attributes = NONE): boolean =>
  a === b || String(canonicalBytes(a)) === String(canonicalBytes(b));

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
    a.locked === b.locked &&
    a.order === b.order &&
    sameData(a.attributes, b.attributes) &&
    sameData(a.provenance, b.provenance) &&
    sameGeometry(a.geometry, b.geometry)
  );
}
