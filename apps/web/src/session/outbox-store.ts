import type { OutboxEntry, OutboxStore } from "@coscope/annotations/outbox";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** An outbox on disk that can also hand the entries of one tab to another. */
export interface TabOutboxStore extends OutboxStore {
  /**
   * Gives this tab the entries of tabs that are gone, for one user and image, and its own after a reload. Two tabs that try at once cannot
   * both get an entry: IndexedDB runs the two transactions one after the other.
   */
  claim(wanted: ClaimRequest): Promise<OutboxEntry[]>;
  /** What is there of everybody but this user, in order. */
  ofOthers(userId: string): Promise<OutboxEntry[]>;
  /**
   * Puts `change(entry)` in the place of these entries, takes away those for which it is null. Only as far as they are
   * there: what was sent, or changed hands, since they were listed stays as it is. Resolves to how many it was.
   */
  handOver(
    entries: readonly OutboxEntry[],
    change: (entry: OutboxEntry) => OutboxEntry | null,
  ): Promise<number>;
}

export interface ClaimRequest {
  readonly userId: string;
  readonly imageId: string;
  readonly tabId: string;
  /** Also what is there under this tab's own id. */
  readonly own: boolean;
  isOrphaned(tabId: string): boolean;
}

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxEntry; indexes: { user: string } };
}

const VERSION = 1;

/** Rejects where the browser has no IndexedDB (some private windows). */
export async function openOutboxStore(name = "coscope"): Promise<TabOutboxStore> {
  const db = await openDB<Schema>(name, VERSION, {
    upgrade(database) {
      database.createObjectStore("outbox", { keyPath: "key" }).createIndex("user", "userId");
    },
    // A newer page wants to upgrade: let it, this one then works in memory until it is reloaded.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return createTabOutboxStore(db);
}

function createTabOutboxStore(db: IDBPDatabase<Schema>): TabOutboxStore {
  return {
    async put(entry) {
      // Relaxed: outlives the tab and the browser, not a power cut. Waiting for the disk itself would hold back
      // every edit, and lose more of them to a tab that is closed meanwhile.
      const transaction = db.transaction("outbox", "readwrite", { durability: "relaxed" });
      const written = transaction.store.put(entry);
      // At once: a transaction that still waits to hear of its success is rolled back when the page is left or
      // reloaded, and the edit, which is sent only after it, would be gone.
      transaction.commit();
      await Promise.all([written, transaction.done]);
    },
    async remove(keys) {
      if (keys.length === 0) return;
      const transaction = db.transaction("outbox", "readwrite");
      const removed = keys.map((key) => transaction.store.delete(key));
      // As above: what is saved would wait on disk for the next visit, and be counted until then.
      transaction.commit();
      await Promise.all([...removed, transaction.done]);
    },
    async list({ userId, layerId }) {
      const entries = await db.getAllFromIndex("outbox", "user", userId);
      return inOrder(entries.filter((entry) => layerId === undefined || entry.layerId === layerId));
    },
    async ofOthers(userId) {
      const entries = await db.getAll("outbox");
      return inOrder(entries.filter((entry) => entry.userId !== userId));
    },
    async handOver(listed, change) {
      const transaction = db.transaction("outbox", "readwrite");
      let count = 0;
      for (const { key, userId } of listed) {
        const entry = await transaction.store.get(key);
        if (entry?.userId !== userId) continue;
        count += 1;
        const next = change(entry);
        await (next ? transaction.store.put(next) : transaction.store.delete(key));
      }
      await transaction.done;
      return count;
    },
    async claim({ userId, imageId, tabId, own, isOrphaned }) {
      const transaction = db.transaction("outbox", "readwrite");
      const entries = await transaction.store.index("user").getAll(userId);
      const mine: OutboxEntry[] = [];
      for (const entry of entries) {
        if (entry.imageId !== imageId) continue;
        if (entry.tabId === tabId) {
          if (own) mine.push(entry);
        } else if (isOrphaned(entry.tabId)) {
          const claimed = { ...entry, tabId };
          mine.push(claimed);
          void transaction.store.put(claimed);
        }
      }
      await transaction.done;
      return inOrder(mine);
    },
  };
}

/** As they were made: `at` never repeats within a tab. */
export function inOrder(entries: readonly OutboxEntry[]): OutboxEntry[] {
  return entries.toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}
