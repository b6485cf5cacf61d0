import * as Y from "yjs";

/*
 * Yjs links the item of a map value to the item it replaced, as its writer saw it (`origin`), and keeps the links
 * after the contents are gone. So "had the winner's writer seen this value?" has an exact answer, also where
 * several edits arrive at once and the stamps in between are no longer there to read.
 */

/** Which clocks of a Yjs client: from `from` (inclusive) to `to` (exclusive). */
export interface ClockRange {
  readonly clientId: number;
  readonly from: number;
  readonly to: number;
}

/** The item that holds a key's value; a deleted one while its successor has not arrived. */
export const currentItem = (map: Y.Map<unknown>, key: string): Y.Item | undefined => map._map.get(key);

/** All of them by key, without a lookup for each. */
export const currentItems = (map: Y.Map<unknown>): ReadonlyMap<string, Y.Item> => map._map;

export const rangeOf = (item: Y.Item): ClockRange => ({
  clientId: item.id.client,
  from: item.id.clock,
  to: item.id.clock + item.length,
});

/**
 * The item that held a key's value before this transaction and was deleted in it: replaced, or, where a deletion
 * arrives before what replaces it, gone for a while.
 */
export function displacedItem(transaction: Y.Transaction, map: Y.Map<unknown>, key: string): Y.Item | null {
  const isNew = (item: Y.Item) => item.id.clock >= (transaction.beforeState.get(item.id.client) ?? 0);
  let item: Y.Item | null = currentItem(map, key) ?? null;
  while (item && isNew(item)) item = item.left;
  // Deleted before this transaction: then it was not the value.
  return item && Y.isDeleted(transaction.deleteSet, item.id) ? item : null;
}

/** The value an item held, while Yjs still has it: until the transaction that deleted it is cleaned up. */
export const heldValue = (item: Y.Item): unknown => item.content.getContent().at(-1);

/** A value's ancestors, itself first: what its writer replaced, what that had replaced, and so on. */
function* ancestorsOf(doc: Y.Doc, value: ClockRange): Generator<ClockRange> {
  let id: Y.ID | null = Y.createID(value.clientId, value.to - 1);
  while (id && id.clock < Y.getState(doc.store, id.client)) {
    const struct: unknown = Y.getItem(doc.store, id);
    if (!(struct instanceof Y.Item)) return;
    // Yjs merges tombstones of consecutive clocks; within one, each has replaced the one before.
    yield { clientId: id.client, from: struct.id.clock, to: id.clock + 1 };
    id = struct.origin;
  }
}

const overlaps = (a: ClockRange, b: ClockRange): boolean =>
  a.clientId === b.clientId && a.from < b.to && b.from < a.to;

/** Whether a value, or something it was built upon, is in the range. */
export function descendsFrom(doc: Y.Doc, value: ClockRange, range: ClockRange): boolean {
  for (const ancestor of ancestorsOf(doc, value)) if (overlaps(ancestor, range)) return true;
  return false;
}

/** The values in a row, `lost` first, that the writer of `winner` had not seen. */
export function unseenBy(doc: Y.Doc, winner: ClockRange, lost: ClockRange): ClockRange[] {
  const seen = [...ancestorsOf(doc, winner)];
  const unseen: ClockRange[] = [];
  for (const range of ancestorsOf(doc, lost)) {
    const common = seen.find((ancestor) => overlaps(ancestor, range));
    if (!common) {
      unseen.push(range);
      continue;
    }
    if (common.to < range.to) unseen.push({ ...range, from: common.to });
    break;
  }
  return unseen;
}
