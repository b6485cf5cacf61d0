import type { ClockRange } from "../document/ancestry.ts";
import { currentItem, descendsFrom, rangeOf } from "../document/ancestry.ts";
import { attributesOf, noteAttribute } from "../document/attributes.ts";
import type { AnnotationId, Field, FieldValues, Json, LayerDocument, Stamp } from "../document/index.ts";
import {
  type CoreField,
  type Current,
  isAttributeField,
  placeOf,
  readAnnotation,
  readField,
  type StoredAnnotation,
} from "../document/read.ts";
import { geometryValue, removedValue, stampedValue } from "../document/values.ts";
import type { Geometry } from "../geometry/index.ts";
import { removalConflict } from "./removal-conflict.ts";
import { sameValue } from "./same-value.ts";
import type { AnyRevertItem, Conflict, RevertItem } from "./types.ts";

/** One command being written, in its transaction. */
export interface Edit {
  readonly layer: LayerDocument;
  readonly stamp: Stamp;
  readonly replay: Replaying | null;
  readonly touched: Set<AnnotationId>;
  readonly left: Set<AnnotationId>;
  readonly inverse: AnyRevertItem[];
  readonly conflicts: Conflict[];
}

/** A value that was not written; later ones of the queue stand on it. */
export interface Yielded {
  readonly stamp: Stamp;
  readonly value: FieldValues[Field];
  /** Stamps of all that has yielded there, this one included. */
  readonly stamps: ReadonlySet<Stamp>;
}

/** What replaying a command knows beyond the document. */
export interface Replaying {
  /** Which clocks the command took when it was first executed, if they have arrived here. */
  readonly arrived: ClockRange | null;
  /** Newest values of earlier commands of the queue that had to yield, by `<field>/<id>`. */
  readonly yielded: Map<string, Yielded>;
  /** Annotations where a relative command has arrived and lost: it is to be applied anew, as another command. */
  readonly lost: Set<AnnotationId>;
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
  /** Where there is no new value, the annotation is removed instead (an eraser has taken all of it). */
  readonly orRemove?: boolean;
  /** Stamp that the value had before (undo). */
  readonly restores?: Stamp;
  /** For `removed`: the geometry that the remover saw; the present one where absent. */
  readonly seenGeometry?: Stamp | null | undefined;
  /** For `removed`, when undoing or redoing: what must be as it was for the annotation to be hidden. */
  readonly untouched?: RevertItem["untouched"];
}

type Present<F extends Field> = Current<FieldValues[F]>;

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
  const current = currentOf(edit.layer, annotation, field);
  const value = current && write.to(annotation);
  const isGone = value === null && (field === "geometry" || field === "label" || field === "removed");
  if (!current || (isGone && !write.orRemove)) {
    edit.left.add(id);
    return null;
  }
  // Undo works on hidden ones too: when a colleague shows them again, what was undone must not come back.
  const isHidden = field !== "removed" && annotation.removed.value;
  if (isHidden && !edit.replay && write.expect === undefined) {
    edit.left.add(id);
    return null;
  }
  if (!mayWrite(edit, write, annotation, current, value as FieldValues[F])) {
    reportRemoval(edit, field, id);
    return null;
  }
  if (isGone) {
    const seenGeometry = annotation.geometry.stamp;
    writeField(edit, { id, field: "removed", to: () => true, seenGeometry, relative: true });
    return null;
  }
  if (sameValue(field, value, current.value)) return null;
  setValue(edit, annotation, write, current.stamp, value as FieldValues[F]);
  edit.touched.add(id);
  edit.inverse.push({
    id,
    field,
    value: current.value,
    expect: edit.stamp,
    restores: current.stamp,
    ...(field === "removed" && { untouched: write.untouched ?? stampsOf(edit.layer, annotation) }),
  } as unknown as AnyRevertItem);
  reportRemoval(edit, field, id);
  return current.stamp;
}

/** null where it cannot be read. */
function currentOf<F extends Field>(
  layer: LayerDocument,
  annotation: StoredAnnotation,
  field: F,
): Present<F> | null {
  if (isAttributeField(field)) return readField<F>(layer, annotation.id, field);
  return annotation[field as CoreField] as unknown as Present<F>;
}

/** What an undo or redo compares before it hides an annotation. */
export function stampsOf(layer: LayerDocument, a: StoredAnnotation): NonNullable<RevertItem["untouched"]> {
  const attributes = attributesOf(layer, a.id).map(({ name, stamp }) => [name, stamp] as const);
  return {
    geometry: a.geometry.stamp,
    class: a.class.stamp,
    label: a.label.stamp,
    created: a.origin.stamp,
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) }),
  };
}

