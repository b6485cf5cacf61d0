import type { Geometry } from "../geometry/index.ts";
import { currentItem } from "./ancestry.ts";
import type { AnnotationId, ClassId } from "./ids.ts";
import type { LayerDocument } from "./layer-document.ts";
import type { Stamp } from "./stamps.ts";
import {
  type FirstValues,
  type Origin,
  parseClass,
  parseFirstGeometry,
  parseGeometry,
  parseLabel,
  parseOrigin,
  parseRemoved,
  type Stored,
  ValueError,
} from "./values.ts";

/** Fields of an annotation that are replaced as one value, each with its own stamp. */
export type Field = "geometry" | "class" | "label" | "removed";

/** What each field holds. */
export interface FieldValues {
  geometry: Geometry;
  class: ClassId | null;
  label: string;
  removed: boolean;
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
export type Unreadable = (map: "origin" | Field, key: AnnotationId) => void;

/**
 * Reads an annotation defensively. null where there is none, or its origin or geometry cannot be read; a class,
 * label or removal that cannot be read counts as absent. `unreadable` hears of each such value.
 */
export function readAnnotation(
  { maps }: LayerDocument,
  id: AnnotationId,
  unreadable: Unreadable = () => {},
): StoredAnnotation | null {
  const attempt = <T>(map: "origin" | Field, parse: () => T): T | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      unreadable(map, id);
      return undefined;
    }
  };
  const read = <T>(map: "origin" | Field, parse: (raw: unknown) => T): T | undefined => {
    const raw = maps[map].get(id);
    if (raw !== undefined) return attempt(map, () => parse(raw));
    // Keys are never deleted: what replaces this value has not arrived yet.
    if (currentItem(maps[map], id)) unreadable(map, id);
    return undefined;
  };
  const origin = read("origin", parseOrigin);
  const first = origin?.first;
  const geometry =
    first && !currentItem(maps.geometry, id)
      ? attempt("origin", () => ({ value: parseFirstGeometry(first), stamps: null }))
      : read("geometry", parseGeometry);
  if (!origin || !geometry) {
    // One without the other is a stranger's mistake, unless both are simply not there.
    if (origin && !first && !maps.geometry.has(id)) unreadable("geometry", id);
    if (geometry && !maps.origin.has(id)) unreadable("origin", id);
    return null;
  }
  const current = <T>(stored: Stored<T> | undefined, absent: T): Current<T> => ({
    value: stored ? stored.value : absent,
    stamp: stored?.stamps?.stamp ?? origin.stamp,
  });
  return {
    id,
    origin,
    geometry: current<Geometry>(geometry, geometry.value),
    class: current<ClassId | null>(read("class", parseClass), first?.classId ?? null),
    label: current(read("label", parseLabel), first?.label ?? ""),
    removed: current<boolean>(read("removed", parseRemoved), false),
  };
}

const PARSERS: { readonly [F in Field]: (raw: unknown) => Stored<FieldValues[F]> } = {
  geometry: parseGeometry,
  class: parseClass,
  label: parseLabel,
  removed: parseRemoved,
};

/** What a field holds before it is first changed. */
const FIRST: { readonly [F in Field]: (first: FirstValues) => FieldValues[F] } = {
  geometry: parseFirstGeometry,
  class: ({ classId }) => classId,
  label: ({ label }) => label,
  removed: () => false,
};

/**
 * One value, whatever the state of the annotation's others: `raw` or, where absent, what the document holds. null
 * where it cannot be read, or there is none.
 */
export function readField<F extends Field>(
  { maps }: LayerDocument,
  id: AnnotationId,
  field: F,
  raw: unknown = maps[field].get(id),
): Current<FieldValues[F]> | null {
  try {
    if (raw === undefined && !currentItem(maps[field], id)) {
      const { first, stamp } = parseOrigin(maps.origin.get(id));
      return first && { value: FIRST[field](first), stamp };
    }
    const { value, stamps } = PARSERS[field](raw);
    return { value, stamp: stamps?.stamp ?? parseOrigin(maps.origin.get(id)).stamp };
  } catch (error) {
    if (error instanceof ValueError) return null;
    throw error;
  }
}
