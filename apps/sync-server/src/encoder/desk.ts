import type { Logger } from "pino";
import { ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { Lane, type LaneOptions, WorkerGone, WorkRefused } from "./lane.ts";
import type { Encoded, EncodeTask, Results, Settings, Task } from "./messages.ts";
import { type Ask, EncodeQueue, type Entry, type QueueLimits } from "./queue.ts";

export interface DeskOptions {
  readonly workers: number;
  readonly settings: Settings;
  readonly memoryBytes: number;
  readonly limits: QueueLimits;
  /** Of one region, reading included. */
  readonly limitMs: number;
  readonly fetch: LaneOptions["fetch"];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly program?: string;
}

type EncodeEntry = Entry<EncodeTask, Encoded>;

interface Seat {
  lane: Lane | null;
  running: Set<EncodeEntry>;
  /** Ends in a row, without any work done between. */
  failures: number;
  notBefore: number;
  lastReason: string;
}

/** While one region is encoded the next ones are read … */
const AT_ONCE = 4;
/** … this many of one image, and for one person, as a place that is slow to read must leave room for others … */
const OF_ONE = 2;
/** … but no more than this many that nobody waits for: a click must find a free place. */
const LAZY_AT_ONCE = 1;
/** A crash is retried once, then it is the region's, or the model's, fault. */
const ATTEMPTS = 2;
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** Ends in a row after which people are told instead of kept waiting. */
const HOPELESS = 3;
const ERRAND_MS = 60_000;
/** A worker that does not even stop when told has this long. */
const GRACE_MS = 3_000;

/** Gives what waits to processes that work, and starts them again when they end. */
export class EncodeDesk {
  readonly queue: EncodeQueue<EncodeTask, Encoded>;
  readonly #options: DeskOptions;
  readonly #seats: Seat[];
  readonly #recent: number[] = [];
  #closed = false;
  #pumping = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.queue = new EncodeQueue(options.limits);
    this.#seats = Array.from({ length: options.workers }, () => ({
      lane: null,
      running: new Set<EncodeEntry>(),
      failures: 0,
      notBefore: 0,
      lastReason: "",
    }));
  }

  /** The middle of what encodes took lately, ms; null before the first. */
  get typicalMs(): number | null {
    const sorted = [...this.#recent].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }

  /** For tests that end a worker. */
  get pids(): number[] {
    return this.#seats.flatMap(({ lane }) => lane?.pid ?? []);
  }

  encode(ask: Ask<EncodeTask>): { joined: boolean; result: Promise<Encoded> } {
    const refusal = this.#refusal();
    if (refusal) return { joined: false, result: Promise.reject(refusal) };
    const asked = this.queue.ask(ask);
    this.#pump();
    return asked;
  }

  /** Short work that reads little, beside what is queued. */
  async errand<Work extends Task>(task: Work): Promise<Results[Work["kind"]]> {
    for (let attempt = 1; ; attempt++) {
      const refusal = this.#refusal();
      if (refusal) throw refusal;
      const seat = this.#seats.find(({ lane }) => lane) ?? this.#startable();
      if (!seat) throw this.#unavailable();
      const signal = AbortSignal.timeout(ERRAND_MS);
      try {
        return await this.#laneOf(seat).run(task, signal);
      } catch (error) {
        if (signal.aborted) throw timedOut("Reading the image");
        if (!(error instanceof WorkerGone) || attempt >= ATTEMPTS || this.#closed) throw explain(error);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, seat.notBefore - Date.now())));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const error = new ServerError("encoder-unavailable", "The server stops.", {
      next: "Try again in a moment.",
    });
    for (const entry of this.queue.all()) this.queue.settle(entry, { error });
    await Promise.all(this.#seats.map(({ lane }) => lane?.close()));
  }

  #pump(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    try {
      for (;;) {
        const seat = this.#free();
        if (!seat) return;
        const lazy = [...seat.running].filter((entry) => this.queue.purposeOf(entry) === "prefetch").length;
        const entry = this.queue.take(lazy >= LAZY_AT_ONCE ? "hover" : "prefetch", this.#leavesRoom());
        if (!entry) return;
        void this.#work(seat, entry);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Whether one more region leaves places for other images and other people. */
  #leavesRoom(): (entry: EncodeEntry) => boolean {
    const most = OF_ONE * this.#seats.length;
    const images = new Map<string, number>();
    const people = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) =>
      counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { running } of this.#seats)
      for (const { job, waiters } of running) {
        count(images, job.image.key);
        for (const userId of new Set([...waiters].map((waiter) => waiter.userId))) count(people, userId);
      }
    return ({ job, waiters }) =>
      (images.get(job.image.key) ?? 0) < most &&
      [...waiters].some(({ userId }) => (people.get(userId) ?? 0) < most);
  }

  /** The seat with the least to do. */
  #free(): Seat | null {
    const now = Date.now();
    const free = this.#seats.filter(
      ({ running, lane, notBefore }) => running.size < AT_ONCE && (lane !== null || notBefore <= now),
    );
    return free.sort((a, b) => a.running.size - b.running.size)[0] ?? null;
  }

  #startable(): Seat | null {
    return this.#seats.find(({ notBefore }) => notBefore <= Date.now()) ?? null;
  }

  async #work(seat: Seat, entry: EncodeEntry): Promise<void> {
    const { limitMs, metrics } = this.#options;
    const start = performance.now();
    const limit = new AbortController();
    let lane: Lane;
    try {
      lane = this.#laneOf(seat);
    } catch (error) {
      // No process could be made: out of memory or of process ids.
      this.queue.settle(entry, { error: explain(error) });
      return;
    }
    seat.running.add(entry);
    const timer = setTimeout(() => {
      limit.abort(timedOut("Looking at the region"));
      void killUnlessItHears(lane);
    }, limitMs);
    timer.unref();
    try {
      const result = await lane.run(entry.job, AbortSignal.any([entry.abort.signal, limit.signal]));
      seat.failures = 0;
      this.#note(performance.now() - start);
      metrics.encodeSeconds.observe({ part: "read" }, result.readMs / 1000);
      metrics.encodeSeconds.observe({ part: "encode" }, result.encodeMs / 1000);
      this.queue.settle(entry, { result });
    } catch (error) {
      if (error instanceof WorkerGone && entry.attempts < ATTEMPTS && !this.#closed)
        this.queue.putBack(entry);
      else if (entry.abort.signal.aborted) metrics.encodes.inc({ outcome: "cancelled" });
      else {
        metrics.encodes.inc({ outcome: "failed" });
        this.queue.settle(entry, { error: limit.signal.aborted ? limit.signal.reason : explain(error) });
      }
    } finally {
      clearTimeout(timer);
      seat.running.delete(entry);
      this.#pump();
    }
  }

  #laneOf(seat: Seat): Lane {
    const { settings, memoryBytes, fetch, log, metrics, program } = this.#options;
    seat.lane ??= new Lane({
      settings,
      memoryBytes,
      fetch,
      ...(program ? { program } : {}),
      onNote: (note) => log.warn({ note }, "encoder"),
      onGone: (reason) => {
        seat.lane = null;
        seat.lastReason = reason;
        const wait = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** seat.failures++);
        seat.notBefore = Date.now() + wait;
        metrics.encoderCrashes.inc();
        log.error({ reason, wait }, "the encoder's process ended; it is started again");
        const refusal = this.#refusal();
        if (refusal) {
          for (const entry of this.queue.all())
            if (!entry.running) this.queue.settle(entry, { error: refusal });
        }
        setTimeout(() => this.#pump(), wait + 1).unref();
      },
    });
    return seat.lane;
  }

  /** Told to whoever asks while no process stays alive; after the wait one of them finds out whether it does. */
  #refusal(): ServerError | null {
    if (this.#closed) return this.#unavailable();
    const now = Date.now();
    const hopeless = this.#seats.every(
      ({ lane, failures, notBefore }) => lane === null && failures >= HOPELESS && notBefore > now,
    );
    return hopeless ? this.#unavailable() : null;
  }

  #unavailable(): ServerError {
    const reason = this.#seats.map(({ lastReason }) => lastReason).find(Boolean);
    return new ServerError("encoder-unavailable", `The encoder does not run${reason ? `: ${reason}` : ""}.`, {
      next: "Try again in half a minute; if it stays, the server's log says more.",
    });
  }

  #note(ms: number): void {
    this.#recent.push(ms);
    if (this.#recent.length > 32) this.#recent.shift();
  }
}

