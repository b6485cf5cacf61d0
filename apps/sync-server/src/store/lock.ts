import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "../errors.ts";
import { folderError, makeFolder } from "../folders.ts";

/** Locks held by this process, so that its own pid in a file is not mistaken for an earlier life's. */
const held = new Set<string>();

/**
 * Takes `dir` for this process: PGlite has no guard of its own, and two writers would ruin the database.
 * A lock left by a killed process is taken over. Returns the release; throws ServerError "data-busy" or "folder-unusable".
 */
export function lockDataDir(dir: string): () => void {
  makeFolder(dir);
  const file = join(dir, "lock");
  if (held.has(file)) throw busy(dir, process.pid);
  if (take(file, dir)) takeOver(file, dir);
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

/** What file systems without hard links say. */
const NO_LINKS = /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EINVAL)$/;

/** True where the file is there, of a process that is gone; false where it is ours now. Throws "data-busy". */
function take(file: string, dir: string): boolean {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  const draft = `${file}.${process.pid}`;
  try {
    // Written elsewhere first: nobody may find it half written, and take it for an earlier life's.
    writeFileSync(draft, mine);
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!NO_LINKS.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
      writeFileSync(file, mine, { flag: "wx" });
    } finally {
      rmSync(draft, { force: true });
    }
    return false;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw folderError(dir, cause);
    const owner = readOwner(file);
    // Let go between the attempt and the look: nobody's, and not an earlier life's either.
    if (owner === "gone") return take(file, dir);
    if (owner !== "unreadable" && isRunning(owner)) throw busy(dir, owner.pid);
    return true;
  }
}

/**
 * Of several that found an earlier life's lock at once, one alone may remove it, and looks again before: a second
 * one would remove the first one's.
 */
function takeOver(file: string, dir: string): void {
  const taking = `${file}.taking`;
  if (take(taking, dir)) {
    // Whoever was here ended within these few lines.
    rmSync(taking, { force: true });
    if (take(taking, dir)) throw busy(dir, pidIn(taking));
  }
  try {
    if (!take(file, dir)) return;
    rmSync(file, { force: true });
    if (take(file, dir)) throw busy(dir, pidIn(file));
  } finally {
    rmSync(taking, { force: true });
  }
}

interface Owner {
  pid: number;
  /** Kernel start time of the process, so that a reused pid is recognised; "" where unknown. */
  started: string;
}

function readOwner(file: string): Owner | "gone" | "unreadable" {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, "utf8")) as Partial<Owner>;
    return typeof pid === "number"
      ? { pid, started: typeof started === "string" ? started : "" }
      : "unreadable";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "unreadable";
  }
}

function pidIn(file: string): number {
  const owner = readOwner(file);
  return typeof owner === "string" ? process.pid : owner.pid;
}

function isRunning(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const started = startOf(owner.pid);
  if (started !== "" && owner.started !== "") return started === owner.started;
  // Without /proc our own pid can only be an earlier process's: we would hold the lock otherwise.
  return owner.pid !== process.pid;
}

/** Field 22 of /proc/<pid>/stat; "" where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function busy(dir: string, pid: number): ServerError {
  return new ServerError("data-busy", `${dir} is already used by another Coscope (process ${pid}).`, {
    next: "Stop that one, or start this one with another folder: --data DIR.",
  });
}
