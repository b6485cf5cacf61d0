import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { causesOf, isServerError, ServerError } from "../../errors.ts";
import { reasonOf } from "../outage.ts";
import type { ThreadError } from "./messages.ts";

/** Numbers of Emscripten's file system, which throws objects that are no errors and have no message. */
const ERRNO: Readonly<Record<number, string>> = {
  2: "permission denied (EACCES)",
  19: "its quota is used up (EDQUOT)",
  22: "the file is larger than is allowed (EFBIG)",
  29: "the disk has a fault (EIO)",
  51: "no space left on device (ENOSPC)",
  63: "not permitted (EPERM)",
  69: "the file system is read-only (EROFS)",
};

/** Whatever PGlite throws, as plain data: errors, and Emscripten's `ErrnoError` and `ExitStatus`, which are none. */
export function describePgliteError(error: unknown): ThreadError {
  if (typeof error !== "object" || error === null) return { message: String(error), fields: {} };
  const { message, name, errno } = error as { message?: unknown; name?: unknown; errno?: unknown };
  const fields = Object.entries(error).filter(([field, value]) => {
    // The statement is with whoever asked.
    const kept = field !== "query" && field !== "message" && field !== "name";
    return kept && (typeof value === "string" || typeof value === "number");
  });
  const said = typeof message === "string" && message !== "" ? message : null;
  const numbered = typeof errno === "number" ? (ERRNO[errno] ?? `file system error ${errno}`) : null;
  return { message: said ?? numbered ?? `${name ?? "unknown error"}`, fields: Object.fromEntries(fields) };
}

const NO_ROOM = new Set<unknown>([19, 22, 51, "53100", "ENOSPC", "EDQUOT", "EFBIG"]);

/** Whether it failed for want of room: PostgreSQL's words and code, Emscripten's number, or the system's code. */
export function isDiskFull(error: unknown): boolean {
  for (const { code, errno, message } of causesOf(error)) {
    if (NO_ROOM.has(errno) || NO_ROOM.has(code)) return true;
    if (/no space left on device|file too large/i.test(`${message ?? ""}`)) return true;
  }
  return false;
}

/** Less than one file of PostgreSQL's log. */
const LITTLE_ROOM_BYTES = 16 << 20;

/** Where PGlite gives up for want of room it often says nothing but "Aborted()". */
export function hasLittleRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LITTLE_ROOM_BYTES;
  } catch {
    return false;
  }
}

/** Told when the built-in database in `folder` does not open. What is a ServerError stays what it is. */
export function openingError(folder: string, cause: unknown): ServerError {
  if (isServerError(cause)) return cause;
  if (isDiskFull(cause) || hasLittleRoom(dirname(folder)))
    return new ServerError("store-failed", `The database ${folder} does not open: the disk is full.`, {
      next: "Make room there, 100 MB or more, and try again. What was saved is not lost.",
      cause,
    });
  return new ServerError("store-failed", `The database ${folder} does not open: ${wordsOf(cause)}`, {
    next: RESTORE,
    cause,
  });
}

/** Told when rows of the database at `place` cannot be read. What is a ServerError stays what it is. */
export function readingError(place: string, cause: unknown): ServerError {
  if (isServerError(cause)) return cause;
  return new ServerError("store-failed", `${place} cannot be read: ${wordsOf(cause)}`, {
    next: RESTORE,
    cause,
  });
}

const RESTORE =
  "Its files may be damaged. Move them aside and restore the last backup: docs/operations.md, Restore.";

/** What an error says, or something that is thrown and is none. */
export function wordsOf(cause: unknown): string {
  return cause instanceof Error ? reasonOf(cause) : describePgliteError(cause).message;
}
