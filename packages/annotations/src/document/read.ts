import type * as Y from "yjs";
import type { Geometry } from "../geometry/index.ts";
import { currentItem, heldValue } from "./ancestry.ts";
import type { AnnotationId, ClassId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { LayerDocument, RootMap } from "./layer-document.ts";
import type { Stamp } from "./stamps.ts";
import {
  type FirstValues,
  type Origin,
  parseAttribute,
  parseClass,
  parseFirstGeometry,
  parseGeometry,
  parseLabel,
  parseOrigin,
  parseRemoved,
  type Stored,
  ValueError,
} from "./values.ts";

/** The fields that every annotation has. */
export type CoreField = "geometry" | "class" | "label" | "removed";

/** `attribute/<name>` */
export type AttributeField = `attribute/${string}`;

/** Fields of an annotation that are replaced as one value, each with its own stamp. */
export type Field = CoreField | AttributeField;

/** What each field holds. null in an attribute: there is none. */
export interface FieldValues {
  geometry: Geometry;
  class: ClassId | null;
  label: string;
  removed: boolean;
  [attribute: AttributeField]: Json;
}

export const isAttributeField = (field: Field): field is AttributeField => field.startsWith("attribute/");

/** Where a field is stored. */
export function placeOf(field: Field, id: AnnotationId): { readonly map: RootMap; readonly key: string } {
  if (!isAttributeField(field)) return { map: field as CoreField, key: id };
  return { map: "attribute", key: `${id}/${field.slice("attribute/".length)}` };
}

/** What is stored in a map under a key of the protocol. */
export function fieldAt(
  map: Exclude<RootMap, "origin">,
  key: string,
): { readonly field: Field; readonly id: AnnotationId } {
  if (map !== "attribute") return { field: map, id: key };
  const slash = key.indexOf("/");
  return { field: `attribute/${key.slice(slash + 1)}`, id: key.slice(0, slash) };
}

/** A field's present value and the stamp of the command that wrote it. */
export interface Current<T> {
  readonly value: T;
  readonly stamp: Stamp;
}

/** An annotation as the document has it, removed or not. */
export interface StoredAnnotation {
  readonly id: AnnotationId;
  readonly origin: Origin;
  readonly geometry: Current<Geometry>;
  readonly class: Current<ClassId | null>;
  readonly label: Current<string>;
  readonly removed: Current<boolean>;
}

/** Which values of an annotation could not be read. */
export type Unreadable = (map: "origin" | CoreField, key: AnnotationId) => void;

const nobody: Unreadable = () => {};

/**
 * Reads an annotation defensively. null where there is none, or its origin or geometry cannot be read; a class,
 * label or removal that cannot be read counts as absent. `unreadable` hears of each such value. Opening a layer does
 * this for every annotation, so that it makes no functions, looks up each key once, and takes the `origin` it is given.
 */
export function readAnnotation(
  { maps }: LayerDocument,
  id: AnnotationId,
  unreadable: Unreadable = nobody,
  originItem = currentItem(maps.origin, id),
): StoredAnnotation | null {
  const origin = readItem(originItem, "origin", id, parseOrigin, unreadable);
  const first = origin?.first;
  const geometryItem = currentItem(maps.geometry, id);
  const geometry =
    first && !geometryItem
      ? attempt("origin", id, parseFirst, first, unreadable)
      : readItem(geometryItem, "geometry", id, parseGeometry, unreadable);
  if (!origin || !geometry) {
    // One without the other is a stranger's mistake, unless both are simply not there.
    if (origin && !first && !maps.geometry.has(id)) unreadable("geometry", id);
    if (geometry && !maps.origin.has(id)) unreadable("origin", id);
    return null;
  }
  const { stamp } = origin;
  const classValue = readItem(currentItem(maps.class, id), "class", id, parseClass, unreadable);
  const label = readItem(currentItem(maps.label, id), "label", id, parseLabel, unreadable);
  const removed = readItem(currentItem(maps.removed, id), "removed", id, parseRemoved, unreadable);
  return {
    id,
    origin,
    geometry: current(geometry, geometry.value, stamp),
    class: current(classValue, first?.classId ?? null, stamp),
    label: current(label, first?.label ?? "", stamp),
    removed: current<boolean>(removed, false, stamp),
  };
}

const parseFirst = (first: FirstValues): Stored<Geometry> => ({
  value: parseFirstGeometry(first),
  stamps: null,
});

const current = <T>(stored: Stored<T> | undefined, absent: T, created: Stamp): Current<T> =>
  stored
    ? { value: stored.value, stamp: stored.stamps?.stamp ?? created }
    : { value: absent, stamp: created };

function readItem<T>(
  item: Y.Item | undefined,
  map: "origin" | CoreField,
  id: AnnotationId,
  parse: (raw: unknown) => T,
  unreadable: Unreadable,
): T | undefined {
  if (!item) return undefined;
  if (!item.deleted) return attempt(map, id, parse, heldValue(item), unreadable);
  // Keys are never deleted: what replaces this value has not arrived yet.
  unreadable(map, id);
  return undefined;
}

function attempt<Raw, T>(
  map: "origin" | CoreField,
  id: AnnotationId,
  parse: (raw: Raw) => T,
  raw: Raw,
  unreadable: Unreadable,
): T | undefined {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    unreadable(map, id);
    return undefined;
  }
}

const PARSERS: { readonly [F in CoreField]: (raw: unknown) => Stored<FieldValues[F]> } = {
  geometry: parseGeometry,
  class: parseClass,
  label: parseLabel,
  removed: parseRemoved,
};

/** What a field holds before it is first changed. */
const FIRST: { readonly [F in CoreField]: (first: FirstValues) => FieldValues[F] } = {
  geometry: parseFirstGeometry,
  class: ({ classId }) => classId,
  label: ({ label }) => label,
  removed: () => false,
};

/**
 * One value, whatever the state of the annotation's others: `raw` or, where absent, what the document holds. null
 * where it cannot be read, or there is none. An attribute that is not there is null, with the creation's stamp.
 */
export function readField<F extends Field>(
  { maps }: LayerDocument,
  id: AnnotationId,
  field: F,
  raw?: unknown,
): Current<FieldValues[F]> | null {
  const { map, key } = placeOf(field, id);
  const stored = raw === undefined ? maps[map].get(key) : raw;
  const isAttribute = isAttributeField(field);
  try {
    if (stored === undefined && !currentItem(maps[map], key)) {
      const { first, stamp } = parseOrigin(maps.origin.get(id));
      if (isAttribute) return { value: null as FieldValues[F], stamp };
      return first && { value: FIRST[field as CoreField](first) as FieldValues[F], stamp };
    }
    const parse = isAttribute ? parseAttribute : PARSERS[field as CoreField];
    const { value, stamps } = parse(stored) as Stored<FieldValues[F]>;
    return { value, stamp: stamps?.stamp ?? parseOrigin(maps.origin.get(id)).stamp };
  } catch (error) {
    if (error instanceof ValueError) return null;
    throw error;
  }
}
