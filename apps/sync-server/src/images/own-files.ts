import { lstat, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { Logger } from "pino";
import { imageIdOf } from "./note.ts";

/** An image's folder on this machine. */
export interface ImageFolder {
  readonly id: string;
  readonly folder: string | null;
}

export interface OwnFiles {
  /** Whether the folder was made by an import or upload, so that it goes with the image. */
  isOwn(image: ImageFolder): Promise<boolean>;
  /** Bytes of a folder; null where there are too many files to count while somebody waits. */
  sizeOf(folder: string): Promise<number | null>;
  /** Removes the folder of an image whose row is gone, if it is ours. Out of sight when this resolves; the disk is freed in the background. */
  remove(image: ImageFolder): Promise<void>;
  /** Removes what a server that ended in between has left. */
  collect(deleted: readonly ImageFolder[]): Promise<void>;
  close(): Promise<void>;
}

const DELETING = ".deleting-";
const MAX_COUNTED = 20_000;
/** `multiscales[].type` of what our importer writes, and nobody else: names of folders prove nothing. */
const OUR_TYPE = "mean of 2 × 2";

/**
 * Files of images that were imported: real folders directly in `imagesDir`, which a link or a folder of the operator's (`linkedDirs`, from
 * --images) never is. Folders that somebody put there by hand are not ours either.
 */
export function createOwnFiles(imagesDir: string, linkedDirs: readonly string[], log: Logger): OwnFiles {
  const removing = new Set<Promise<void>>();

  async function isOwn({ folder }: ImageFolder): Promise<boolean> {
    if (folder === null || !folder.endsWith(".zarr")) return false;
    try {
      if (!(await lstat(folder)).isDirectory()) return false;
      const real = await realpath(folder);
      if (dirname(real) !== (await realpath(imagesDir))) return false;
      for (const linked of linkedDirs) {
        const other = await realpath(linked).catch(() => null);
        if (other !== null && (isWithin(real, other) || isWithin(other, real))) return false;
      }
      return await isMarked(real);
    } catch {
      return false;
    }
  }

  function erase(path: string): void {
    const job = rm(path, { recursive: true, force: true }).catch((err) =>
      log.error(
        { err, path },
        "files of a deleted image could not be removed; tried again at the next start",
      ),
    );
    removing.add(job);
    void job.then(() => removing.delete(job));
  }

  async function remove(image: ImageFolder): Promise<void> {
    if (!(await isOwn(image))) return;
    const away = join(imagesDir, `${DELETING}${basename(image.folder!)}-${Date.now()}`);
    await rename(image.folder!, away);
    log.info({ image: image.id }, "files of a deleted image removed");
    erase(away);
  }

  return {
    isOwn,
    sizeOf,
    remove,
    async collect(deleted) {
      for (const name of await readdir(imagesDir).catch(() => []))
        if (name.startsWith(DELETING)) erase(join(imagesDir, name));
      for (const image of deleted) {
        // Images of earlier versions were deleted with the promise that their files stay.
        if (image.folder !== null && imageIdOf(image.folder) === image.id) await remove(image);
      }
    },
    async close() {
      await Promise.all(removing);
    },
  };
}

const isWithin = (path: string, dir: string): boolean => path === dir || path.startsWith(dir + sep);

async function isMarked(folder: string): Promise<boolean> {
  const group = JSON.parse(await readFile(join(folder, "zarr.json"), "utf8")) as {
    attributes?: { ome?: { multiscales?: { type?: unknown }[] } };
  };
  return group.attributes?.ome?.multiscales?.[0]?.type === OUR_TYPE;
}

async function sizeOf(folder: string): Promise<number | null> {
  let bytes = 0;
  let counted = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (++counted > MAX_COUNTED) return null;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) bytes += (await stat(path)).size;
    }
  }
  return bytes;
}
