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
  end(reason: Error): void;
}

/**
 * A thread that answers nothing for so long, though it is its turn, is ended as if it had died: it hangs, for instance
 * because files of its log were taken away. Much longer than the slowest statement takes on a slow machine.
 */
const PATIENCE_MS = 60_000;
/** Opening, which may create or recover a database, may take so many times as long. */
const OPENING = 5;
/** How often somebody looks. Counted in looks, so that a process that was stopped for a while suspects nobody. */
const LOOKS = 60;

export interface PgliteOptions {
  /** For tests. */
  readonly patienceMs?: number;
  /** Hears of a thread that was ended. */
  readonly onHang?: ((error: Error) => void) | undefined;
}

interface Waiting {
  readonly asked: Asked;
  resolve(result: never): void;
  reject(error: Error): void;
}

/** PGlite on `folder`, on a thread of its own. Rejects when it does not open. */
export async function openPglite(folder: string, options: PgliteOptions = {}): Promise<PgliteClient> {
  const client = new ThreadedPglite(folder, options);
  await client.opened().catch(async (error) => {
    // Whoever hears of it may touch the files: the thread is gone then.
    await client.close().catch(() => {});
    throw error;
  });
  return client;
}

type Asked = Request extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

/**
 * Asks the thread that has the database. Whatever the thread was asked fails when it dies, written or not, as with a
 * connection that breaks; the next question starts another, which recovers the files as after a kill. A thread that
 * hangs is ended.
 */
class ThreadedPglite implements PgliteClient {
  readonly #folder: string;
  readonly #options: PgliteOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Thread | null = null;
  #ids = 0;
  #transactions = 0;
  #closed: Promise<void> | null = null;
  /** The transaction that has the database to itself, while whoever began it thinks. */
  #open: number | null = null;
  #opening = false;
  /** In a row, at which somebody waited for the thread and nothing had been answered since the one before. */
  #silentLooks = 0;

  constructor(folder: string, options: PgliteOptions) {
    this.#folder = folder;
    this.#options = options;
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
      this.#waiting.set(id, { asked: request, resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage({ ...request, id } as Request);
    });
  }

  #running(): Thread {
    if (this.#thread) return this.#thread;
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: this.#folder });
    this.#opening = true;
    const opened = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    opened.promise.catch(() => {});
    worker.on("message", ({ id, result, error }: Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      this.#silentLooks = 0;
      if (id === 0) this.#opening = false;
      // The process may end while nothing is asked.
      if (this.#waiting.size === 0) worker.unref();
      if (waiting?.asked.op === "begin" && !error) this.#open = waiting.asked.transaction;
      if (waiting?.asked.op === "end") this.#open = null;
      const asker = id === 0 ? opened : waiting;
      if (error) asker?.reject(Object.assign(new Error(error.message), error.fields));
      else asker?.resolve(result as never);
    });
    let reason: unknown;
    worker.on("error", (error) => {
      reason = error;
    });
    const watch = setInterval(() => this.#look(), (this.#options.patienceMs ?? PATIENCE_MS) / LOOKS).unref();
    worker.on("exit", () => {
      clearInterval(watch);
      // Only now may another thread touch the files.
      this.#thread = null;
      this.#open = null;
      const error = died(this.#folder, reason);
      opened.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      gone.resolve();
    });
    const end = (why: Error) => {
      reason = why;
      void worker.terminate();
    };
    this.#thread = { worker, opened: opened.promise, gone: gone.promise, end };
    return this.#thread;
  }

  /** Called again and again while there is a thread. */
  #look(): void {
    const due = this.#opening || this.#isAwaited();
    this.#silentLooks = due ? this.#silentLooks + 1 : 0;
    const patience = this.#opening ? OPENING : 1;
    if (this.#silentLooks < patience * LOOKS) return;
    this.#silentLooks = 0;
    const seconds = (patience * (this.#options.patienceMs ?? PATIENCE_MS)) / 1000;
    const error = new Error(`The database ${this.#folder} answered nothing for ${seconds} s.`);
    this.#options.onHang?.(error);
    this.#thread?.end(error);
  }

  /** Whether it is the thread's turn. While a transaction is open it waits for whoever began it; scripts may take long. */
  #isAwaited(): boolean {
    let awaited = false;
    for (const { asked } of this.#waiting.values()) {
      if (asked.op === "exec") return false;
      awaited ||= this.#open === null || (isWithin(asked) && asked.transaction === this.#open);
    }
    return awaited;
  }
}

/** Of a transaction that has begun: closing waits for its end. */
function isWithin(request: Asked): request is Extract<Asked, { transaction: unknown }> {
  return request.op === "end" || (request.op === "query" && request.transaction !== null);
}

function died(folder: string, cause?: unknown): Error {
  return new Error(`The thread of the database ${folder} has ended.`, { cause });
}
