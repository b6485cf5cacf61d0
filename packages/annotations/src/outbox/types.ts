import type { Command } from "../commands/index.ts";
import type { LayerId, UserId } from "../document/index.ts";

/** A command that the server has not yet said to be durable. Plain data. */
export interface OutboxEntry {
  /** Unique; entries are replayed in the order of `at`, then of `key`. */
  readonly key: string;
  readonly userId: UserId;
  readonly imageId: string;
  readonly layerId: LayerId;
  readonly room: string;
  readonly tabId: string;
  readonly command: Command;
  /** Which Yjs clocks it took: `clockFrom` inclusive, `clockTo` exclusive. */
  readonly clientId: number;
  readonly clockFrom: number;
  readonly clockTo: number;
  /** ms since 1970 UTC. */
  readonly at: number;
  /** The server refused it: kept until the person has seen why. */
  readonly rejected?: { readonly reason: string };
}

/**
 * Where entries outlive the page. `put` replaces an entry with the same key. Calls take effect in the order in which
 * they were made, whether or not earlier ones have been waited for, as transactions of IndexedDB do.
 */
export interface OutboxStore {
  put(entry: OutboxEntry): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  list(filter: { readonly userId: UserId; readonly layerId?: LayerId }): Promise<OutboxEntry[]>;
}
