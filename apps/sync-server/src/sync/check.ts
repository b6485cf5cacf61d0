import { checkUpdate, DocumentError, type UpdateSummary } from "@coscope/annotations/document";
import * as Y from "yjs";
import type { DecodedUpdate } from "./decode.ts";

/**
 * Items that are accepted and not in the document yet. An update that replaces one of them can only be checked
 * together with it: a replaced value names its predecessor, not its map and key.
 */
export class PendingItems {
  /** By client, one after the other: what is accepted leaves out no clock, and is committed in that order. */
  readonly #items = new Map<number, Y.Item[]>();

  add(update: DecodedUpdate): void {
    for (const struct of update.structs) {
      if (!(struct instanceof Y.Item)) continue;
      const items = this.#items.get(struct.id.client) ?? [];
      const last = items.at(-1);
      if (last && endOf(struct) <= endOf(last)) continue;
      items.push(struct);
      this.#items.set(struct.id.client, items);
    }
  }

  remove(update: DecodedUpdate): void {
    const ends = new Map<number, number>();
    for (const struct of update.structs) {
      const { client } = struct.id;
      ends.set(client, Math.max(endOf(struct), ends.get(client) ?? 0));
    }
    for (const [client, end] of ends) {
      const rest = this.#items.get(client)?.filter((item) => endOf(item) > end) ?? [];
      if (rest.length > 0) this.#items.set(client, rest);
      else this.#items.delete(client);
    }
  }

  /** `update` with the pending items that its own lead back to. */
  complete(update: DecodedUpdate): DecodedUpdate {
    if (this.#items.size === 0) return update;
    const found = new Set<Y.Item>();
    for (const struct of update.structs) {
      let id = struct instanceof Y.Item ? struct.origin : null;
      while (id) {
        const item = this.#at(id);
        if (!item || found.has(item)) break;
        found.add(item);
        id = item.origin;
      }
    }
    return found.size === 0 ? update : { structs: [...found, ...update.structs], ds: update.ds };
  }

  /** Found by halving, never kept clock by clock: a few bytes can state an item that is a billion clocks long. */
  #at({ client, clock }: Y.ID): Y.Item | null {
    const items = this.#items.get(client) ?? [];
    let low = 0;
    let high = items.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const item = items[middle]!;
      if (clock < item.id.clock) high = middle - 1;
      else if (clock >= endOf(item)) low = middle + 1;
      else return item;
    }
    return null;
  }
}

const endOf = ({ id, length }: { id: Y.ID; length: number }) => id.clock + length;

/** null when the update is what PROTOCOL.md allows this user to write; a sentence otherwise. */
export function refusalOf(
  bytes: Uint8Array,
  decoded: DecodedUpdate,
  document: Y.Doc,
  userId: string,
): string | null {
  let summary: UpdateSummary;
  try {
    summary = checkUpdate(bytes, { doc: document, decoded });
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
  if (summary.unresolved > 0) return "A value replaces something that is no value of this document.";
  for (const [id, author] of summary.authors) {
    if (author !== userId) return `origin/${id} names ${author} as author, the session is ${userId}'s.`;
  }
  return null;
}
