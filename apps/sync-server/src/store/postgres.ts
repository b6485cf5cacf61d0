import { randomBytes } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Logger } from "pino";
import { ServerError } from "../errors.ts";
import { createDirectLog } from "./document-log.ts";
import { migrate } from "./migrate.ts";
import { FAILED_QUERY, outageOf, reasonOf } from "./outage.ts";
import * as schema from "./schema.ts";
import type { Database, Store } from "./store.ts";

/** Connections a server uses, besides the one that holds the lock. Commits of the log need one at a time. */
const CONNECTIONS = 8;
const CONNECT_MS = 5_000;
/** The server ends a statement after this long: a commit that waits longer is told as failed, and tried again. */
const STATEMENT_MS = 20_000;
/** A connection that is silent for this long is given up: longer than the server itself would let it wait. */
const SILENT_MS = STATEMENT_MS + 5_000;
/** A server that was just killed still holds the lock until its connection is noticed to be gone. */
const LOCK_PATIENCE_MS = 8_000;
const LOCK_RETRY_MS = 250;
/** Advisory lock of one database: "COSC", 1. */
const LOCK = "1129272131, 1";

/**
 * A PostgreSQL database, 14 or newer, locked for this process and migrated. Needs a direct connection or a pooler in
 * session mode: the lock belongs to a session.
 *
 * Two servers on one database would each keep their own picture of a document. So the lock is held as long as the
 * server lives, and every commit also checks `term`, a value in the database that the newest holder of the lock wrote:
 * a server whose lock was lost with its connection can never write behind the back of the next.
 */
export async function openPostgresStore(
  url: string,
  { log }: { log?: Logger | undefined } = {},
): Promise<Store> {
  const holder = new LockHolder(url, log);
  await holder.acquire();
  const pool = createPool(url, log);
  try {
    await withClient(url, async (client) => {
      await migrate({
        exec: (sql) => client.query(sql),
        query: (sql, params) => client.query(sql, params) as never,
      });
    });
    await holder.takeTerm();
    const db = databaseOf(pool);
    return {
      kind: "postgres",
      db,
      documentLog: createDirectLog(db, holder.term),
      onTaken: (listener) => holder.onTaken(listener),
      async close() {
        await pool.end();
        await holder.release();
      },
    };
  } catch (error) {
    await pool.end();
    await holder.release();
    throw connectionError(url, error);
  }
}

/** For looking only: no lock, no migrations, and every transaction is read-only. */
export async function readPostgres(url: string): Promise<{ db: Database; close(): Promise<void> }> {
  const pool = createPool(url, undefined, "-c default_transaction_read_only=on");
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    throw connectionError(url, error);
  }
  return { db: databaseOf(pool), close: () => pool.end() };
}

