import { type AnnotationId, newStamp, type Stamp } from "../document/index.ts";
import { type Edit, present, writeField } from "./edit.ts";
import type { RemoveCommand } from "./types.ts";

/** Hides annotations. Wins over a concurrent reshape, whose author is told. */
export const makeRemove = (ids: readonly AnnotationId[], stamp: Stamp = newStamp()): RemoveCommand => ({
  type: "remove",
  stamp,
  ids: [...new Set(ids)],
});

export function writeRemove(edit: Edit, command: RemoveCommand): RemoveCommand {
  const parents: (Stamp | null)[] = [];
  const seen: (Stamp | null)[] = [];
  command.ids.forEach((id, i) => {
    // Kept from the first execution: a replay must not claim to have seen what arrived since.
    const seenGeometry = command.seen?.[i] ?? present(edit, id, "removed")?.geometry.stamp ?? null;
    seen.push(seenGeometry);
    parents.push(
      writeField(edit, { id, field: "removed", to: () => true, parent: command.parents?.[i], seenGeometry }),
    );
  });
  return { ...command, parents, seen };
}
