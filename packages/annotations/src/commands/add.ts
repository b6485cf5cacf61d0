import { noteAttribute } from "../document/attributes.ts";
import {
  type AnnotationId,
  type ClassId,
  isId,
  type Json,
  MAX_LABEL_LENGTH,
  newAnnotationId,
  newStamp,
  type Provenance,
  type Stamp,
  type UserId,
} from "../document/index.ts";
import { isBoundedJson } from "../document/json.ts";
import { geometryValue, originValue, stampedValue } from "../document/values.ts";
import { checkGeometry, type Geometry } from "../geometry/index.ts";
import { checkAttribute } from "./attribute.ts";
import type { Edit } from "./edit.ts";
import { CommandError } from "./errors.ts";
import type { AddCommand } from "./types.ts";

export interface AddOptions {
  readonly author: UserId;
  readonly annotations: readonly {
    readonly id?: AnnotationId;
    readonly geometry: Geometry;
    readonly classId?: ClassId | null;
    readonly label?: string;
    readonly provenance?: Provenance;
    readonly attributes?: Readonly<Record<string, Json>>;
  }[];
  /** ms since 1970 UTC; now where absent. */
  readonly created?: number;
  readonly stamp?: Stamp;
}

/** Adds annotations, in one go and with one undo step. */
export function makeAdd({
  author,
  annotations,
  created = Date.now(),
  stamp = newStamp(),
}: AddOptions): AddCommand {
  return {
    type: "add",
    stamp,
    author,
    created,
    annotations: annotations.map((a) => ({
      ...a,
      id: a.id ?? newAnnotationId(),
      classId: a.classId ?? null,
    })),
  };
}

/** Throws CommandError or GeometryError. */
export function checkAdd(command: AddCommand): void {
  if (!isId(command.author)) throw new CommandError("bad-id", "an id as author", command.author);
  if (!Number.isSafeInteger(command.created) || command.created < 0)
    throw new CommandError("bad-number", "created as whole milliseconds since 1970", command.created);
  const ids = new Set<AnnotationId>();
  for (const { id, geometry, classId, label = "", provenance, attributes = {} } of command.annotations) {
    if (!isId(id)) throw new CommandError("bad-id", "an annotation id", id);
    if (ids.has(id)) throw new CommandError("duplicate-id", "each id once", id);
    ids.add(id);
    checkClassId(classId);
    checkLabel(label);
    if (provenance !== undefined && !isBoundedJson(provenance))
      throw new CommandError("bad-provenance", "plain data up to 16 KiB", typeof provenance);
    for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value);
    checkGeometry(geometry);
  }
}

export function checkClassId(classId: ClassId | null): void {
  if (classId !== null && !isId(classId)) throw new CommandError("bad-class", "a class id or null", classId);
}

export function checkLabel(label: string): void {
  if (typeof label !== "string" || label.length > MAX_LABEL_LENGTH)
    throw new CommandError("bad-label", `at most ${MAX_LABEL_LENGTH} characters`, `${String(label).length}`);
}

export function writeAdd(edit: Edit, command: AddCommand): AddCommand {
  const { maps } = edit.layer;
  const { author, created, stamp } = command;
  for (const { id, geometry, classId, label, provenance = null, attributes = {} } of command.annotations) {
    // Origins are written once. The same stamp means that this very command has been here (replay).
    if (maps.origin.has(id)) {
      if (!edit.replay) edit.left.add(id);
      continue;
    }
    // One value an annotation: a layer of many is a third as large, and opens several times faster.
    const first = { geometry: geometryValue(geometry, null), classId, label: label ?? "" };
    maps.origin.set(id, originValue({ author, created, stamp, provenance, first }));
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) continue;
      const key = `${id}/${name}`;
      // A bare array would be read as a value with its stamps.
      const bare = !Array.isArray(value);
      maps.attribute.set(key, bare ? value : stampedValue(value, { stamp, parent: stamp }));
      noteAttribute(edit.layer, key);
    }
    edit.touched.add(id);
    edit.inverse.push({
      id,
      field: "removed",
      value: true,
      expect: stamp,
      restores: stamp,
      untouched: { geometry: stamp, class: stamp, label: stamp, created: stamp },
    });
  }
  return command;
}