/** Runs `use` with one connection without time limits, outside the pool: for migrations and restoring. */
export async function withClient<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "coscope",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw connectionError(url, error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Where a connection string leads, without its password. */
export function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || "local socket"}${port ? `:${port}` : ""}${pathname}`;
  } catch {
    return "DATABASE_URL";
  }
}

/**
 * pg's own timeout of a query leaves the connection waiting for the answer, and the next query behind it. What did
 * not answer in time is cut off instead.
 */
class PatientClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; the arguments are passed on as they came
  override query(...args: any[]): any {
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const result = (super.query as any)(...args);
    if (result instanceof Promise) {
      result.catch((error: Error) => {
        if (error.message !== "Query read timeout") return;
        (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      });
    }
    return result;
  }
}

function createPool(url: string, log: Logger | undefined, options?: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    Client: PatientClient,
    max: CONNECTIONS,
    application_name: "coscope",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    query_timeout: SILENT_MS,
    ...(options ? { options } : {}),
    // "Saved" means on disk, whatever the server's default is.
    onConnect: async (client: pg.ClientBase) => {
      await client.query(
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
      );
    },
  } as pg.PoolConfig);
  // Without a listener a broken connection would end the process, idle or in use.
  const broke = (error: Error) => log && outageOf(log).tell(error, "connection");
  pool.on("error", broke);
  pool.on("connect", (client) => client.on("error", broke));
  return pool;
}

/**
 * Drizzle over the pool, with transactions of our own: Drizzle's never gives a connection back whose `begin` failed,
 * and puts one whose `rollback` failed back among the good ones.
 */
function databaseOf(pool: pg.Pool): Database {
  const db = drizzle(pool, { schema });
  const ofClient = new WeakMap<pg.PoolClient, ReturnType<typeof drizzle<typeof schema, pg.PoolClient>>>();
  const transaction: typeof db.transaction = async (use, config) => {
    const client = await pool.connect().catch((cause) => {
      throw new Error(`${FAILED_QUERY}: begin`, { cause });
    });
    let own = ofClient.get(client);
    if (!own) {
      own = drizzle(client, { schema });
      ofClient.set(client, own);
    }
    let broken = true;
    try {
      const result = await own.transaction(async (tx) => {
        try {
          return await use(tx);
        } catch (error) {
          // A statement that failed, or a refusal of ours: the connection is fine if it can still roll back.
          throw new Undone(error);
        }
      }, config);
      broken = false;
      return result;
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
      broken = false;
      throw error.cause;
    } finally {
      client.release(broken);
    }
  };
  return Object.assign(db, { transaction }) as unknown as Database;
}

class Undone extends Error {
  constructor(cause: unknown) {
    super("rolled back", { cause });
  }
}

/** Holds the database's advisory lock on a connection of its own, and takes it again when that one breaks. */
class LockHolder {
  readonly #url: string;
  readonly #log: Logger | undefined;
  readonly term = randomBytes(9).toString("base64url");
  readonly #listeners: (() => void)[] = [];
  #client: pg.Client | null = null;
  #released = false;
  #taken = false;

  constructor(url: string, log: Logger | undefined) {
    this.#url = url;
    this.#log = log;
  }

  /** Waits a moment for a server that was just killed; throws "data-busy" or "store-failed". */
  async acquire(): Promise<void> {
    const deadline = Date.now() + LOCK_PATIENCE_MS;
    for (;;) {
      if (await this.#tryLock()) return;
      if (Date.now() > deadline) throw busy(this.#url);
      await pause();
    }
  }

  /** From now on only commits that name our term go through. */
  async takeTerm(): Promise<void> {
    await this.#client!.query(
      `insert into setting (key, value) values ('writer-term', to_jsonb($1::text))
       on conflict (key) do update set value = excluded.value`,
      [this.term],
    );
  }

  onTaken(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async release(): Promise<void> {
    this.#released = true;
    await this.#client?.end().catch(() => {});
  }

  async #tryLock(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "coscope lock",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: CONNECT_MS,
    });
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query(`select pg_try_advisory_lock(${LOCK}) as locked`);
      if (!rows[0]?.locked) {
        await client.end().catch(() => {});
        return false;
      }
    } catch (error) {
      await client.end().catch(() => {});
      throw connectionError(this.#url, error);
    }
    this.#client = client;
    client.once("end", () => {
      if (this.#client === client && !this.#released) void this.#reacquire();
    });
    return true;
  }

  async #reacquire(): Promise<void> {
    this.#client = null;
    const outage = this.#log && outageOf(this.#log);
    outage?.tell(new Error("the connection that holds the database's lock broke"), "lock");
    while (!this.#released && !this.#taken) {
      await pause();
      try {
        const locked = await this.#tryLock();
        const { rows } = await withClient(this.#url, (client) =>
          client.query("select value from setting where key = 'writer-term'"),
        );
        if (rows[0]?.value !== this.term) return this.#lose();
        if (locked) return outage?.over();
      } catch (error) {
        outage?.tell(error, "lock");
      }
    }
  }

  #lose(): void {
    this.#taken = true;
    void this.release();
    for (const listener of this.#listeners) listener();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));

function busy(url: string): ServerError {
  return new ServerError("data-busy", `Another Coscope already works with ${describeUrl(url)}.`, {
    next: "Stop that one, or give this one another database in DATABASE_URL.",
  });
}

function connectionError(url: string, error: unknown): unknown {
  if (error instanceof ServerError) return error;
  return new ServerError(
    "store-failed",
    `The database ${describeUrl(url)} cannot be used: ${reasonOf(error)}`,
    { next: "Check DATABASE_URL, that PostgreSQL runs, and the rights of its user.", cause: error },
  );
}
