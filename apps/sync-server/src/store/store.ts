import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";
import type { Logger } from "pino";
import { lockDataDir } from "./lock.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";
import { openPglite, type PgliteClient } from "./pglite/client.ts";
import * as schema from "./schema.ts";

/** Any PostgreSQL behind Drizzle, or a transaction on one. Everything that reads or writes rows takes this. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Where rows last: PGlite in the data folder, or a PostgreSQL server. */
export interface Store {
  readonly kind: "pglite" | "postgres";
  readonly db: Database;
  /**
   * Names this process as the one that may write to the log; each commit checks it. null where the operating system
   * already keeps everybody else out.
   */
  readonly term: string | null;
  /** Called when another Coscope took the database over: nothing can be saved here any more. */
  onTaken(listener: () => void): void;
  close(): Promise<void>;
}

/** PostgreSQL when there is an address of one, else PGlite. The data folder is locked for this process either way. */
export async function openStore(
  { dataDir, databaseUrl }: { dataDir: string; databaseUrl?: string | undefined },
  { log }: { log?: Logger } = {},
): Promise<Store> {
  if (databaseUrl === undefined) return openPgliteStore(dataDir, { log });
  const unlock = lockDataDir(dataDir);
  try {
    // Loaded when asked for: most never need the driver.
    const { openPostgresStore } = await import("./postgres.ts");
    const store = await openPostgresStore(databaseUrl, { log });
    return {
      ...store,
      close: async () => {
        await store.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** PGlite in `dataDir`/db, locked for this process and migrated; without migrations as it is. */
export async function openPgliteStore(
  dataDir: string,
  {
    migrations = readMigrations(),
    log,
  }: { migrations?: readonly Migration[]; log?: Logger | undefined } = {},
): Promise<Store> {
  const unlock = lockDataDir(dataDir);
  let pglite: PgliteClient | undefined;
  try {
    const folder = join(dataDir, "db");
    mkdirSync(folder, { recursive: true });
    const onHang = (error: Error) =>
      log?.error({ err: error }, "the built-in database hangs; it is started again");
    pglite = await openPglite(folder, { onHang });
    if (migrations.length > 0) await migrate(pglite, migrations);
    const opened = pglite;
    return {
      kind: "pglite",
      db: drizzle(opened as unknown as PGlite, { schema }),
      term: null,
      onTaken: () => {},
      close: async () => {
        await opened.close();
        unlock();
      },
    };
  } catch (error) {
    await pglite?.close().catch(() => {});
    unlock();
    throw error;
  }
}
