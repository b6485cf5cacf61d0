import { LOCKED, ORDER } from "../document/attributes.ts";
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

/** Whoever imports is the author; who made it is kept in the provenance. Measurements are ours to make. */
export function toAdd(a: ImportedAnnotation, { classOf, file }: ToAddOptions): Addable {
  const attributes = {
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

/** So many in one command: its update stays far below what a server takes, and a page goes on in between. */
const MOST_ANNOTATIONS = 500;
const MOST_VERTICES = 50_000;

/** In slices that fit into one command each. A shape of many vertices is a slice of its own. */
export function* slicesToAdd<T extends { readonly geometry: Geometry }>(all: Iterable<T>): Generator<T[]> {
  let slice: T[] = [];
  let vertices = 0;
  for (const one of all) {
    const more = vertexCount(one.geometry);
    if (slice.length > 0 && (slice.length >= MOST_ANNOTATIONS || vertices + more > MOST_VERTICES)) {
      yield slice;
      slice = [];
      vertices = 0;
    }
    slice.push(one);
    vertices += more;
  }
  if (slice.length > 0) yield slice;
}

function vertexCount(g: Geometry): number {
  if (g.kind === "polyline") return g.points.length / 2;
  if (g.kind !== "polygon") return 4;
  let count = 0;
  for (const rings of g.parts) for (const ring of rings) count += ring.length / 2;
  return count;
}
