import { newStamp, type Stamp } from "../document/index.ts";
import { type Edit, present, stampsOf, writeField } from "./edit.ts";
import type { AnyRevertItem, RevertCommand } from "./types.ts";

/** Puts values back that are still as the reverted command left them; the others are left and counted. */
export const makeRevert = (items: readonly AnyRevertItem[], stamp: Stamp = newStamp()): RevertCommand => ({
  type: "revert",
  stamp,
  items,
});

export function writeRevert(edit: Edit, command: RevertCommand): RevertCommand {
  const parents = command.items.map((item, i) => {
    const { id, field, value, expect, restores, untouched } = item;
    if (value === true && untouched && !isUntouched(edit, item)) return null;
    const parent = command.parents?.[i];
    return writeField(edit, { id, field, to: () => value, expect, restores, untouched, parent });
  });
  return { ...command, parents };
}

/** Undoing an add, or redoing a removal, must not hide what a colleague has changed since. */
function isUntouched(edit: Edit, { id, untouched }: AnyRevertItem): boolean {
  const annotation = present(edit, id, "removed");
  if (!annotation || !untouched) return false;
  const now = stampsOf(edit.layer, annotation);
  const before = untouched.attributes ?? {};
  const created = annotation.origin.stamp;
  const same =
    now.geometry === untouched.geometry &&
    now.class === untouched.class &&
    now.label === untouched.label &&
    Object.entries(now.attributes ?? {}).every(([name, stamp]) => stamp === (before[name] ?? created));
  if (!same) edit.left.add(id);
  return same;
}
