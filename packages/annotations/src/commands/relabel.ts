import { type AnnotationId, newStamp, type Stamp } from "../document/index.ts";
import { checkLabel } from "./add.ts";
import { type Edit, writeField } from "./edit.ts";
import type { RelabelCommand } from "./types.ts";

/** Gives an annotation a text of its own; "" is none. */
export const makeRelabel = (id: AnnotationId, label: string, stamp: Stamp = newStamp()): RelabelCommand => ({
  type: "relabel",
  stamp,
  id,
  label,
});

/** Throws CommandError. */
export const checkRelabel = (command: RelabelCommand): void => checkLabel(command.label);

export function writeRelabel(edit: Edit, command: RelabelCommand): RelabelCommand {
  const { id, label } = command;
  const parent = command.parents?.[0];
  return { ...command, parents: [writeField(edit, { id, field: "label", to: () => label, parent })] };
}
