import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Logger } from "pino";
import { ServerError } from "../errors.ts";
import { newId } from "../store/ids.ts";
import { createImage, findImageByFolder, findImageFolder, moveImage } from "../store/images.ts";
import type { ImageRow } from "../store/rows.ts";
import type { Database } from "../store/store.ts";
import { DEFAULT_PROJECT } from "../store/workspaces.ts";
import { imageIdOf, readNote, removeNote } from "./note.ts";

/** How deep under --images a `*.zarr` is looked for. */
const MAX_DEPTH = 4;
const MAX_NAME = 200;

/**
 * Looks at the folders of --images before anything else is done with them. One that is not there is warned of only: it
 * may be mounted later, and people's work should not wait for that. Throws "bad-argument" for a file.
 */
export async function checkLinkedFolders(dirs: readonly string[], log: Logger): Promise<void> {
  for (const dir of dirs) {
    try {
      if ((await stat(dir)).isDirectory()) await readdir(dir);
      else
        throw new ServerError("bad-argument", `--images ${dir} is a file.`, {
          next: "Name the folder that holds *.zarr images; other files are made images of with `npm run coscope -- import`.",
        });
    } catch (error) {
      if (error instanceof ServerError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      const what =
        code === "ENOENT"
          ? "there is no such folder; its images are offered once it is there"
          : "this folder cannot be read; its images are offered once it can be";
      log.warn({ folder: dir, code }, `--images: ${what}`);
    }
  }
}

/** `*.zarr` folders under `dir`, sorted. What is inside one is not searched; names that start with "." neither. */
async function findZarrFolders(dir: string, depth = MAX_DEPTH): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch {
    return [];
  }
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const path = join(dir, entry.name);
    if (entry.name.endsWith(".zarr")) found.push(path);
    else if (depth > 1) found.push(...(await findZarrFolders(path, depth - 1)));
  }
  return found;
}

interface NewFolder {
  readonly name?: string;
  readonly projectId?: string;
  readonly createdBy?: string;
  /** In the folder where imports go: called by its image's id, with a note of its name. */
  readonly isImported?: boolean;
}

/**
 * Offers a folder of the server's disk as an image. Known folders are left as they are: renamed stays renamed,
 * deleted stays deleted. Returns the new row, or null.
 */
export async function registerFolder(
  db: Database,
  folder: string,
  { isImported = false, ...fields }: NewFolder = {},
): Promise<ImageRow | null> {
  const row = await newRow(db, folder, isImported ? imageIdOf(folder) : null, fields);
  // The row knows the name now.
  if (isImported) await removeNote(folder);
  return row;
}

async function newRow(
  db: Database,
  folder: string,
  ownId: string | null,
  fields: Omit<NewFolder, "isImported">,
): Promise<ImageRow | null> {
  if (await findImageByFolder(db, folder)) return null;
  const before = ownId === null ? null : await findImageFolder(db, ownId);
  if (before) {
    // The data folder is somewhere else now.
    if (before.folder !== null && !existsSync(before.folder)) await moveImage(db, before.id, folder);
    return null;
  }
  const id = ownId ?? newId();
  return createImage(db, {
    id,
    projectId: fields.projectId ?? DEFAULT_PROJECT,
    name: fields.name || nameOf(folder),
    url: `/data/images/${id}`,
    source: "local",
    folder,
    createdBy: fields.createdBy ?? null,
  });
}

export function nameOf(folder: string): string {
  return basename(folder).replace(/(\.ome)?\.zarr$/i, "") || basename(folder);
}

/**
 * Finds images in folders, at start and whenever one of the folders changed: the importer writes into the data
 * folder while the server runs.
 */
export function createFolderScan(
  db: Database,
  { imagesDir, linkedDirs }: { imagesDir: string; linkedDirs: readonly string[] },
  { log, onNew }: { log: Logger; onNew(row: ImageRow): void },
): () => Promise<void> {
  const seen = new Map<string, number>();
  let running: Promise<void> | null = null;

  async function scan(): Promise<void> {
    for (const dir of [...linkedDirs, imagesDir]) {
      const changed = await stat(dir)
        .then((stats) => stats.mtimeMs)
        .catch(() => null);
      if (changed === null || seen.get(dir) === changed) continue;
      for (const folder of await findZarrFolders(dir)) {
        const isImported = dirname(folder) === imagesDir;
        const note = isImported ? await readNote(folder) : null;
        // Of an upload: its import makes the row.
        if (note?.importId) continue;
        const name = note?.name.slice(0, MAX_NAME);
        const row = await registerFolder(db, folder, { isImported, ...(name && { name }) });
        if (!row) continue;
        log.info({ image: row.id, folder }, "image added");
        onNew(row);
      }
      seen.set(dir, changed);
    }
  }

  return () => {
    running ??= scan().finally(() => {
      running = null;
    });
    return running;
  };
}
