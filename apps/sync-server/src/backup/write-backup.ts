import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { copyFile, lstat, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, type Gzip } from "node:zlib";
import type { BlobStore } from "../blobs/blob-store.ts";
import { EMBEDDINGS_PREFIX } from "../encoder/cache.ts";
import { ServerError } from "../errors.ts";
import { folderError, makeFolder } from "../folders.ts";
import { SNAPSHOT_PREFIX } from "../store/documents.ts";
import { VERSION } from "../version.ts";
import type { RowLine } from "./export-rows.ts";
import { type BackupFile, hashFile, MANIFEST, type Manifest } from "./manifest.ts";

export interface BackupParts {
  readonly rows: AsyncIterable<RowLine>;
  readonly blobs: BlobStore;
  /** Its files go along, other than the database and what is only for now. */
  readonly dataDir: string;
  /** Leave out data/images. */
  readonly withoutImages?: boolean;
}

/** In the data folder, and not in a backup: what the rows and blobs already hold, and what is only for now. */
const LEFT_OUT = new Set(["db", "blobs", "lock", "operator.json", "uploads", "cache"]);
/** Wherever they are: what is being written, and edits on their way into the database, which the rows hold. */
const NOT_KEPT = /\.(partial|journal)$/;

/**
 * Writes a backup into the new folder `target`: `rows/<table>.ndjson.gz`, `blobs/`, `files/`, and the manifest. It
 * appears under its name only when it is complete and on the disk. Throws "bad-argument" when `target` exists,
 * "folder-unusable" where
 * it cannot be, "store-failed" when there is no room.
 */
export async function writeBackup(target: string, parts: BackupParts): Promise<Manifest> {
  if (await lstat(target).catch(() => null))
    throw new ServerError("bad-argument", `${target} exists already.`, { next: "Name a new folder." });
  const partial = `${target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    makeFolder(join(partial, "rows"), { mode: 0o700 });
  } catch (error) {
    throw folderError(target, (error as ServerError).cause ?? error);
  }
  try {
    const { counts, migrations } = await writeRows(join(partial, "rows"), parts.rows);
    await writeBlobs(join(partial, "blobs"), parts.blobs);
    const leftOut = parts.withoutImages ? new Set([...LEFT_OUT, "images"]) : LEFT_OUT;
    await copyTree(parts.dataDir, join(partial, "files"), leftOut);
    const manifest: Manifest = {
      format: "coscope-backup",
      version: 1,
      coscope: VERSION,
      madeAt: new Date().toISOString(),
      dataDir: parts.dataDir,
      migrations,
      rows: counts,
      files: await listFiles(partial),
    };
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    await syncPath(join(partial, MANIFEST));
    await rename(partial, target);
    await syncPath(dirname(target));
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw inWords(target, error);
  }
}

function inWords(target: string, error: unknown): unknown {
  if (!["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "")) return error;
  return new ServerError("store-failed", `There is no room for the backup ${target}.`, {
    next: "Make room there, or name a folder on another disk. What was begun is gone.",
    cause: error,
  });
}

async function writeRows(
  dir: string,
  lines: AsyncIterable<RowLine>,
): Promise<{ counts: Record<string, number>; migrations: Manifest["migrations"] }> {
  const outputs = new Map<string, { gzip: Gzip; written: Promise<void> }>();
  const counts: Record<string, number> = {};
  const migrations: { name: string; checksum: string }[] = [];
  const failed = Promise.withResolvers<never>();
  // A disk that is full is heard of at the next row, or at the end.
  failed.promise.catch(() => {});
  const open = (table: string) => {
    const gzip = createGzip({ level: 6 });
    const file = createWriteStream(join(dir, `${table}.ndjson.gz`), { flush: true });
    const written = pipeline(gzip, file);
    written.catch(failed.reject);
    return { gzip, written };
  };
  try {
    for await (const { table, json } of lines) {
      if (table === "schema_migration") {
        const { name, checksum } = JSON.parse(json);
        migrations.push({ name, checksum });
        continue;
      }
      counts[table] = (counts[table] ?? 0) + 1;
      const output = outputs.get(table) ?? open(table);
      outputs.set(table, output);
      if (output.gzip.destroyed) await failed.promise;
      if (!output.gzip.write(`${json}\n`)) await Promise.race([once(output.gzip, "drain"), failed.promise]);
    }
    for (const { gzip, written } of outputs.values()) {
      gzip.end();
      await written;
    }
  } finally {
    for (const { gzip } of outputs.values()) gzip.destroy();
  }
  migrations.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { counts, migrations };
}

async function writeBlobs(dir: string, blobs: BlobStore): Promise<void> {
  for await (const { key } of blobs.list()) {
    // Embeddings are computed again.
    if (key.startsWith(SNAPSHOT_PREFIX) || key.startsWith(EMBEDDINGS_PREFIX)) continue;
    const bytes = await blobs.get(key);
    // Deleted since it was listed.
    if (!bytes) continue;
    const path = join(dir, ...key.split("/"));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, { flush: true });
  }
}

/** Files and folders, no links: a link would lead elsewhere after the restore. */
async function copyTree(from: string, to: string, leftOut: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(gone);
  for (const entry of entries ?? []) {
    if (leftOut.has(entry.name) || NOT_KEPT.test(entry.name)) continue;
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, copy, new Set());
    else if (entry.isFile()) {
      await mkdir(to, { recursive: true });
      const copied = await copyFile(source, copy).then(() => true, gone);
      if (copied) await syncPath(copy);
    }
  }
}

/** What was deleted meanwhile is not part of the backup. */
function gone(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

async function listFiles(dir: string): Promise<BackupFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: BackupFile[] = [];
  for (const path of paths.sort())
    files.push({ path: path.slice(dir.length + 1).replaceAll("\\", "/"), ...(await hashFile(path)) });
  return files;
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
