import {
  checkDocument,
  checkGeometry,
  contentHash,
  createLayerDocument,
  createQuery,
  type Field,
  type LayerQuery,
} from "@coscope/annotations";
import type * as Y from "yjs";
import type { Editor } from "./editor.ts";
import { ATTRIBUTES, type Entry, FIELDS, keyOf, type Ledger } from "./ledger.ts";
import { rawValue } from "./raw-value.ts";

/** All replicas are equal, whichever way one looks, and good by the protocol. */
export function checkConverged(server: Y.Doc, editors: readonly Editor[]): void {
  const hash = contentHash(server);
  checkDocument(server);
  const fresh = describe(createQuery(createLayerDocument(server)));
  for (const { name, layer, query, pending } of editors) {
    if (contentHash(layer.doc) !== hash) throw new Error(`${name}'s content hash differs from the server's.`);
    if (describe(query) !== fresh) throw new Error(`${name}'s query differs from one made anew.`);
    if (query.unreadable > 0) throw new Error(`${name} cannot read ${query.unreadable} values.`);
    const everywhere = { minX: -1e6, minY: -1e6, maxX: 1e6, maxY: 1e6 };
    for (const { geometry } of query.all()) checkGeometry(geometry);
    if (query.within(everywhere).length !== query.size)
      throw new Error(`${name}'s index has lost something.`);
    if (pending > 0) throw new Error(`${name} still has ${pending} commands that are not durable.`);
  }
}

const describe = (query: LayerQuery): string =>
  JSON.stringify([...query.all()].sort((a, b) => (a.id < b.id ? -1 : 1)));

/** Each value is there, was built upon, was taken back or repeated by its author, or its author was told. */
export function checkNothingVanished(doc: Y.Doc, ledger: Ledger): void {
  const fine = new Set<string>();
  const bless = ({ id, field, stamp }: Entry) => fine.add(keyOf(id, field, stamp));
  for (const id of doc.getMap("origin").keys()) {
    for (const field of FIELDS) {
      for (const entry of ledger.ancestors({ id, field, stamp: rawValue(doc, id, field).stamp }))
        bless(entry);
    }
  }
  for (const { editor, conflict } of ledger.told) {
    const lost = { id: conflict.id, field: conflict.field, stamp: conflict.lostStamp };
    for (const entry of ledger.ancestors(lost)) if (entry.editor === editor) bless(entry);
  }
  for (const entry of ledger.entries.values()) {
    // What an undo put back was there before; that what it replaced is gone is what its author wanted.
    if (entry.command !== "revert") continue;
    bless(entry);
    if (entry.parent !== null) bless(ledger.get(entry.id, entry.field, entry.parent));
  }
  for (let before = -1; before < fine.size; ) {
    before = fine.size;
    for (const [lost, again] of ledger.repeats) if (fine.has(again)) fine.add(lost);
  }
  // Two people did the same at the same time: what happened to one happened to both, and to what they built upon.
  const contents = new Set<string>();
  for (const key of fine) contents.add(contentKey(ledger.entries.get(key)!));
  for (const entry of ledger.entries.values()) {
    if (contents.has(contentKey(entry))) for (const ancestor of ledger.ancestors(entry)) bless(ancestor);
  }
  for (const [key, entry] of ledger.entries) {
    if (fine.has(key)) continue;
    throw new Error(`${entry.editor}'s ${entry.command} ${key} vanished and nobody was told.`);
  }
  checkReshapersTold(doc, ledger);
}

const contentKey = ({ id, field, content }: Entry): string => `${id}/${field}/${content}`;

/** Whoever reshaped what was removed by someone who had not seen that shape has been told. */
function checkReshapersTold(doc: Y.Doc, ledger: Ledger): void {
  for (const id of doc.getMap("removed").keys()) {
    const removed = rawValue(doc, id, "removed");
    const shape = ledger.get(id, "geometry", rawValue(doc, id, "geometry").stamp);
    const remover = ledger.get(id, "removed", removed.stamp);
    const unseen = removed.content === "true" && removed.seen !== shape.stamp && shape.parent !== null;
    if (!unseen || shape.editor === remover.editor || shape.command === "revert") continue;
    const told = ledger.told.some(
      ({ editor, conflict: { kind, lostStamp } }) =>
        editor === shape.editor && kind === "removed" && lostStamp === shape.stamp,
    );
    if (!told) throw new Error(`${shape.editor} was not told that ${id} was removed while reshaped.`);
  }
}

