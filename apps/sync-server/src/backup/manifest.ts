import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ServerError } from "../errors.ts";

/** `manifest.json` of a backup; written last, so a folder without one is no complete backup. */
export interface Manifest {
  readonly format: "coscope-backup";
  readonly version: 1;
  readonly coscope: string;
  readonly madeAt: string;
  /** Where the data folder was: rows of local images name their folders in it. */
  readonly dataDir: string;
  /** Migrations of the database, in order: restoring starts from there. */
  readonly migrations: readonly { name: string; checksum: string }[];
  /** Table → number of rows. */
  readonly rows: Readonly<Record<string, number>>;
  /** Everything else in the folder. */
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export const MANIFEST = "manifest.json";

/** Reads and checks the manifest and every file it names. Throws "bad-backup" with the first that differs. */
export async function openBackup(dir: string): Promise<Manifest> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(dir, MANIFEST), "utf8")) as Manifest;
  } catch (cause) {
    throw bad(dir, `expected ${MANIFEST}: ${(cause as Error).message}`);
  }
  if (manifest.format !== "coscope-backup" || manifest.version !== 1)
    throw bad(dir, `expected coscope-backup 1, got ${manifest.format} ${manifest.version}`);
  for (const { path, size, sha256 } of manifest.files) {
    if (path.startsWith("/") || path.split("/").includes("..")) throw bad(dir, `"${path}" leads out of it`);
    const found = await hashFile(join(dir, path)).catch((cause: Error) => {
      throw bad(dir, cause.message);
    });
    if (found.size !== size || found.sha256 !== sha256) throw bad(dir, `${path} is not what was written`);
  }
  return manifest;
}

export async function hashFile(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { size, sha256: hash.digest("hex") };
}

function bad(dir: string, what: string): ServerError {
  return new ServerError("bad-backup", `${dir} is no complete backup: ${what}.`, {
    next: "Take another copy of it; a backup that broke off has to be made again.",
  });
}
