import { LOCKED, ORDER, RESERVED_PREFIX } from "../document/attributes.ts";
import { isAttributeName } from "../document/ids.ts";
import type { ClassId, Json, Provenance } from "../document/index.ts";
import type { Geometry } from "../geometry/index.ts";
import type { ImportedAnnotation } from "./types.ts";

/** What `makeAdd` takes of an imported annotation. */
export interface Addable {
  readonly geometry: Geometry;
  readonly classId: ClassId | null;
  readonly label: string;
  readonly provenance: Provenance;
  readonly attributes?: Readonly<Record<string, Json>>;
}

export interface ToAddOptions {
  readonly classOf: (name: string) => ClassId | null;
  /** Name of the file: kept with those that do not say where they are from. */
  readonly file: string;
}

/** Of so few measurements each is something that somebody wants to see; more are a table of their own. */
export const MOST_MEASUREMENTS = 8;

/**
 * Whoever imports is the author; who made it is kept in the provenance. A few measurements are attributes, which
 * attributes of the same name go before.
 */
export function toAdd(a: ImportedAnnotation, { classOf, file }: ToAddOptions): Addable {
  const attributes = {
    ...measurementsToKeep(a),
    ...a.attributes,
    ...(a.locked && { [LOCKED]: true }),
    ...(a.order !== undefined && { [ORDER]: a.order }),
  };
  return {
    geometry: a.geometry,
    classId: a.className === null ? null : classOf(a.className),
    label: a.label,
    provenance: a.provenance ?? {
      kind: "import",
      file: file.slice(0, 200),
      ...(a.author !== undefined && { author: a.author.slice(0, 200) }),
      ...(a.created !== undefined && { created: a.created }),
    },
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}

function measurementsToKeep({ measurements = {} }: ImportedAnnotation): Record<string, number> {
  const entries = Object.entries(measurements);
  if (entries.length > MOST_MEASUREMENTS) return {};
  return Object.fromEntries(
    entries
      .map(([name, value]) => [name.replaceAll("/", "∕").slice(0, 64), value] as const)
      .filter(([name]) => isAttributeName(name) && !name.startsWith(RESERVED_PREFIX)),
  );
}
