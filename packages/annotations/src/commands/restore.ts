import { type AnnotationId, newStamp, type Stamp } from "../document/index.ts";
import { type Edit, writeField } from "./edit.ts";
import type { RestoreCommand } from "./types.ts";

/** Shows removed annotations again, with their newest shape, class and label. */
export const makeRestore = (ids: readonly AnnotationId[], stamp: Stamp = newStamp()): RestoreCommand => ({
  type: "restore",
  stamp,
  ids: [...new Set(ids)],
});

export function writeRestore(edit: Edit, command: RestoreCommand): RestoreCommand {
  const parents = command.ids.map((id, i) =>
    writeField(edit, { id, field: "removed", to: () => false, parent: command.parents?.[i] }),
  );
  return { ...command, parents };
}
