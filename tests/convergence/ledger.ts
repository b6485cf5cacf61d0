import {
  areaOf,
  type Conflict,
  type Field,
  type Outcome,
  type RevertItem,
  type Stamp,
} from "@coscope/annotations";
import { brushed } from "@coscope/annotations/shapes";
import type * as Y from "yjs";
import { rawValue } from "./raw-value.ts";

export const ATTRIBUTES = ["grade", "coscope.locked"] as const;
export const FIELDS: readonly Field[] = [
  "geometry",
  "class",
  "label",
  "removed",
  ...ATTRIBUTES.map((name) => `attribute/${name}` as const),
];

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
  readonly untouched?: RevertItem["untouched"];
}

/** Everything anyone wrote, and what they were told. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly told: { readonly editor: string; readonly conflict: Conflict }[] = [];
  /** A lost move or stroke → the one that repeats it, by key. */
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
      if (command.type !== "move" && command.type !== "brush") continue;
      for (const lost of command.again ?? [])
        this.repeats.set(keyOf(id, "geometry", lost), keyOf(id, changed, stamp));
    }
    this.noteAbsorbed(doc, command);
  }

  /** A stroke that changes nothing any more, as a colleague's covers it, is there although nobody writes it. */
  noteAbsorbed(doc: Y.Doc, command: Outcome["command"]): void {
    if (command.type !== "brush") return;
    const { id, mode, dabs } = command;
    const { content, stamp } = rawValue(doc, id, "geometry");
    const present = JSON.parse(content);
    // There is nothing to be erased from a point.
    if (present.kind !== "point") {
      const after = brushed(present, dabs, { mode, plane: present.plane });
      if (!after || Math.abs(areaOf(after) - areaOf(present)) > 1e-9 * areaOf(present)) return;
    } else if (mode === "add") return;
    for (const lost of [command.stamp, ...(command.again ?? [])]) {
      const key = keyOf(id, "geometry", lost);
      if (lost !== stamp && this.entries.has(key)) this.repeats.set(key, keyOf(id, "geometry", stamp));
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
