import type { Conflict, Field, Outcome, Stamp } from "@coscope/annotations";
import type * as Y from "yjs";
import { rawValue } from "./raw-value.ts";

export const FIELDS: readonly Field[] = ["geometry", "class", "label", "removed"];

/** A value that was written, whatever became of it. */
export interface Entry {
  readonly id: string;
  readonly field: Field;
  readonly stamp: Stamp;
  /** null in a first value. */
  readonly parent: Stamp | null;
  readonly content: string;
  readonly editor: string;
  readonly command: Outcome["command"]["type"];
  /** Of a removal, a restoration or an add: what must be untouched for an undo to hide it. */
  readonly untouched?: Readonly<Record<"geometry" | "class" | "label", Stamp>>;
}

/** Everything anyone wrote, and what they were told. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly told: { readonly editor: string; readonly conflict: Conflict }[] = [];
  /** A lost move → the one that repeats it, by key. */
  readonly repeats = new Map<string, string>();

  private readonly left = new Map<string, Set<string>>();

  /** Right after the outcome's transaction, while `doc` still has what it wrote. */
  note(editor: string, doc: Y.Doc, { command, inverse, left }: Outcome): void {
    if (command.type === "revert") for (const id of left) this.leftBy(editor).add(id);
    for (const { id, field: changed, expect: stamp, restores, untouched } of inverse?.items ?? []) {
      const isNew = command.type === "add";
      for (const field of isNew ? FIELDS : [changed]) {
        const { content } = rawValue(doc, id, field);
        const parent = isNew ? null : restores;
        const entry: Entry = { id, field, stamp, parent, content, editor, command: command.type };
        this.entries.set(keyOf(id, field, stamp), untouched ? { ...entry, untouched } : entry);
      }
      if (command.type !== "move") continue;
      for (const lost of command.again ?? [])
        this.repeats.set(keyOf(id, "geometry", lost), keyOf(id, "geometry", stamp));
    }
  }

  /** What an editor's undo or redo has left, since a colleague had changed it. */
  leftBy(editor: string): Set<string> {
    const left = this.left.get(editor) ?? new Set();
    this.left.set(editor, left);
    return left;
  }

  get(id: string, field: Field, stamp: Stamp): Entry {
    const entry = this.entries.get(keyOf(id, field, stamp));
    if (!entry) throw new Error(`${field}/${id} has the stamp ${stamp}, which nobody wrote.`);
    return entry;
  }

  /** The entry, what it replaced, what that had replaced, … */
  *ancestors({ id, field, stamp }: Pick<Entry, "id" | "field" | "stamp">): Generator<Entry> {
    for (let next: Stamp | null = stamp; next !== null; ) {
      const entry: Entry = this.get(id, field, next);
      yield entry;
      next = entry.parent;
    }
  }
}

export const keyOf = (id: string, field: Field, stamp: Stamp): string => `${id}/${field}/${stamp}`;
