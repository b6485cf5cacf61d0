import type { LayerId, UserId } from "../document/index.ts";
import { covers, type StateVector } from "./state-vector.ts";
import type { OutboxEntry, OutboxStore } from "./types.ts";

/**
 * One tab's commands that are not yet covered by the durable state vector. Memory is ahead of the store, which is
 * told of every change at once: a page that is reloaded a moment after an edit must not still be waiting to write it.
 */
export class Outbox {
  private readonly store: OutboxStore;
  private readonly userId: UserId;
  private readonly tabId: string;
  private entries: readonly OutboxEntry[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(store: OutboxStore, { userId, tabId }: { readonly userId: UserId; readonly tabId: string }) {
    this.store = store;
    this.userId = userId;
    this.tabId = tabId;
  }

  /** Takes up what the store has of this tab, e.g. after a reload. Call before the first `add`. */
  async load(): Promise<readonly OutboxEntry[]> {
    const stored = await this.store.list({ userId: this.userId });
    this.change(stored.filter((entry) => entry.tabId === this.tabId).sort(inOrder));
    return this.entries;
  }

  /** Resolves once the entry is stored: send the update only then. Replaces an entry with the same key. */
  add(entry: OutboxEntry): Promise<void> {
    if (entry.userId !== this.userId) throw new RangeError("An outbox never takes another user's commands.");
    this.change([...this.entries.filter(({ key }) => key !== entry.key), entry]);
    return this.store.put(entry);
  }

  /** Drops the room's entries that this vector covers and returns them. Rejected ones stay. */
  async durable(room: string, vector: StateVector): Promise<OutboxEntry[]> {
    const dropped = this.entries.filter(
      (entry) => entry.room === room && !entry.rejected && covers(vector, entry.clientId, entry.clockTo),
    );
    await this.forget(dropped.map(({ key }) => key));
    return dropped;
  }

  /** Marks entries as refused by the server. */
  async reject(keys: readonly string[], reason: string): Promise<void> {
    const refused: OutboxEntry[] = [];
    const mark = (entry: OutboxEntry): OutboxEntry => {
      if (!keys.includes(entry.key)) return entry;
      const marked = { ...entry, rejected: { reason } };
      refused.push(marked);
      return marked;
    };
    this.change(this.entries.map(mark));
    await Promise.all(refused.map((entry) => this.store.put(entry)));
  }

  /** Drops entries whatever their state, e.g. when the person has seen a refusal. */
  async forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const dropped = new Set(keys);
    this.change(this.entries.filter(({ key }) => !dropped.has(key)));
    await this.store.remove(keys);
  }

  /** Not yet durable and not refused, oldest first. */
  pending(layerId?: LayerId): readonly OutboxEntry[] {
    return this.entries.filter(
      (entry) => !entry.rejected && (layerId === undefined || entry.layerId === layerId),
    );
  }

  /** Refused by the server, oldest first. */
  rejected(layerId?: LayerId): readonly OutboxEntry[] {
    return this.entries.filter(
      (entry) => entry.rejected && (layerId === undefined || entry.layerId === layerId),
    );
  }

  subscribe(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  private change(entries: readonly OutboxEntry[]): void {
    this.entries = entries;
    for (const listener of this.listeners) listener();
  }
}

const inOrder = (a: OutboxEntry, b: OutboxEntry): number => a.at - b.at || (a.key < b.key ? -1 : 1);
