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

export interface EmbeddingCache {
  /** What was put, or null: also when what is stored is damaged. */
  get(key: string): Promise<Uint8Array | null>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Embeddings in blobs up to `limitBytes`; those that were not asked for the longest go first. Each begins with a
 * SHA-256 of the rest, so that half a file is never taken for an embedding.
 */
export function createEmbeddingCache(blobs: BlobStore, limitBytes: number, log: Logger): EmbeddingCache {
  /** Key → bytes, the one used longest ago first. */
  const sizes = new Map<string, number>();
  const memory = new ByteCache<Uint8Array>(Math.min(MEMORY_BYTES, limitBytes));
  let total = 0;
  const pathOf = (key: string) => `${EMBEDDINGS_PREFIX}${key.slice(0, 2)}/${key}`;

  const listed = (async () => {
    const found: { key: string; size: number; modified: number }[] = [];
    for await (const { key, size, modified } of blobs.list(EMBEDDINGS_PREFIX))
      found.push({ key: key.slice(key.lastIndexOf("/") + 1), size, modified: modified.getTime() });
    for (const { key, size } of found.sort((a, b) => a.modified - b.modified)) note(key, size);
    await shrink();
  })().catch((err) => log.warn({ err }, "embeddings of before could not be listed"));

  function note(key: string, size: number): void {
    forget(key);
    sizes.set(key, size);
    total += size;
  }

  function forget(key: string): void {
    total -= sizes.get(key) ?? 0;
    sizes.delete(key);
  }

  async function shrink(): Promise<void> {
    if (total <= limitBytes) return;
    const gone: string[] = [];
    for (const key of sizes.keys()) {
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
        const size = sizes.get(key);
        if (size !== undefined) note(key, size);
        return near;
      }
      try {
        const stored = await blobs.get(pathOf(key));
        if (!stored) return null;
        const bytes = stored.subarray(SUM_BYTES);
        if (stored.byteLength <= SUM_BYTES || !sumOf(bytes).equals(stored.subarray(0, SUM_BYTES))) {
          log.warn({ key }, "a stored embedding is damaged; the region is encoded again");
          forget(key);
          await blobs.delete(pathOf(key));
          return null;
        }
        note(key, stored.byteLength);
        memory.set(key, bytes, bytes.byteLength);
        return bytes;
      } catch (err) {
        // It can be computed again.
        log.warn({ err, key }, "an embedding could not be read");
        return null;
      }
    },
    async put(key, bytes) {
      memory.set(key, bytes, bytes.byteLength);
      if (bytes.byteLength + SUM_BYTES > limitBytes) return;
      await listed;
      const stored = new Uint8Array(SUM_BYTES + bytes.byteLength);
      stored.set(sumOf(bytes));
      stored.set(bytes, SUM_BYTES);
      try {
        await blobs.put(pathOf(key), stored);
        note(key, stored.byteLength);
        await shrink();
      } catch (err) {
        log.warn({ err, key }, "an embedding could not be kept");
      }
    },
    get bytes() {
      return total;
    },
    get entries() {
      return sizes.size;
    },
  };
}

const sumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