/** Contents of every value, stamps aside, by `<id>/<field>`. */
export type Contents = Map<string, string>;

export function contentsOf(doc: Y.Doc): Contents {
  const contents: Contents = new Map();
  for (const id of doc.getMap("origin").keys()) {
    for (const field of FIELDS) contents.set(`${id}/${field}`, rawValue(doc, id, field).content);
  }
  return contents;
}

/**
 * What a layer must hold once `editor` has undone everything, from what everybody wrote: the newest value that is
 * not theirs, where theirs stands on top; a colleague's value untouched; nothing hidden that a colleague changed.
 */
export function contentsWithout(editor: string, doc: Y.Doc, ledger: Ledger): Contents {
  const expected: Contents = new Map();
  const { present, beneath, untouched } = history(editor, doc, ledger);

  for (const id of doc.getMap("origin").keys()) {
    // A step that was left once is gone from the stack.
    if (ledger.leftBy(editor).has(id)) continue;
    const removed = present(id, "removed");
    const own = [...ledger.ancestors(removed)];
    const base = beneath(id, "removed", removed.stamp);
    const lowest = own[base ? own.indexOf(base) - 1 : own.length - 1];
    const hide = removed.editor === editor && (base ? base.content === "true" : true);
    if (removed.editor !== editor) expected.set(`${id}/removed`, removed.content);
    else if (!hide || untouched(id, lowest?.untouched)) expected.set(`${id}/removed`, String(hide));
    // Touched by a colleague since: what is shown stays so. (Earlier undos make it depend on what is in the stack.)
    else if (removed.content === "false" && own.every(({ command }) => command !== "revert"))
      expected.set(`${id}/removed`, "false");
    for (const field of FIELDS) {
      if (field === "removed") continue;
      const now = present(id, field);
      const below = beneath(id, field, now.stamp);
      const first = [...ledger.ancestors(now)].at(-1)!;
      expected.set(`${id}/${field}`, (below ?? first).content);
    }
  }
  return expected;
}

/** Stamps of what colleagues wrote and is there now, by `<id>/<field>`. */
export function stampsOfOthers(editor: string, doc: Y.Doc, ledger: Ledger): Contents {
  const stamps: Contents = new Map();
  for (const id of doc.getMap("origin").keys()) {
    for (const field of FIELDS) {
      const { stamp } = rawValue(doc, id, field);
      if (ledger.get(id, field, stamp).editor !== editor) stamps.set(`${id}/${field}`, stamp);
    }
  }
  return stamps;
}

function history(editor: string, doc: Y.Doc, ledger: Ledger) {
  const present = (id: string, field: Field) => ledger.get(id, field, rawValue(doc, id, field).stamp);
  /** The newest value not of this editor, or null where it is all theirs. */
  const beneath = (id: string, field: Field, stamp: string): Entry | null => {
    for (const entry of ledger.ancestors({ id, field, stamp })) if (entry.editor !== editor) return entry;
    return null;
  };
  const untouched = (id: string, then: Entry["untouched"]) => {
    const same = (field: Field, stamp: string) =>
      beneath(id, field, present(id, field).stamp) === beneath(id, field, stamp);
    const created = rawValue(doc, id, "geometry").created;
    return (
      (["geometry", "class", "label"] as const).every((field) => same(field, then![field])) &&
      ATTRIBUTES.every((name) => same(`attribute/${name}`, then!.attributes?.[name] ?? created))
    );
  };
  return { present, beneath, untouched };
}

/** @param except ids that are not looked at */
export function compare(when: string, expected: Contents, got: Contents, except?: ReadonlySet<string>): void {
  for (const [key, content] of expected) {
    if (except?.has(key.slice(0, key.indexOf("/")))) continue;
    if (got.get(key) !== content) throw new Error(`${when}, ${key} is ${got.get(key)}, not ${content}.`);
  }
}
