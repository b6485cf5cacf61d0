import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "../errors.ts";

/** Locks held by this process, so that its own pid in a file is not mistaken for an earlier life's. */
const held = new Set<string>();

/**
 * Takes `dir` for this process: PGlite has no guard of its own, and two writers would ruin the database.
 * A lock left by a killed process is taken over. Returns the release; throws ServerError "data-busy".
 */
export function lockDataDir(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "lock");
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, mine, { flag: "wx" });
      break;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 2) throw unusable(dir, cause);
      const owner = readOwner(file);
      if (held.has(file) || (owner && isRunning(owner))) throw busy(dir, owner?.pid ?? process.pid);
      rmSync(file, { force: true });
    }
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

interface Owner {
  pid: number;
  /** Kernel start time of the process, so that a reused pid is recognised; "" where unknown. */
  started: string;
}

function readOwner(file: string): Owner | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, "utf8")) as Partial<Owner>;
    return typeof pid === "number" ? { pid, started: typeof started === "string" ? started : "" } : null;
  } catch {
    return null;
  }
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

function unusable(dir: string, cause: unknown): ServerError {
  return new ServerError("data-busy", `${dir} cannot be written to: ${(cause as Error).message}`, {
    next: "Check the folder's rights and the free space, or choose another with --data DIR.",
    cause,
  });
}
