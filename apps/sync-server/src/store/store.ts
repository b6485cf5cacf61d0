import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";
import type { Logger } from "pino";
import { makeFolder } from "../folders.ts";
import type { DocumentLog } from "./document-log.ts";
import { JournaledLog } from "./journal/journaled-log.ts";
import { lockDataDir } from "./lock.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";
import { openPglite, type PgliteClient } from "./pglite/client.ts";
import { openingError } from "./pglite/errors.ts";
import * as schema from "./schema.ts";

/** Any PostgreSQL behind Drizzle, or a transaction on one. Everything that reads or writes rows takes this. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Where rows last: PGlite in the data folder, or a PostgreSQL server. */
export interface Store {
  readonly kind: "pglite" | "postgres";
  readonly db: Database;
  /** Where updates of live documents go. Whoever reads their rows lets it `settle` before. */
  readonly documentLog: DocumentLog;
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

/**
 * PGlite in `dataDir`/db with its journal in `dataDir`/journal, locked for this process and migrated; without migrations
 * as it is, but with everything that the journal holds. Throws "data-busy", "folder-unusable", "migration-failed", or
 * "store-failed" where it does not open.
 */
export async function openPgliteStore(
  dataDir: string,
  {
    migrations = readMigrations(),
    log,
  }: { migrations?: readonly Migration[]; log?: Logger | undefined } = {},
): Promise<Store> {
  const unlock = lockDataDir(dataDir);
  let pglite: PgliteClient | undefined;
  const folder = join(dataDir, "db");
  const isNew = !existsSync(folder);
  try {
    makeFolder(folder);
    const onHang = (error: Error) =>
      log?.error({ err: error }, "the built-in database hangs; it is started again");
    pglite = await openPglite(folder, { onHang });
    if (migrations.length > 0) await migrate(pglite, migrations);
    const opened = pglite;
    const db = drizzle(opened as unknown as PGlite, { schema });
    const documentLog = await JournaledLog.open(db, join(dataDir, "journal"), log);
    return {
      kind: "pglite",
      db,
      documentLog,
      onTaken: () => {},
      close: async () => {
        await documentLog.close();
        await opened.close();
        unlock();
      },
    };
  } catch (error) {
    await pglite?.close().catch(() => {});
    // Half a database would not open the next time either.
    if (isNew) rmSync(folder, { recursive: true, force: true });
    unlock();
    throw openingError(folder, error);
  }
}