function mayWrite<F extends Field>(
  edit: Edit,
  write: FieldWrite<F>,
  annotation: StoredAnnotation,
  current: Present<F>,
  value: FieldValues[F],
): boolean {
  if (edit.replay && !mayReplay(edit, edit.replay, write, annotation, current, value)) return false;
  if (write.expect === undefined || write.expect === current.stamp) return true;
  edit.left.add(write.id);
  return false;
}

function mayReplay<F extends Field>(
  edit: Edit,
  { arrived, yielded, lost }: Replaying,
  write: FieldWrite<F>,
  annotation: StoredAnnotation,
  current: Present<F>,
  value: FieldValues[F],
): boolean {
  const { id, field } = write;
  // Nothing was written here the first time either: null, where `undefined` means that nobody knows.
  if (current.stamp === edit.stamp || write.parent === null) return false;
  const { map, key } = placeOf(field, id);
  const item = currentItem(edit.layer.maps[map], key);
  if (arrived && item && descendsFrom(edit.layer.doc, rangeOf(item), arrived)) return false;
  const below = yielded.get(`${field}/${id}`);
  if (write.expect !== undefined) {
    if (below?.stamp === write.expect) revertYielded(edit, write, current, value, below);
    return true;
  }
  const onYielded = below !== undefined && below.stamp === write.parent;
  if (!onYielded && !arrived && (write.relative || current.stamp === write.parent)) return true;
  if (!onYielded && write.relative) {
    lost.add(id);
    return false;
  }
  // Someone else's value took the place meanwhile: it stays, and mine is offered as a copy.
  const onto = onYielded ? { ...annotation, [field]: below } : annotation;
  yieldTo(edit, write, current, write.to(onto) ?? value, onYielded);
  return false;
}

function yieldTo<F extends Field>(
  edit: Edit,
  { id, field }: FieldWrite<F>,
  current: Present<F>,
  lost: FieldValues[F] | null,
  onYielded: boolean,
): void {
  const earlier = onYielded ? dropConflict(edit, field, id) : undefined;
  // All of it was erased: there is nothing to offer.
  if (lost === null && field === "geometry") return;
  setYielded(edit, field, id, lost);
  if (sameValue(field, lost, current.value)) return;
  edit.conflicts.push({
    id,
    field,
    kind: "overwritten",
    lost,
    lostStamp: edit.stamp,
    winner: current.value,
    winnerStamp: current.stamp,
    depth: 1 + (earlier?.depth ?? 0),
  });
}

/** Undo or redo of a value that has yielded: there is something to offer only if it puts back one that yielded too. */
function revertYielded<F extends Field>(
  edit: Edit,
  write: FieldWrite<F>,
  current: Present<F>,
  value: FieldValues[F],
  below: Yielded,
): void {
  const { id, field, restores } = write;
  if (restores !== undefined && below.stamps.has(restores)) {
    yieldTo(edit, write, current, value, true);
    return;
  }
  dropConflict(edit, field, id);
  setYielded(edit, field, id, value);
}

function setYielded(edit: Edit, field: Field, id: AnnotationId, value: FieldValues[Field]): void {
  const key = `${field}/${id}`;
  const before = edit.replay?.yielded.get(key)?.stamps ?? [];
  edit.replay?.yielded.set(key, { stamp: edit.stamp, value, stamps: new Set([...before, edit.stamp]) });
}

function dropConflict(edit: Edit, field: Field, id: AnnotationId): Conflict | undefined {
  const at = edit.conflicts.findIndex((c) => c.id === id && c.field === field && c.kind === "overwritten");
  return at < 0 ? undefined : edit.conflicts.splice(at, 1)[0];
}

/** Removal wins over a reshape whose author had not seen it; only a replay can come to this. */
function reportRemoval(edit: Edit, field: Field, id: AnnotationId): void {
  if (!edit.replay || field !== "geometry") return;
  const conflict = removalConflict(edit.layer, id);
  if (conflict?.lostStamp === edit.stamp) edit.conflicts.push(conflict);
}

function setValue<F extends Field>(
  edit: Edit,
  annotation: StoredAnnotation,
  write: FieldWrite<F>,
  parent: Stamp,
  value: FieldValues[F],
): void {
  const { id, field } = write;
  const stamps = { stamp: edit.stamp, parent };
  const { map: name, key } = placeOf(field, id);
  const map = edit.layer.maps[name];
  switch (name) {
    case "geometry":
      map.set(key, geometryValue(value as Geometry, stamps));
      return;
    case "removed":
      map.set(key, removedValue(value as boolean, stamps, write.seenGeometry ?? annotation.geometry.stamp));
      return;
    default:
      map.set(key, stampedValue(value as Json, stamps));
      if (name === "attribute") noteAttribute(edit.layer, key);
  }
}
