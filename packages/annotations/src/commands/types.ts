import type {
  AnnotationId,
  AttributeField,
  ClassId,
  CoreField,
  Field,
  FieldValues,
  Json,
  Provenance,
  Stamp,
  UserId,
} from "../document/index.ts";
import type { Geometry } from "../geometry/index.ts";
import type { Dab } from "../shapes/brush.ts";

/*
 * Commands are plain data: they can be structured-cloned, stored and replayed. Ids and stamps are chosen when a
 * command is made. What `execute` fills in (`parents`, `seen`) says what the person saw; `replay` needs it.
 */

export interface NewAnnotation {
  readonly id: AnnotationId;
  readonly geometry: Geometry;
  readonly classId: ClassId | null;
  readonly label?: string;
  readonly provenance?: Provenance;
  /** By name; reserved ones too. */
  readonly attributes?: Readonly<Record<string, Json>>;
}

/** `created` in ms since 1970 UTC. */
export interface AddCommand {
  readonly type: "add";
  readonly stamp: Stamp;
  readonly author: UserId;
  readonly created: number;
  readonly annotations: readonly NewAnnotation[];
}

/** Stamps, one an id in the command's order; null where nothing was written. Filled in by `execute`. */
export type Parents = readonly (Stamp | null)[];

export interface ReshapeCommand {
  readonly type: "reshape";
  readonly stamp: Stamp;
  readonly id: AnnotationId;
  readonly geometry: Geometry;
  readonly parents?: Parents;
}

/**
 * By `dx`, `dy` image px. Relative: when it lost, it is applied anew to the newest shape, once. `again` then names
 * the stamps of the moves that this one repeats.
 */
export interface MoveCommand {
  readonly type: "move";
  readonly stamp: Stamp;
  readonly ids: readonly AnnotationId[];
  readonly dx: number;
  readonly dy: number;
  readonly again?: readonly Stamp[];
  readonly parents?: Parents;
}

/**
 * A stroke of a brush or eraser on an area, `dabs` in image px. Relative: when it lost, the stroke is made anew on
 * the newest shape; `times` says how often that was, `again` names the stamps that this one stands for. An eraser
 * that leaves nothing removes the annotation. `parents`: stamps replaced in `geometry` and in `removed`.
 */
export interface BrushCommand {
  readonly type: "brush";
  readonly stamp: Stamp;
  readonly id: AnnotationId;
  readonly mode: "add" | "erase";
  readonly dabs: readonly Dab[];
  /** Shapes that the brush does not enter ("overwrite empty only"). */
  readonly avoid?: readonly Geometry[];
  readonly again?: readonly Stamp[];
  readonly times?: number;
  readonly parents?: Parents;
  /** Of a removal: the geometry that was erased, one element. */
  readonly seen?: Parents;
}

/** One attribute of annotations; null takes it away. */
export interface AttributeCommand {
  readonly type: "attribute";
  readonly stamp: Stamp;
  readonly ids: readonly AnnotationId[];
  readonly name: string;
  readonly value: Json;
  readonly parents?: Parents;
}

/** `parents`: stamps replaced. `seen`: which geometries the remover saw, so that whoever reshaped meanwhile can be told. */
export interface RemoveCommand {
  readonly type: "remove";
  readonly stamp: Stamp;
  readonly ids: readonly AnnotationId[];
  readonly parents?: Parents;
  readonly seen?: Parents;
}

export interface RestoreCommand {
  readonly type: "restore";
  readonly stamp: Stamp;
  readonly ids: readonly AnnotationId[];
  readonly parents?: Parents;
}

export interface ReclassCommand {
  readonly type: "reclass";
  readonly stamp: Stamp;
  readonly ids: readonly AnnotationId[];
  readonly classId: ClassId | null;
  readonly parents?: Parents;
}

export interface RelabelCommand {
  readonly type: "relabel";
  readonly stamp: Stamp;
  readonly id: AnnotationId;
  readonly label: string;
  readonly parents?: Parents;
}

/**
 * Puts one value back: only while the present value still has the stamp `expect`. `restores` is the stamp the
 * value had before. `untouched` (field "removed"): the annotation is hidden only while these are as they were;
 * undo hands it on to redo and back.
 */
export interface RevertItem<F extends Field = Field> {
  readonly id: AnnotationId;
  readonly field: F;
  readonly value: FieldValues[F];
  readonly expect: Stamp;
  readonly restores: Stamp;
  readonly untouched?: Readonly<Record<"geometry" | "class" | "label", Stamp>> & {
    /** By name; one that is not named had the stamp `created`, or was not there. */
    readonly attributes?: Readonly<Record<string, Stamp>>;
    readonly created?: Stamp;
  };
}

export type AnyRevertItem = { [F in CoreField]: RevertItem<F> }[CoreField] | RevertItem<AttributeField>;

/** The inverse of every command, its own included. */
export interface RevertCommand {
  readonly type: "revert";
  readonly stamp: Stamp;
  readonly items: readonly AnyRevertItem[];
  /** One an item; null where it was left. */
  readonly parents?: Parents;
}

export type Command =
  | AddCommand
  | ReshapeCommand
  | MoveCommand
  | BrushCommand
  | RemoveCommand
  | RestoreCommand
  | ReclassCommand
  | RelabelCommand
  | AttributeCommand
  | RevertCommand;

/** What executing a command did. */
export interface Outcome {
  /** The command with what `execute` filled in: this is what an outbox keeps. */
  readonly command: Command;
  /** null where nothing was written. */
  readonly inverse: RevertCommand | null;
  readonly touched: AnnotationId[];
  /** Not done: gone, unreadable, or (undo) changed by a colleague since. */
  readonly left: AnnotationId[];
  readonly written: Stamp[];
  readonly clientId: number;
  /** Clocks written: from `clockFrom` (inclusive) to `clockTo` (exclusive); equal where nothing was. */
  readonly clockFrom: number;
  readonly clockTo: number;
}

/**
 * A value of mine that is no longer there although whoever wrote the present one had not seen it.
 * "overwritten": another value took its place. "removed": the annotation was removed by someone who had not seen
 * my newest geometry; `winner` is then true, and the stamps are of the geometry and of the removal.
 */
export interface Conflict {
  readonly id: AnnotationId;
  readonly field: Field;
  readonly kind: "overwritten" | "removed";
  readonly lost: FieldValues[Field];
  readonly lostStamp: Stamp;
  readonly winner: FieldValues[Field];
  readonly winnerStamp: Stamp;
  /** How many values in a row were lost, the newest included: my last edits one upon another. At least 1. */
  readonly depth: number;
}
