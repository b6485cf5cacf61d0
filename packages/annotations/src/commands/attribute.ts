import { isAttributeName } from "../document/ids.ts";
import { type AnnotationId, type Json, newStamp, type Stamp } from "../document/index.ts";
import { isBoundedJson } from "../document/json.ts";
import { type Edit, writeField } from "./edit.ts";
import { CommandError } from "./errors.ts";
import type { AttributeCommand } from "./types.ts";

/** Gives annotations an attribute: plain data up to 16 KiB, or null to take it away. */
export const makeSetAttribute = (
  ids: readonly AnnotationId[],
  name: string,
  value: Json,
  stamp: Stamp = newStamp(),
): AttributeCommand => ({ type: "attribute", stamp, ids: [...new Set(ids)], name, value });

/** Throws CommandError. */
export function checkAttribute(name: string, value: Json): void {
  if (!isAttributeName(name))
    throw new CommandError("bad-attribute", "a name of 1 to 64 characters without /", name);
  if (!isBoundedJson(value)) throw new CommandError("bad-attribute", "plain data up to 16 KiB", typeof value);
}

export function writeAttribute(edit: Edit, command: AttributeCommand): AttributeCommand {
  const { ids, name, value } = command;
  const parents = ids.map((id, i) =>
    writeField(edit, {
      id,
      field: `attribute/${name}`,
      to: () => value,
      parent: command.parents?.[i],
    }),
  );
  return { ...command, parents };
}
