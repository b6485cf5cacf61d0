import { Worker } from "node:worker_threads";
import type { Reply, Request, Statement } from "./messages.ts";

/** As much of PGlite's interface as Drizzle and the migrations use. */
export interface PgliteClient {
  query<Row>(text: string, params?: unknown[], options?: PgliteQueryOptions): Promise<PgliteResult<Row>>;
  exec(text: string): Promise<void>;
  transaction<Result>(use: (tx: Pick<PgliteClient, "query">) => Promise<Result>): Promise<Result>;
  /** Resolves when the database is closed and its thread is gone; transactions that have begun are finished first. */
  close(): Promise<void>;
  /** For tests: the thread ends, wherever it is. */
  endThread(): Promise<void>;
}

export interface PgliteQueryOptions {
  readonly rowMode?: "array" | "object";
  /** Drizzle's, which leave values as they are; their functions cannot go to another thread. */
  readonly parsers?: Readonly<Record<number, unknown>>;
}

export interface PgliteResult<Row> {
  readonly rows: Row[];
}

interface Thread {
  readonly worker: Worker;
  readonly opened: Promise<void>;
  readonly gone: Promise<void>;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

/** PGlite on `folder`, on a thread of its own. Rejects when it does not open. */
export async function openPglite(folder: string): Promise<PgliteClient> {
  const client = new ThreadedPglite(folder);
  await client.opened();
  return client;
}

type Asked = Request extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

/**
 * Asks the thread that has the database. Whatever the thread was asked fails when it dies, written or not, as with a
 * connection that breaks; the next question starts another, which recovers the files as after a kill.
 */
class ThreadedPglite implements PgliteClient {
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Thread | null = null;
  #ids = 0;
  #transactions = 0;
  #closed: Promise<void> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  opened(): Promise<void> {
    return this.#running().opened;
  }

  query<Row>(text: string, params: unknown[] = [], options: PgliteQueryOptions = {}) {
    return this.#query<Row>(text, params, options, null);
  }

  async exec(text: string): Promise<void> {
    await this.#ask({ op: "exec", text });
  }

  async transaction<Result>(use: (tx: Pick<PgliteClient, "query">) => Promise<Result>): Promise<Result> {
    const transaction = ++this.#transactions;
    await this.#ask({ op: "begin", transaction });
    let result: Result;
    try {
      result = await use({
        query: (text, params = [], options = {}) => this.#query(text, params, options, transaction),
      });
    } catch (error) {
      // With its thread the transaction is gone as well.
      await this.#ask({ op: "end", transaction, commit: false }).catch(() => {});
      throw error;
    }
    await this.#ask({ op: "end", transaction, commit: true });
    return result;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      const thread = this.#thread;
      if (!thread) return;
      await this.#send(thread, { op: "close" });
      thread.worker.ref();
      await thread.gone;
    })();
    return this.#closed;
  }

  async endThread(): Promise<void> {
    await this.#thread?.worker.terminate();
  }

  #query<Row>(
    text: string,
    params: unknown[],
    { rowMode, parsers = {} }: PgliteQueryOptions,
    transaction: number | null,
  ): Promise<PgliteResult<Row>> {
    const verbatim = Object.keys(parsers).map(Number);
    const statement: Statement = { text, params, arrays: rowMode === "array", verbatim, transaction };
    return this.#ask({ op: "query", ...statement });
  }

  async #ask<Result>(request: Asked): Promise<Result> {
    if (this.#closed && !isWithin(request)) throw new Error("The database is closed.");
    const thread = this.#closed ? this.#thread : this.#running();
    if (!thread) throw died(this.#folder);
    await thread.opened;
    return this.#send(thread, request);
  }

  #send<Result>(thread: Thread, request: Asked): Promise<Result> {
    const id = ++this.#ids;
    return new Promise<Result>((resolve, reject) => {
      if (thread !== this.#thread) return reject(died(this.#folder));
      this.#waiting.set(id, { resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage({ ...request, id } as Request);
    });
  }

  #running(): Thread {
    if (this.#thread) return this.#thread;
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: this.#folder });
    const opened = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    opened.promise.catch(() => {});
    worker.on("message", ({ id, result, error }: Reply) => {
      const waiting = id === 0 ? (opened as Waiting) : this.#waiting.get(id);
      this.#waiting.delete(id);
      // The process may end while nothing is asked.
      if (this.#waiting.size === 0) worker.unref();
      if (error) waiting?.reject(Object.assign(new Error(error.message), error.fields));
      else waiting?.resolve(result as never);
    });
    let reason: unknown;
    worker.on("error", (error) => {
      reason = error;
    });
    worker.on("exit", () => {
      // Only now may another thread touch the files.
      this.#thread = null;
      const error = died(this.#folder, reason);
      opened.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      gone.resolve();
    });
    this.#thread = { worker, opened: opened.promise, gone: gone.promise };
    return this.#thread;
  }
}

/** Of a transaction that has begun: closing waits for its end. */
function isWithin(request: Asked): boolean {
  return request.op === "end" || (request.op === "query" && request.transaction !== null);
}

function died(folder: string, cause?: unknown): Error {
  return new Error(`The thread of the database ${folder} has ended.`, { cause });
}
