import { type FileHandle, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

/**
 * Files under names with "/" between the parts, wherever they are: one file, a folder, a zip archive, a pack that a
 * page sent. What readers ask for is looked up here and nowhere else, so that no name leads out.
 */
export interface FileTree {
  /** What the whole is called. */
  readonly name: string;
  /** Names of all files; a folder of the disk may name only the metadata file of an OME-Zarr, and `x_files/` of a Deep Zoom image. */
  list(): Promise<readonly string[]>;
  /** Bytes in a file; null where there is none. */
  size(name: string): Promise<number | null>;
  /** These bytes of a file, fewer only at its end. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** Where a file lies on the disk by itself; null where it is part of another. */
  path(name: string): string | null;
  /** A file as messages name it: an upload by the name that it had where it came from, not by its place on this disk. */
  shown(name: string): string;
  close(): Promise<void>;
}

const OPEN_FILES = 16;

/** Reads at any place of files, keeping the latest few open. */
function createReader() {
  const handles = new Map<string, Promise<FileHandle>>();
  const drop = async (path: string, handle: Promise<FileHandle>) => {
    handles.delete(path);
    await handle.then((file) => file.close()).catch(() => {});
  };
  /** In order: a file must not be closed while it is read. */
  const busy = new Map<string, number>();
  return {
    async read(path: string, offset: number, length: number): Promise<Uint8Array> {
      let handle = handles.get(path);
      if (!handle) {
        handle = open(path, "r");
        handles.set(path, handle);
        const idle = [...handles.keys()].find((other) => other !== path && !busy.get(other));
        if (handles.size > OPEN_FILES && idle) await drop(idle, handles.get(idle)!);
      }
      busy.set(path, (busy.get(path) ?? 0) + 1);
      try {
        const file = await handle;
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return filled === length ? bytes : bytes.subarray(0, filled);
      } catch (error) {
        handles.delete(path);
        throw error;
      } finally {
        const left = busy.get(path)! - 1;
        if (left > 0) busy.set(path, left);
        else busy.delete(path);
      }
    },
    async close() {
      await Promise.all([...handles].map(([path, handle]) => drop(path, handle)));
    },
  };
}

/** One file of the disk, by a name of its own (an upload's file has none). */
export function fileTree(path: string, name = basename(path)): FileTree {
  const reader = createReader();
  return {
    name,
    list: async () => [name],
    size: async (asked) => (asked === name ? (await stat(path)).size : null),
    read: (_name, offset, length) => reader.read(path, offset, length),
    path: (asked) => (asked === name ? path : null),
    shown: () => (name === basename(path) ? path : name),
    close: () => reader.close(),
  };
}

const ZARR_MARKS = ["zarr.json", ".zattrs", ".zgroup"];
const MAX_LISTED = 100_000;

/** A folder of the disk; names begin with the folder's own. Symbolic links that lead out are not followed. */
export function folderTree(root: string): FileTree {
  const reader = createReader();
  const top = basename(root);
  const base = realpath(root);

  async function locate(name: string): Promise<string | null> {
    const parts = name.split("/");
    if (parts.shift() !== top || parts.some((part) => part === ".." || part === "." || part === ""))
      return null;
    if (name.includes("\0") || name.includes("\\")) return null;
    try {
      const file = await realpath(join(root, ...parts));
      return file.startsWith((await base) + sep) ? file : null;
    } catch {
      return null;
    }
  }

  const onDisk = (name: string) => join(dirname(root), ...name.split("/"));

  async function walk(dir: string, name: string, into: string[]): Promise<void> {
    const entries = await readdir(dir, { withFileTypes: true });
    const names = new Set(entries.map((entry) => entry.name));
    const mark = ZARR_MARKS.find((each) => names.has(each));
    if (mark) {
      into.push(`${name}/${mark}`);
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (into.length >= MAX_LISTED) return;
      const own = `${name}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (entry.isFile()) into.push(own);
      else if (entry.isDirectory() && isTilesOf(entry.name, names)) into.push(`${own}/`);
      else if (entry.isDirectory()) await walk(join(dir, entry.name), own, into);
    }
  }

  return {
    name: top,
    async list() {
      const found: string[] = [];
      await walk(root, top, found);
      return found;
    },
    async size(name) {
      const file = await locate(name);
      const stats = file === null ? null : await stat(file).catch(() => null);
      return stats?.isFile() ? stats.size : null;
    },
    async read(name, offset, length) {
      const file = await locate(name);
      return file === null ? new Uint8Array() : reader.read(file, offset, length);
    },
    path: onDisk,
    shown: onDisk,
    close: () => reader.close(),
  };
}

/** Names that a Deep Zoom description may have beside `stem`_files. */
export const deepZoomNames = (stem: string): string[] =>
  [".dzi", ".dzi.xml", ".dzi.json", ".xml", ".json"].map((extension) => stem + extension);

function isTilesOf(folder: string, beside: ReadonlySet<string>): boolean {
  const stem = /^(.*)_files$/.exec(folder)?.[1];
  return stem !== undefined && deepZoomNames(stem).some((name) => beside.has(name));
}
