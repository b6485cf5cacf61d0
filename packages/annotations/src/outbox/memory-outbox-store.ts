import type { OutboxEntry, OutboxStore } from "./types.ts";

/** For tests, and for pages on which IndexedDB does not work. */
export function memoryOutboxStore(): OutboxStore {
  const entries = new Map<string, OutboxEntry>();
  return {
    put: async (entry) => {
      entries.set(entry.key, structuredClone(entry));
    },
    remove: async (keys) => {
      for (const key of keys) entries.delete(key);
    },
    list: async ({ userId, layerId }) =>
      [...entries.values()]
        .filter((entry) => entry.userId === userId && (layerId === undefined || entry.layerId === layerId))
        .map((entry) => structuredClone(entry)),
  };
}
