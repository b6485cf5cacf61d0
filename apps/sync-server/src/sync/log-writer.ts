import type { Logger } from "pino";
import { isServerError, ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { AppendResult, LogEntry } from "../store/document-log.ts";

/** One commit takes at most this much, so that no edit waits for a colleague's huge import. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 8 << 20;
/** What may wait for the database in all: with a stalled one, memory must not grow with everybody's patience. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 64 << 20;
/** Waits between attempts of a commit that the database refused. */
const RETRY_MS = [50, 200, 800];

export interface LogWriter {
  /**
   * Resolves once the entry is committed. Resolves and rejects in the order of the calls. Rejects with
   * "epoch-changed" when the layer moved on, with "store-failed" when the database gave up or too much waits for it.
   * After a failure everything that waits for the same document fails too: it would leave a hole in the log.
   */
  append(entry: LogEntry): Promise<{ sequence: number }>;
  /** Resolves when everything appended so far is settled. */
  idle(): Promise<void>;
}

interface Waiting {
  entry: LogEntry;
  resolve(result: { sequence: number }): void;
  reject(error: ServerError): void;
}

/** Group commit: whatever arrives while one commit runs goes into the next one together. */
export function createLogWriter(
  commit: (batch: LogEntry[], again: boolean) => Promise<AppendResult[]>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): LogWriter {
  const queue: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    // Everything that arrived in this turn of the event loop belongs to the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (queue.length > 0) await commitNext();
    } finally {
      // In the same breath: what comes between the last look and this would wait for somebody else's edit.
      running = null;
    }
  }

  async function commitNext(): Promise<void> {
    const batch = takeBatch(queue);
    const entries = batch.map((waiting) => waiting.entry);
    const results = await attempt(entries);
    for (const entry of entries) waitingBytes -= entry.bytes.byteLength;
    batch.forEach((waiting, i) => {
      const result = results instanceof ServerError ? results : results[i]!;
      if (result instanceof ServerError) waiting.reject(result);
      else if (result === "stale") waiting.reject(stale(waiting.entry));
      else waiting.resolve(result);
    });
    if (results instanceof ServerError) failDependants(entries, results);
  }

  function failDependants(failed: readonly LogEntry[], error: ServerError): void {
    const documents = new Set(failed.map(documentOf));
    const dependants = queue.filter((waiting) => documents.has(documentOf(waiting.entry)));
    const others = queue.filter((waiting) => !documents.has(documentOf(waiting.entry)));
    queue.splice(0, queue.length, ...others);
    for (const { entry, reject } of dependants) {
      waitingBytes -= entry.bytes.byteLength;
      reject(error);
    }
  }

  async function attempt(entries: LogEntry[]): Promise<AppendResult[] | ServerError> {
    for (let tries = 0; ; tries++) {
      const end = metrics.commitSeconds.startTimer();
      try {
        const results = await commit(entries, tries > 0);
        end();
        metrics.batchSize.observe(entries.length);
        metrics.updates.inc(entries.length);
        metrics.updateBytes.inc(entries.reduce((sum, entry) => sum + entry.bytes.byteLength, 0));
        return results;
      } catch (cause) {
        const wait = isServerError(cause, "data-busy") ? undefined : RETRY_MS[tries];
        log.error({ err: reasonOf(cause), updates: entries.length, retryMs: wait }, "commit failed");
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
        if (queue.length >= MAX_WAITING || waitingBytes + entry.bytes.byteLength > MAX_WAITING_BYTES) {
          const error = new ServerError("store-failed", "Too many edits wait for the database.", {
            next: "It is too slow, or does not answer: look at its log.",
          });
          // Nothing of this document may be written behind what was turned away.
          failDependants([entry], error);
          return reject(error);
        }
        waitingBytes += entry.bytes.byteLength;
        queue.push({ entry, resolve, reject });
        running ??= run();
      });
    },
    async idle() {
      while (running) await running;
    },
  };
}

function takeBatch(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < MAX_BATCH) {
    bytes += queue[count]!.entry.bytes.byteLength;
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count++;
  }
  return queue.splice(0, count);
}

const documentOf = ({ layerId, epoch }: LogEntry) => `${epoch}/${layerId}`;

/** What the database said; the wrapper around it repeats the statement with all its parameters. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
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
