import type { Logger } from "pino";
import { ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { AppendResult, LogEntry } from "../store/document-log.ts";

/** One commit takes at most this much, so that no edit waits for a colleague's huge import. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 8 << 20;
/** Waits between attempts of a commit that the database refused. */
const RETRY_MS = [50, 200, 800];

export interface LogWriter {
  /**
   * Resolves once the entry is committed. Resolves and rejects in the order of the calls. Rejects with
   * "epoch-changed" when the layer moved on, with "store-failed" when the database gave up.
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
  commit: (batch: LogEntry[]) => Promise<AppendResult[]>,
  { log, metrics }: { log: Logger; metrics: Metrics },
): LogWriter {
  const queue: Waiting[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    // Everything that arrived in this turn of the event loop belongs to the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      const entries = batch.map((waiting) => waiting.entry);
      const results = await attempt(entries);
      batch.forEach((waiting, i) => {
        const result = results instanceof ServerError ? results : results[i]!;
        if (result instanceof ServerError) waiting.reject(result);
        else if (result === "stale") waiting.reject(stale(waiting.entry));
        else waiting.resolve(result);
      });
      // Let what hangs on these edits happen before the next commit takes the thread.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function attempt(entries: LogEntry[]): Promise<AppendResult[] | ServerError> {
    for (let tries = 0; ; tries++) {
      const end = metrics.commitSeconds.startTimer();
      try {
        const results = await commit(entries);
        end();
        metrics.batchSize.observe(entries.length);
        metrics.updates.inc(entries.length);
        metrics.updateBytes.inc(entries.reduce((sum, entry) => sum + entry.bytes.byteLength, 0));
        return results;
      } catch (cause) {
        const wait = RETRY_MS[tries];
        log.error({ err: cause, updates: entries.length, retryMs: wait }, "commit failed");
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
        queue.push({ entry, resolve, reject });
        running ??= run().finally(() => {
          running = null;
        });
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

function stale(entry: LogEntry): ServerError {
  return new ServerError(
    "epoch-changed",
    `The layer ${entry.layerId} is no longer at epoch ${entry.epoch}.`,
    {
      next: "Join the room of the layer's row.",
    },
  );
}
