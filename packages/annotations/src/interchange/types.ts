import type { ClassId, Json, Provenance } from "../document/index.ts";
import type { Geometry } from "../geometry/index.ts";
import type { InterchangeError } from "./errors.ts";

/** What is written of an annotation; an `AnnotationSnapshot` is one. `created` in ms since 1970. */
export interface ExportedAnnotation {
  readonly id: string;
  readonly geometry: Geometry;
  readonly classId: ClassId | null;
  readonly label: string;
  readonly author: string;
  readonly created: number;
  readonly provenance?: Provenance;
  readonly attributes?: Readonly<Record<string, Json>>;
  readonly locked?: boolean;
  readonly order?: number;
}

/** What is written of a class; a class row is one. `color` is `#rrggbb`. */
export interface ExportedClass {
  readonly id: ClassId;
  readonly name: string;
  readonly color: string;
}

/** An annotation of a file. Classes are names here: whoever imports maps them to the project's. */
export interface ImportedAnnotation {
  readonly geometry: Geometry;
  readonly className: string | null;
  readonly label: string;
  /** What else the file says; absent where it does not. */
  readonly id?: string;
  readonly author?: string;
  readonly created?: number;
  readonly provenance?: Provenance;
  /** People's own; never the protocol's. */
  readonly attributes?: Readonly<Record<string, Json>>;
  readonly locked?: true;
  readonly order?: number;
  readonly measurements?: Readonly<Record<string, number>>;
  /** Its outline crossed or overlapped itself in the file: the geometry is the area that it covered. */
  readonly repaired?: true;
  /** The file has an outline of its nucleus too, which is not read. */
  readonly nucleus?: true;
}

export interface ImportedClass {
  readonly name: string;
  /** `#rrggbb`, where the file gives one. */
  readonly color: string | null;
  /** How many annotations have it. */
  readonly count: number;
}

/** A file that could be read. `problems` are the things in it that could not, one each, by their place. */
export interface Imported {
  readonly annotations: readonly ImportedAnnotation[];
  readonly classes: readonly ImportedClass[];
  readonly problems: readonly InterchangeError[];
}
