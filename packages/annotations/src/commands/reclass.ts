import { type AnnotationId, type ClassId, newStamp, type Stamp } from "../document/index.ts";
import { checkClassId } from "./add.ts";
import { type Edit, writeField } from "./edit.ts";
import type { ReclassCommand } from "./types.ts";

/** Gives annotations a class, or none (null). */
export const makeReclass = (
  ids: readonly AnnotationId[],
  classId: ClassId | null,
  stamp: Stamp = newStamp(),
): ReclassCommand => ({ type: "reclass", stamp, ids: [...new Set(ids)], classId });

/** Throws CommandError. */
export const checkReclass = (command: ReclassCommand): void => checkClassId(command.classId);

export function writeReclass(edit: Edit, command: ReclassCommand): ReclassCommand {
  const parents = command.ids.map((id, i) =>
    writeField(edit, { id, field: "class", to: () => command.classId, parent: command.parents?.[i] }),
  );
  return { ...command, parents };
}
