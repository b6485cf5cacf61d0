import { checkUpdate, DocumentError, type UpdateSummary } from "@coscope/annotations/document";
import * as Y from "yjs";
import type { DecodedUpdate } from "./classify.ts";

/**
 * Items that are accepted and not in the document yet. An update that replaces one of them can only be checked
 * together with it: a replaced value names its predecessor, not its map and key.
 */
export class PendingItems {
  readonly #items = new Map<string, Y.Item>();

  add(update: DecodedUpdate): void {
    this.#each(update, (key, item) => this.#items.set(key, item));
  }

  remove(update: DecodedUpdate): void {
    this.#each(update, (key) => this.#items.delete(key));
  }

  /** `update` with the pending items that its own lead back to. */
  complete(update: DecodedUpdate): DecodedUpdate {
    if (this.#items.size === 0) return update;
    const found = new Set<Y.Item>();
    for (const struct of update.structs) {
      let id = struct instanceof Y.Item ? struct.origin : null;
      while (id) {
        const item = this.#items.get(keyOf(id.client, id.clock));
        if (!item || found.has(item)) break;
        found.add(item);
        id = item.origin;
      }
    }
    return found.size === 0 ? update : { structs: [...found, ...update.structs], ds: update.ds };
  }

  #each(update: DecodedUpdate, use: (key: string, item: Y.Item) => void): void {
    for (const struct of update.structs) {
      if (!(struct instanceof Y.Item)) continue;
      const { client, clock } = struct.id;
      for (let i = 0; i < struct.length; i++) use(keyOf(client, clock + i), struct);
    }
  }
}

const keyOf = (client: number, clock: number) => `${client}:${clock}`;

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
