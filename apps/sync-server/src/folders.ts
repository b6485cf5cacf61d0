import { mkdirSync, statSync } from "node:fs";
import { dirname, parse } from "node:path";
import { ServerError } from "./errors.ts";

/**
 * Makes a folder with all that lead to it. Not Node's `recursive`, which never comes back where a file system answers
 * that there is no such folder instead of letting one be made, as /proc does. Throws "folder-unusable".
 */
export function makeFolder(path: string, options: { mode?: number } = {}): void {
  try {
    makeInside(path, options.mode);
  } catch (cause) {
    throw folderError(path, cause);
  }
}

function makeInside(path: string, mode: number | undefined): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  if (stats) throw Object.assign(new Error("it is a file"), { code: "ENOTDIR" });
  if (dirname(path) !== path && path !== parse(path).root) makeInside(dirname(path), mode);
  try {
    mkdirSync(path, mode === undefined ? {} : { mode });
  } catch (error) {
    // Somebody else was quicker.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "its rights do not allow it",
  EPERM: "its rights do not allow it",
  EROFS: "it is on a file system that is read-only",
  ENOENT: "no folder can be made there",
  ENOTDIR: "a file is where a folder should be",
  EEXIST: "a file is where a folder should be",
  ENOSPC: "the disk is full",
  EDQUOT: "its quota is used up",
};

/** What a system's error about a folder means, and the next step; a ServerError stays what it is. */
export function folderError(path: string, cause: unknown): ServerError {
  if (cause instanceof ServerError) return cause;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return new ServerError("folder-unusable", `${path} cannot be written to: ${REASONS[code] ?? message}.`, {
    next: "Check the folder's rights and the free space, or name another folder.",
    cause,
  });
}