/** It is told to stop; one that computes on and on cannot hear it. */
async function killUnlessItHears(lane: Lane): Promise<void> {
  const patience = AbortSignal.timeout(GRACE_MS);
  await lane.run({ kind: "ping" }, patience).catch(() => {
    if (patience.aborted) lane.kill("it did not stop when it was told");
  });
}

const timedOut = (what: string) =>
  new ServerError("encode-timeout", `${what} took too long.`, {
    next: "Try again; where it stays, the place that the image comes from may be slow.",
  });

function explain(error: unknown): unknown {
  if (error instanceof WorkerGone) {
    return new ServerError(
      "encode-failed",
      `The encoder's process ended while it worked: ${error.message}.`,
      {
        next: "Try another place or model; the server's log says more.",
        cause: error,
      },
    );
  }
  if (!(error instanceof WorkRefused)) return error;
  const { code, message, next } = error.failure;
  const more = { ...(next ? { next } : {}), cause: error };
  if (code.startsWith("source-")) return new ServerError("image-unreadable", message, more);
  // The runtime's library is missing, or not made for this machine.
  if (/^ERR_|MODULE_NOT_FOUND/.test(code)) {
    return new ServerError("encoder-unavailable", `The runtime for networks cannot be loaded: ${message}`, {
      next: "Install onnxruntime-node for this machine (`npm start` does), or use private mode.",
      cause: error,
    });
  }
  if (/^(weights|bad-manifest)/.test(code)) return new ServerError("model-unavailable", message, more);
  return new ServerError("encode-failed", `The region could not be looked at: ${message}`, {
    next: "Try again; the server's log says more.",
    ...more,
  });
}
