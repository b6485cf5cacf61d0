import { type ChildProcess, fork } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Failure, FromWorker, Results, Settings, Task, ToWorker } from "./messages.ts";

/** The worker's process is gone: the work may be done again by another one. */
export class WorkerGone extends Error {
  override readonly name = "WorkerGone";
}

/** The worker says no: doing the work again gives the same. */
export class WorkRefused extends Error {
  override readonly name = "WorkRefused";
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface LaneOptions {
  readonly settings: Settings;
  /** The process is ended above this, bytes; Linux alone says how much it has. */
  readonly memoryBytes: number;
  /** Reads for an image that was given work on; see `pixels.ts`. */
  readonly fetch: (image: string, request: Request) => Promise<Response>;
  readonly onNote: (message: string) => void;
  /** The process ended, with why; not called after `close`. */
  readonly onGone: (reason: string) => void;
  /** For tests: another program than the worker. */
  readonly program?: string;
}

interface Running {
  resolve(result: never): void;
  reject(error: unknown): void;
}

const PROGRAM = fileURLToPath(new URL("./worker.ts", import.meta.url));
const HEAP_MB = 1024;
/** Nothing of the server's secrets. CUDA's libraries are found by the last ones. */
const ENVIRONMENT = /^(PATH|HOME|TMPDIR|TEMP|TMP|LANG|LD_LIBRARY_PATH|SystemRoot|CUDA_\w+|NVIDIA_\w+)$/;
/** Below the server, which people wait for. */
const NICE = 5;
const WATCH_MS = 250;
/** One answer to the worker may have this many bytes: a chunk, or a piece of a file. */
const MAX_BODY = 96 * 2 ** 20;

/** One process that works, and what it works on. */
export class Lane {
  readonly #child: ChildProcess;
  readonly #options: LaneOptions;
  readonly #running = new Map<number, Running>();
  readonly #fetches = new Map<number, AbortController>();
  readonly #watch: NodeJS.Timeout;
  #nextId = 1;
  #reason = "it ended by itself";
  #gone = false;
  #closed: Promise<void>;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#child = fork(options.program ?? PROGRAM, [], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`, "--disable-warning=ExperimentalWarning"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name))),
    });
    const { pid } = this.#child;
    if (pid !== undefined) void this.#meekly(pid);
    this.#child.on("message", (message) => this.#hear(message as FromWorker));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    const end = (reason: string) => {
      resolve();
      this.#end(reason);
    };
    this.#child.once("error", (error) => end(error.message));
    this.#child.once("exit", (code, signal) =>
      end(signal ? `it was ended by ${signal}` : `it ended with ${code}`),
    );
    this.#watch = setInterval(() => void this.#measure(), WATCH_MS);
    this.#watch.unref();
    this.#send({ type: "settings", settings: options.settings });
    this.#hold();
  }

  /** While nothing is worked on, neither the process nor its channel keeps this one from ending. */
  #hold(): void {
    const hold = this.#running.size > 0 ? "ref" : "unref";
    this.#child[hold]();
    this.#child.channel?.[hold]();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects with WorkRefused, WorkerGone, or the signal's reason. */
  run<Work extends Task>(task: Work, signal?: AbortSignal): Promise<Results[Work["kind"]]> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(new WorkerGone(this.#reason));
      if (signal?.aborted) return reject(signal.reason);
      const id = this.#nextId++;
      const onAbort = () => {
        this.#take(id);
        this.#send({ type: "cancel", id });
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const settled = () => signal?.removeEventListener("abort", onAbort);
      this.#running.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#hold();
      this.#send({ type: "work", id, task });
    });
  }

  /** Ends the process; what it worked on rejects with WorkerGone. */
  kill(reason: string): void {
    this.#reason = reason;
    this.#child.kill("SIGKILL");
  }

  async close(): Promise<void> {
    this.#gone = true;
    this.#child.ref();
    this.#child.kill("SIGKILL");
    await this.#closed;
    this.#settleAll(new WorkerGone("the server stops"));
  }

  #hear(message: FromWorker): void {
    if (message.type === "done") this.#take(message.id)?.resolve(message.result as never);
    else if (message.type === "failed") this.#take(message.id)?.reject(new WorkRefused(message.error));
    else if (message.type === "note") this.#options.onNote(message.message);
    else if (message.type === "fetch") void this.#answer(message);
    else if (message.type === "fetch-cancel") this.#fetches.get(message.id)?.abort();
  }

  async #answer({ id, image, url, method, headers }: Extract<FromWorker, { type: "fetch" }>): Promise<void> {
    const abort = new AbortController();
    this.#fetches.set(id, abort);
    try {
      const init = {
        method,
        headers: headers.map(([k, v]): [string, string] => [k, v]),
        signal: abort.signal,
      };
      const response = await this.#options.fetch(image, new Request(url, init));
      const { status } = response;
      const body = method === "HEAD" ? null : await bodyOf(response);
      this.#send({ type: "answer", id, status, headers: [...response.headers], body });
    } catch (error) {
      this.#send({ type: "unanswered", id, message: (error as Error).message });
    } finally {
      this.#fetches.delete(id);
    }
  }

  #send(message: ToWorker): void {
    // Without a callback a channel that closed meanwhile would throw; `exit` tells what is to know.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #take(id: number): Running | undefined {
    const running = this.#running.get(id);
    this.#running.delete(id);
    this.#hold();
    return running;
  }

  #end(reason: string): void {
    clearInterval(this.#watch);
    if (this.#gone) return;
    this.#gone = true;
    if (this.#reason === "it ended by itself") this.#reason = reason;
    for (const fetch of this.#fetches.values()) fetch.abort();
    this.#settleAll(new WorkerGone(this.#reason));
    this.#options.onGone(this.#reason);
  }

  #settleAll(error: Error): void {
    for (const { reject } of this.#running.values()) reject(error);
    this.#running.clear();
  }

  /** Runs after the server, and is what a system that is short of memory ends first. */
  async #meekly(pid: number): Promise<void> {
    try {
      setPriority(pid, NICE);
    } catch {
      // Not allowed everywhere; the work is the same.
    }
    await writeFile(`/proc/${pid}/oom_score_adj`, "500").catch(() => {});
  }

  async #measure(): Promise<void> {
    const text = await readFile(`/proc/${this.pid}/statm`, "utf8").catch(() => null);
    const pages = Number(text?.split(" ")[1] ?? 0);
    if (pages * 4096 <= this.#options.memoryBytes || this.#gone) return;
    this.kill(`it needed more than ${Math.round(this.#options.memoryBytes / 2 ** 20)} MiB of memory`);
  }
}

async function bodyOf(response: Response): Promise<Uint8Array | null> {
  if (!response.body) return null;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.byteLength;
    if (size > MAX_BODY) throw new Error(`more than ${MAX_BODY / 2 ** 20} MiB at once`);
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts));
}
