import { Worker } from "node:worker_threads";
import { type ChunkAddress, chunkPath } from "./chunk-address.ts";

interface Job {
  readonly id: number;
  readonly address: ChunkAddress;
  /** Chunks of one place share most of their work: the thread that has it gets the next one too. */
  readonly place: string;
  readonly finer: readonly Uint8Array[];
  waiting: number;
  readonly promise: Promise<Uint8Array>;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  job: Job | null;
  lastPlace: string;
}

export interface ChunkRequest {
  readonly id: number;
  readonly address: ChunkAddress;
  /** For the coarsest labels: the four chunks of the next finer level, in reading order. Else empty. */
  readonly finer: readonly Uint8Array[];
}

export interface ChunkReply {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly error?: string;
}

/**
 * Computes chunks on worker threads, so that the server's event loop never
 * waits for pixels. Equal requests share one computation; one that nobody
 * waits for any more is dropped while it is still queued.
 */
export class ChunkPool {
  readonly #threads: Thread[] = [];
  readonly #queue: Job[] = [];
  readonly #jobs = new Map<string, Job>();
  readonly #size: number;
  #nextId = 1;
  #closed = false;

  constructor(threads: number) {
    this.#size = threads;
  }

  /**
   * The chunk's bytes, little endian; `finer` as in `ChunkRequest`. Rejects with
   * the signal's reason when it is aborted, and when the pool is closed.
   */
  async chunk(
    address: ChunkAddress,
    finer: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    if (this.#closed) throw new Error("The demo slide is closed.");
    signal?.throwIfAborted();
    const key = chunkPath(address);
    let job = this.#jobs.get(key);
    if (!job) {
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
      // Every waiter may have left by the time it settles.
      promise.catch(() => {});
      const place = `${address.of}/${address.level}/${address.y}/${address.x}`;
      job = { id: this.#nextId++, address, place, finer, waiting: 0, promise, resolve, reject };
      this.#jobs.set(key, job);
      this.#queue.push(job);
      this.#dispatch();
    }
    return this.#wait(job, key, signal);
  }

  async #wait(job: Job, key: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    job.waiting++;
    if (!signal) return job.promise;
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const onAbort = (): void => {
      job.waiting--;
      const queued = this.#queue.indexOf(job);
      if (job.waiting === 0 && queued >= 0) {
        this.#queue.splice(queued, 1);
        this.#jobs.delete(key);
      }
      aborted.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([job.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const error = new Error("The demo slide is closed.");
    for (const job of this.#jobs.values()) job.reject(error);
    this.#jobs.clear();
    this.#queue.length = 0;
    await Promise.all(this.#threads.map((thread) => thread.worker.terminate()));
    this.#threads.length = 0;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      let thread = this.#threads.find((candidate) => candidate.job === null);
      if (!thread && this.#threads.length < this.#size) thread = this.#start();
      if (!thread) return;
      const idle = this.#threads.filter((candidate) => candidate.job === null);
      // First a job whose place an idle thread already knows, else one that nobody is at.
      for (const candidate of idle) {
        if (this.#queue.some((job) => job.place === candidate.lastPlace)) thread = candidate;
      }
      const busy = new Set(this.#threads.filter((t) => t.job !== null).map((t) => t.lastPlace));
      let index = this.#queue.findIndex((job) => job.place === thread.lastPlace);
      if (index < 0) index = this.#queue.findIndex((job) => !busy.has(job.place));
      if (index < 0) index = 0;
      const [job] = this.#queue.splice(index, 1);
      thread.job = job!;
      thread.lastPlace = job!.place;
      thread.worker.postMessage({
        id: job!.id,
        address: job!.address,
        finer: job!.finer,
      } satisfies ChunkRequest);
    }
  }

  #start(): Thread {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    worker.unref();
    const thread: Thread = { worker, job: null, lastPlace: "" };
    worker.on("message", (reply: ChunkReply) => {
      const job = thread.job;
      thread.job = null;
      if (job && job.id === reply.id) {
        this.#jobs.delete(chunkPath(job.address));
        if (reply.bytes) job.resolve(reply.bytes);
        else job.reject(new Error(reply.error ?? "The demo slide could not be computed."));
      }
      this.#dispatch();
    });
    worker.on("error", (error) => this.#lost(thread, error));
    this.#threads.push(thread);
    return thread;
  }

  /** A thread that died takes its chunk with it; the next request starts another thread. */
  #lost(thread: Thread, error: Error): void {
    const index = this.#threads.indexOf(thread);
    if (index >= 0) this.#threads.splice(index, 1);
    if (thread.job) {
      this.#jobs.delete(chunkPath(thread.job.address));
      thread.job.reject(error);
    }
    if (!this.#closed) this.#dispatch();
  }
}
