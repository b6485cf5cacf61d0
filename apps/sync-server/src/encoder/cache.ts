import { createHash } from "node:crypto";
import { ByteCache } from "@coscope/viewer/source";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";

/** Blobs that may go at any time: no backup holds them. */
export const EMBEDDINGS_PREFIX = "embeddings/";

/** Those asked for last also stay in memory. */
const MEMORY_BYTES = 48 * 2 ** 20;
/** When it is full, this part of the limit is freed at once. */
const FREED = 0.1;
const SUM_BYTES = 32;
/** A stored one that is asked for gets a new time, at most this often: its place after a restart. */
const TOUCH_MS = 60 * 60_000;

export interface EmbeddingCache {
  /** What was put, or null: also when what is stored is damaged. */
  get(key: string): Promise<Uint8Array | null>;
  /** Somebody has asked for it, and has it already. */
  used(key: string): void;
  put(key: string, bytes: Uint8Array): Promise<void>;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Embeddings in blobs up to `limitBytes`; those that were not asked for the longest go first. Each begins with a
 * SHA-256 of the rest, so that half a file is never taken for an embedding.
 */
export function createEmbeddingCache(blobs: BlobStore, limitBytes: number, log: Logger): EmbeddingCache {
  /** The one used longest ago first; `touched`: the time that it has in the storage. */
  const stored = new Map<string, { readonly size: number; readonly touched: number }>();
  const memory = new ByteCache<Uint8Array>(Math.min(MEMORY_BYTES, limitBytes));
  let total = 0;
  const pathOf = (key: string) => `${EMBEDDINGS_PREFIX}${key.slice(0, 2)}/${key}`;

  const listed = (async () => {
    const found: { key: string; size: number; modified: number }[] = [];
    for await (const { key, size, modified } of blobs.list(EMBEDDINGS_PREFIX))
      found.push({ key: key.slice(key.lastIndexOf("/") + 1), size, modified: modified.getTime() });
    // Those that were asked for while it was listed are newer than all of these.
    const newer = [...stored];
    for (const { key, size, modified } of found.sort((a, b) => a.modified - b.modified))
      note(key, size, modified);
    for (const [key, { size, touched }] of newer) note(key, size, touched);
    await shrink();
  })().catch((err) => log.warn({ err }, "embeddings of before could not be listed"));

  function note(key: string, size: number, touched: number): void {
    forget(key);
    stored.set(key, { size, touched });
    total += size;
  }

  function forget(key: string): void {
    total -= stored.get(key)?.size ?? 0;
    stored.delete(key);
  }

  function used(key: string): void {
    const known = stored.get(key);
    if (!known) return;
    const now = Date.now();
    const isDue = now - known.touched > TOUCH_MS;
    note(key, known.size, isDue ? now : known.touched);
    if (isDue)
      void blobs.touch(pathOf(key)).catch((err) => log.warn({ err, key }, "an embedding kept its old time"));
  }

  async function shrink(): Promise<void> {
    if (total <= limitBytes) return;
    const gone: string[] = [];
    for (const key of stored.keys()) {
      if (total <= limitBytes * (1 - FREED)) break;
      forget(key);
      gone.push(key);
    }
    for (const key of gone) await blobs.delete(pathOf(key));
  }

  return {
    async get(key) {
      const near = memory.get(key);
      if (near) {
        used(key);
        return near;
      }
      try {
        const file = await blobs.get(pathOf(key));
        if (!file) return null;
        const bytes = file.subarray(SUM_BYTES);
        if (file.byteLength <= SUM_BYTES || !sumOf(bytes).equals(file.subarray(0, SUM_BYTES))) {
          log.warn({ key }, "a stored embedding is damaged; the region is encoded again");
          forget(key);
          await blobs.delete(pathOf(key));
          return null;
        }
        note(key, file.byteLength, stored.get(key)?.touched ?? 0);
        used(key);
        memory.set(key, bytes, bytes.byteLength);
        return bytes;
      } catch (err) {
        // It can be computed again.
        log.warn({ err, key }, "an embedding could not be read");
        return null;
      }
    },
    used,
    async put(key, bytes) {
      memory.set(key, bytes, bytes.byteLength);
      if (bytes.byteLength + SUM_BYTES > limitBytes) return;
      await listed;
      const file = new Uint8Array(SUM_BYTES + bytes.byteLength);
      file.set(sumOf(bytes));
      file.set(bytes, SUM_BYTES);
      try {
        await blobs.put(pathOf(key), file);
        note(key, file.byteLength, Date.now());
        await shrink();
      } catch (err) {
        log.warn({ err, key }, "an embedding could not be kept");
      }
    },
    get bytes() {
      return total;
    },
    get entries() {
      return stored.size;
    },
  };
}

const sumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
