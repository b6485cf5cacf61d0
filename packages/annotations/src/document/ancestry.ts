import * as Y from "yjs";

/**
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

/** The item that holds a key's present value. */
export const currentItem = (map: Y.Map<unknown>, key: string): Y.Item | undefined => map._map.get(key);

export const rangeOf = (item: Y.Item): ClockRange => ({
  clientId: item.id.client,
  from: item.id.clock,
  to: item.id.clock + item.length,
});

/** The item that held a key's value before this transaction, if that was replaced in it. */
export function replacedItem(transaction: Y.Transaction, map: Y.Map<unknown>, key: string): Y.Item | null {
  const isNew = (item: Y.Item) => item.id.clock >= (transaction.beforeState.get(item.id.client) ?? 0);
  let item: Y.Item | null = currentItem(map, key) ?? null;
  if (!item || !isNew(item)) return null;
  while (item && isNew(item)) item = item.left;
  // Deleted before this transaction: then it was not the value.
  return item && Y.isDeleted(transaction.deleteSet, item.id) ? item : null;
}

/** The value an item held, while Yjs still has it: until the transaction that replaced it is cleaned up. */
export const heldValue = (item: Y.Item): unknown => item.content.getContent().at(-1);

/** An item's ancestors, itself first: what its writer replaced, what that had replaced, and so on. */
export function* ancestorsOf(doc: Y.Doc, item: Y.Item): Generator<ClockRange> {
  let struct: unknown = item;
  let upTo = item.id.clock + item.length;
  while (struct instanceof Y.Item) {
    // Yjs merges tombstones of consecutive clocks; within one, each has replaced the one before.
    yield { clientId: struct.id.client, from: struct.id.clock, to: upTo };
    const { origin }: Y.Item = struct;
    if (!origin || origin.clock >= Y.getState(doc.store, origin.client)) return;
    struct = Y.getItem(doc.store, origin);
    upTo = origin.clock + 1;
  }
}

const overlaps = (a: ClockRange, b: ClockRange): boolean =>
  a.clientId === b.clientId && a.from < b.to && b.from < a.to;

/** Whether an item, or something it was built upon, is in the range. */
export function descendsFrom(doc: Y.Doc, item: Y.Item, range: ClockRange): boolean {
  for (const ancestor of ancestorsOf(doc, item)) if (overlaps(ancestor, range)) return true;
  return false;
}

/** How many values in a row, `lost` included, the writer of `winner` had not seen. At least 1. */
export function lostDepth(doc: Y.Doc, lost: Y.Item, winner: Y.Item): number {
  const seen = [...ancestorsOf(doc, winner)];
  let depth = 0;
  for (const range of ancestorsOf(doc, lost)) {
    const common = seen.find((ancestor) => overlaps(ancestor, range));
    if (common) {
      depth += range.to - Math.min(common.to, range.to);
      break;
    }
    depth += range.to - range.from;
  }
  return Math.max(1, depth);
}
