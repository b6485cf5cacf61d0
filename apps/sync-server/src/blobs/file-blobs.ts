import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type BlobInfo,
  type BlobLimits,
  type BlobStore,
  blobFailure,
  checkKey,
  checkSize,
  DEFAULT_LIMITS,
} from "./blob-store.ts";

/** No key starts with a dot, so nothing here is ever listed. */
const PARTIAL = ".partial";

/** Blobs as files below `dir`, one a key. A key cannot also be the folder of another. */
export function createFileBlobs(dir: string, limits: BlobLimits = DEFAULT_LIMITS): BlobStore {
  const pathOf = (key: string) => {
    checkKey(key);
    return join(dir, ...key.split("/"));
  };
  const guarded = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (cause) {
      throw blobFailure(dir, what, cause);
    }
  };
  const infoOf = async (key: string): Promise<BlobInfo | null> => {
    const found = await stat(pathOf(key)).catch(ifMissing);
    return found?.isFile() ? { key, size: found.size, modified: found.mtime } : null;
  };

  async function* walk(folder: string, prefix: string): AsyncGenerator<BlobInfo> {
    const entries = (await readdir(join(dir, folder), { withFileTypes: true }).catch(ifMissing)) ?? [];
    // The order of whole keys: "a.b" comes before "a/b" as "." comes before "/".
    const named = entries
      .filter((entry) => !entry.name.startsWith("."))
      .map((entry) => ({ entry, order: entry.isDirectory() ? `${entry.name}/` : entry.name }))
      .sort((a, b) => (a.order < b.order ? -1 : 1));
    for (const { entry, order } of named) {
      const key = folder === "" ? order : `${folder}/${order}`;
      if (entry.isDirectory()) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(key.slice(0, -1), prefix);
      } else if (key.startsWith(prefix)) {
        const info = await infoOf(key);
        if (info) yield info;
      }
    }
  }

  return {
    place: dir,
    async put(key, bytes) {
      const path = pathOf(key);
      checkSize(key, bytes, limits);
      await guarded("Writing", async () => {
        await mkdir(join(dir, PARTIAL), { recursive: true });
        await mkdir(dirname(path), { recursive: true });
        const partial = join(dir, PARTIAL, randomBytes(9).toString("hex"));
        try {
          const file = await open(partial, "wx");
          try {
            await file.writeFile(bytes);
            await file.sync();
          } finally {
            await file.close();
          }
          await rename(partial, path);
        } catch (error) {
          await rm(partial, { force: true });
          throw error;
        }
        await syncFolder(dirname(path));
      });
    },
    async get(key) {
      const path = pathOf(key);
      return guarded("Reading", async () => {
        const buffer = await readFile(path).catch(ifMissing);
        return buffer ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : null;
      });
    },
    async stat(key) {
      checkKey(key);
      return guarded("Reading", () => infoOf(key));
    },
    async *list(prefix = "") {
      yield* walk("", prefix);
    },
    async touch(key) {
      const path = pathOf(key);
      const now = new Date();
      await guarded("Touching", async () => void (await utimes(path, now, now).catch(ifMissing)));
    },
    async delete(key) {
      const path = pathOf(key);
      await guarded("Deleting", () => rm(path, { force: true }));
    },
  };
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR") return null;
  throw error;
}

/** Makes the new name itself durable. Some systems cannot open folders; there the file system decides. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  try {
    await folder?.sync().catch(() => {});
  } finally {
    await folder?.close();
  }
}
