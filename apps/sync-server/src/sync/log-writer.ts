import type { Logger } from "pino";
import { causesOf, isServerError, ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { Appended, AppendResult, LogEntry } from "../store/document-log.ts";
import { isOutage, outageOf } from "../store/outage.ts";
import { FairQueue, type Queued } from "./fair-queue.ts";

/**
 * One commit takes at most this much, so that no edit waits for a colleague's huge import, and what is sent to everybody
 * in one go after it finds room in the sockets of those who read.
 */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 2 << 20;
/**
 * What may wait for the database in all: with a stalled one, memory must not grow with everybody's patience. One user may
 * have half of what the others leave, so a third alone, and there is always as much again for whoever comes next.
 */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 64 << 20;
/** Who has used half of that is read from in pauses of this length. */
const REST_MS = 250;
/** Waits between attempts of a commit that the database refused. */
const RETRY_MS = [50, 200, 800];

export interface LogWriter {
  /**
   * Resolves once the entry is committed. Resolves and rejects in the order of the calls for one document; of different
   * ones users take turns. Rejects with "epoch-changed" when the layer moved on, with "store-failed" when the database
   * gave up. After a failure everything that waits for the same document fails too: it would leave a hole in the log.
   */
  append(entry: LogEntry): Promise<{ sequence: number }>;
  /**
   * Whether so much more of this user's may wait for the database. To be asked before an edit is accepted: what was
   * accepted is never turned away, so that one user's flood is nobody else's trouble.
   */
  hasRoomFor(userId: string, bytes: number): boolean;
  /** How long to read nothing from a user of whom much waits already, in ms. */
  restMs(userId: string): number;
  /** Resolves when everything appended so far is settled. */
  idle(): Promise<void>;
}

interface Waiting extends Queued {
  entry: LogEntry;
  resolve(result: { sequence: number }): void;
  reject(error: ServerError): void;
}

/** Group commit: whatever arrives while one commit runs goes into the next one together. */
export function createLogWriter(
  commit: (batch: LogEntry[], again: boolean) => Promise<Appended>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): LogWriter {
  const queue = new FairQueue<Waiting>();
  const backlog = new Backlog();
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      while (!queue.isEmpty) {
        // Everything that arrived in this turn of the event loop belongs to one batch; and between two of them sockets
        // are read and written, however quick a commit is.
        await new Promise((resolve) => setImmediate(resolve));
        await commitNext();
      }
    } finally {
      // In the same breath: what comes between the last look and this would wait for somebody else's edit.
      running = null;
    }
  }

  async function commitNext(): Promise<void> {
    const batch = queue.take(MAX_BATCH, MAX_BATCH_BYTES);
    const entries = batch.map((waiting) => waiting.entry);
    const appended = await attempt(entries);
    const leave = () => {
      for (const waiting of batch) backlog.remove(waiting);
    };
    if (appended instanceof ServerError || !appended.stored) leave();
    else void appended.stored.then(leave);
    batch.forEach((waiting, i) => {
      const result: AppendResult | ServerError =
        appended instanceof ServerError ? appended : appended.results[i]!;
      if (result instanceof ServerError) waiting.reject(result);
      else if (result === "stale") waiting.reject(stale(waiting.entry));
      else waiting.resolve(result);
    });
    if (!(appended instanceof ServerError)) return;
    for (const document of new Set(batch.map((waiting) => waiting.document)))
      for (const waiting of queue.takeDocument(document)) {
        backlog.remove(waiting);
        waiting.reject(appended);
      }
  }

  async function attempt(entries: LogEntry[]): Promise<Appended | ServerError> {
    for (let tries = 0; ; tries++) {
      const end = metrics.commitSeconds.startTimer();
      try {
        const appended = await commit(entries, tries > 0);
        end();
        if (tries > 0) outageOf(log).over();
        metrics.batchSize.observe(entries.length);
        metrics.updates.inc(entries.length);
        metrics.updateBytes.inc(entries.reduce((sum, entry) => sum + entry.bytes.byteLength, 0));
        return appended;
      } catch (cause) {
        const wait = isServerError(cause, "data-busy") ? undefined : RETRY_MS[tries];
        if (isOutage(cause)) outageOf(log).tell(cause, "commit");
        else {
          // What the database said: the wrapper around it repeats the statement with all its parameters.
          const err = [...causesOf(cause)].at(-1);
          log.error({ err, updates: entries.length, retryMs: wait }, "commit failed");
        }
        if (wait === undefined) {
          metrics.commitFailures.inc();
          return new ServerError("store-failed", "The database did not take the edit.", {
            next: "Check the free space and the log of the server.",
            cause,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  return {
    append(entry) {
      return new Promise((resolve, reject) => {
        const { userId, layerId, epoch, bytes } = entry;
        const waiting = {
          userId,
          document: `${epoch}/${layerId}`,
          size: bytes.byteLength,
          entry,
          resolve,
          reject,
        };
        backlog.add(waiting);
        queue.push(waiting);
        running ??= run();
      });
    },
    hasRoomFor: (userId, bytes) => backlog.shareUsed(userId, bytes) <= 1,
    restMs: (userId) => (backlog.shareUsed(userId, 0) > 0.5 ? REST_MS : 0),
    async idle() {
      while (running) await running;
    },
  };
}

/** What waits, is being committed, or is in the journal and not in the database yet; by user. */
class Backlog {
  readonly #all = { updates: 0, bytes: 0 };
  readonly #byUser = new Map<string, { updates: number; bytes: number }>();

  add({ userId, size }: Queued): void {
    const own = this.#byUser.get(userId) ?? { updates: 0, bytes: 0 };
    this.#byUser.set(userId, own);
    for (const sum of [this.#all, own]) {
      sum.updates++;
      sum.bytes += size;
    }
  }

  remove({ userId, size }: Queued): void {
    const own = this.#byUser.get(userId)!;
    for (const sum of [this.#all, own]) {
      sum.updates--;
      sum.bytes -= size;
    }
    if (own.updates === 0) this.#byUser.delete(userId);
  }

  /** The part of what this user may have waiting that one more update of `bytes` would take; above 1 it is too much. */
  shareUsed(userId: string, bytes: number): number {
    const own = this.#byUser.get(userId) ?? { updates: 0, bytes: 0 };
    const share = (used: number, all: number, more: number, most: number) =>
      all + more > most ? Number.POSITIVE_INFINITY : (2 * (used + more)) / (most - all - more);
    return Math.max(
      share(own.updates, this.#all.updates, 1, MAX_WAITING),
      share(own.bytes, this.#all.bytes, bytes, MAX_WAITING_BYTES),
    );
  }
}

function stale(entry: LogEntry): ServerError {
  return new ServerError(
    "epoch-changed",
    `The layer ${entry.layerId} is no longer at epoch ${entry.epoch}.`,
    {
      next: "Join the room of the layer's row.",
    },
  );
}
