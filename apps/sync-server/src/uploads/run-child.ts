import { fork } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImportFailure } from "./record.ts";

export interface ChildTask {
  /** Of the upload. */
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly imagesDir: string;
  readonly keepMetadata: boolean;
  readonly withAssociated: boolean;
  readonly sha256: string | null;
  /** Names of images that a process before imported already. */
  readonly done: readonly string[];
}

export type ChildMessage =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "image"; readonly name: string; readonly folder: string; readonly bytes: number }
  | { readonly type: "done"; readonly failures: readonly ImportFailure[] }
  | { readonly type: "failed"; readonly error: ImportFailure };

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));
const HEAP_MB = 768;
/** Nothing of the server's secrets. */
const ENVIRONMENT = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LD_LIBRARY_PATH", "SystemRoot"];
/** Below the server, which people wait for. */
const NICE = 5;
/** A file that keeps a decoder busy without an end. */
const STUCK_MS = 15 * 60_000;

export interface ChildRun {
  /** Resolves when the process is gone and half an image with it. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Starts a process that converts one upload. */
export function runChild(
  task: ChildTask,
  onMessage: (message: ChildMessage) => void | Promise<void>,
): ChildRun {
  const child = fork(CHILD, [], {
    execArgv: [`--max-old-space-size=${HEAP_MB}`, "--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]])),
  });
  const { pid } = child;
  if (pid !== undefined) {
    try {
      setPriority(pid, NICE);
    } catch {
      // Not allowed everywhere; the work is the same.
    }
  }
  let handled = Promise.resolve();
  let said = false;
  let last = Date.now();
  let stopped = false;
  const tell = (message: ChildMessage) => {
    said ||= message.type === "done" || message.type === "failed";
    handled = handled.then(() => onMessage(message));
  };
  child.on("message", (message) => {
    last = Date.now();
    tell(message as ChildMessage);
  });
  child.send(task, () => {});
  const watch = setInterval(() => {
    if (Date.now() - last > STUCK_MS) child.kill("SIGKILL");
  }, 10_000);
  watch.unref();

  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    // After the channel is empty, so that what was said last is heard.
    child.once("close", () => resolve());
  }).then(async () => {
    clearInterval(watch);
    if (pid !== undefined) await removeBuilding(task.imagesDir, pid);
    if (!said && !stopped) {
      tell({
        type: "failed",
        error: {
          code: "damaged",
          message: `${task.name}: reading it ended unexpectedly.`,
          next: "The file is damaged, or larger than what fits into memory: save it as a tiled TIFF or OME-Zarr.",
        },
      });
    }
    await handled;
  });
  return {
    ended,
    stop() {
      stopped = true;
      child.kill("SIGKILL");
    },
  };
}

const BUILDING = /^\.importing-(\d+)-/;

/** Removes what a process that is no more has left half-made; without `pid`, what any such has. */
export async function removeBuilding(imagesDir: string, pid?: number): Promise<void> {
  for (const name of await readdir(imagesDir).catch(() => [])) {
    const owner = Number(BUILDING.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(owner) || (pid === undefined ? isAlive(owner) : owner !== pid)) continue;
    await rm(join(imagesDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
