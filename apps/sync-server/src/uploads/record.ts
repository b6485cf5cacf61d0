import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type ImportState = "uploading" | "waiting" | "converting" | "ready" | "failed" | "cancelled";

export interface ImportFailure {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
}

/** One upload and what becomes of it. A file of its own on the disk, so that a server that starts goes on with it. */
export interface ImportRecord {
  /** Also the upload's id. */
  readonly id: string;
  readonly userId: string;
  readonly projectId: string;
  /** What the file or folder is called. */
  readonly name: string;
  readonly bytes: number;
  readonly keepMetadata: boolean;
  readonly withAssociated: boolean;
  /** SHA-256 of the file in hex, where the sender stated it. */
  readonly sha256: string | null;
  readonly createdAt: string;
  state: ImportState;
  /** Of converting, 0…1. */
  progress: number;
  /** Image rows made of it, in order. */
  images: { id: string; name: string; folder: string; bytes: number }[];
  error: ImportFailure | null;
  /** Images in it that could not be imported, where others were. */
  failures: ImportFailure[];
  endedAt: string | null;
  /** Off the list, and kept without any name for what its images take up. */
  hidden?: boolean;
}

export const isOver = ({ state }: ImportRecord): boolean =>
  state === "ready" || state === "failed" || state === "cancelled";

const SUFFIX = ".job.json";

/** Where records are kept: `<dir>/<id>.job.json`. */
export function createRecordStore(dir: string) {
  const writing = new Map<string, Promise<void>>();
  return {
    /** Writes of one record follow each other; half a record is never read. */
    save(record: ImportRecord): Promise<void> {
      const { id } = record;
      const text = JSON.stringify(record);
      const next = (writing.get(id) ?? Promise.resolve()).then(async () => {
        const file = join(dir, id + SUFFIX);
        await writeFile(`${file}.new`, text);
        await rename(`${file}.new`, file);
      });
      writing.set(id, next);
      const done = () => {
        if (writing.get(id) === next) writing.delete(id);
      };
      next.then(done, done);
      return next;
    },
    async remove(id: string): Promise<void> {
      await writing.get(id)?.catch(() => {});
      await rm(join(dir, id + SUFFIX), { force: true });
    },
    async load(): Promise<ImportRecord[]> {
      const found: ImportRecord[] = [];
      for (const name of await readdir(dir)) {
        if (!name.endsWith(SUFFIX)) continue;
        try {
          found.push(JSON.parse(await readFile(join(dir, name), "utf8")) as ImportRecord);
        } catch {
          // Cut off by a crash of the machine: its upload is swept with the strays.
        }
      }
      return found.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    },
  };
}
