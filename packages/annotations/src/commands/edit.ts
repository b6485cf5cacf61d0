import type { ClockRange } from "../document/ancestry.ts";
import { currentItem, descendsFrom } from "../document/ancestry.ts";
import type { AnnotationId, Field, FieldValues, LayerDocument, Stamp } from "../document/index.ts";
import { readAnnotation, type StoredAnnotation } from "../document/read.ts";
import { geometryValue, removedValue, stampedValue } from "../document/values.ts";
import type { Geometry } from "../geometry/index.ts";
import { sameValue } from "./same-value.ts";
import type { AnyRevertItem, Conflict } from "./types.ts";

/** One command being written, in its transaction. */
export interface Edit {
  readonly layer: LayerDocument;
  readonly stamp: Stamp;
  /** Set while replaying: which clocks the command took when it was first executed, if they have arrived here. */
  readonly replay: { readonly arrived: ClockRange | null } | null;
  readonly touched: Set<AnnotationId>;
  readonly left: Set<AnnotationId>;
  readonly inverse: AnyRevertItem[];
  readonly conflicts: Conflict[];
}

export interface FieldWrite<F extends Field> {
  readonly id: AnnotationId;
  readonly field: F;
  /** The new value; null where it cannot be. */
  readonly to: (present: StoredAnnotation) => FieldValues[F] | null;
  /** Stamp of the value that was replaced when the command was first executed. */
  readonly parent?: Stamp | null | undefined;
  /** Only while the present value has this stamp (undo). */
  readonly expect?: Stamp;
  /** The new value builds on the present one, whatever that is. */
  readonly relative?: boolean;
  /** For `removed`: the geometry that the remover saw; the present one where absent. */
  readonly seenGeometry?: Stamp | null | undefined;
  readonly restores?: Stamp;
}

/** What is there, or null (and the id is left) where it cannot be edited: gone, or a value is unreadable. */
export function present(edit: Edit, id: AnnotationId, field: Field): StoredAnnotation | null {
  let readable = true;
  const annotation = readAnnotation(edit.layer, id, (map) => {
    // A value of a newer version must not be overwritten by one that did not understand it.
    if (map === field || map === "removed") readable = false;
  });
  if (annotation && readable) return annotation;
  edit.left.add(id);
  return null;
}

/** Writes one field of one annotation, if that may be. Returns the stamp that was replaced, or null. */
export function writeField<F extends Field>(edit: Edit, write: FieldWrite<F>): Stamp | null {
  const { id, field } = write;
  const annotation = present(edit, id, field);
  if (!annotation) return null;
  const current = annotation[field] as { value: FieldValues[F]; stamp: Stamp };
  const value = write.to(annotation);
  if (value === null && field !== "class") {
    edit.left.add(id);
    return null;
  }
  if (!edit.replay && field !== "removed" && annotation.removed.value) {
    edit.left.add(id);
    return null;
  }
  if (!mayWrite(edit, write, current, value as FieldValues[F])) return null;
  if (sameValue(field, value, current.value)) return null;
  setValue(edit, annotation, write, value as FieldValues[F]);
  edit.touched.add(id);
  edit.inverse.push({
    id,
    field,
    value: current.value,
    expect: edit.stamp,
    restores: current.stamp,
    ...(field === "removed" && current.value === true ? { untouched: stampsOf(annotation) } : {}),
  } as unknown as AnyRevertItem);
  reportRemoval(edit, annotation, field, value as FieldValues[F]);
  return current.stamp;
}

export const stampsOf = (a: StoredAnnotation): { geometry: Stamp; class: Stamp; label: Stamp } => ({
  geometry: a.geometry.stamp,
  class: a.class.stamp,
  label: a.label.stamp,
});

function mayWrite<F extends Field>(
  edit: Edit,
  write: FieldWrite<F>,
  current: { value: FieldValues[F]; stamp: Stamp },
  value: FieldValues[F],
): boolean {
  const { id, field } = write;
  if (edit.replay) {
    if (current.stamp === edit.stamp) return false;
    const { arrived } = edit.replay;
    const item = currentItem(edit.layer.maps[field], id);
    if (arrived && item && descendsFrom(edit.layer.doc, item, arrived)) return false;
    if (write.expect === undefined && (arrived || current.stamp !== write.parent) && !write.relative) {
      // Someone else's value took the place meanwhile: it stays, and mine is offered as a copy.
      if (!sameValue(field, value, current.value)) {
        edit.conflicts.push({
          id,
          field,
          kind: "overwritten",
          lost: value,
          lostStamp: edit.stamp,
          winner: current.value,
          winnerStamp: current.stamp,
          depth: 1,
        });
      }
      return false;
    }
  }
  if (write.expect === undefined || write.expect === current.stamp) return true;
  edit.left.add(id);
  return false;
}

/** Removal wins over a reshape whose author had not seen it; that author is told (only replay can come to this). */
function reportRemoval<F extends Field>(
  edit: Edit,
  annotation: StoredAnnotation,
  field: F,
  value: FieldValues[F],
): void {
  if (!edit.replay || field !== "geometry" || !annotation.removed.value) return;
  edit.conflicts.push({
    id: annotation.id,
    field,
    kind: "removed",
    lost: value,
    lostStamp: edit.stamp,
    winner: true,
    winnerStamp: annotation.removed.stamp,
    depth: 1,
  });
}

function setValue<F extends Field>(
  edit: Edit,
  annotation: StoredAnnotation,
  write: FieldWrite<F>,
  value: FieldValues[F],
): void {
  const { id, field } = write;
  const stamps = { stamp: edit.stamp, parent: annotation[field].stamp };
  const map = edit.layer.maps[field];
  switch (field) {
    case "geometry":
      map.set(id, geometryValue(value as Geometry, stamps));
      return;
    case "removed":
      map.set(id, removedValue(value as boolean, stamps, write.seenGeometry ?? annotation.geometry.stamp));
      return;
    default:
      map.set(id, stampedValue(value as string | null, stamps));
  }
}
