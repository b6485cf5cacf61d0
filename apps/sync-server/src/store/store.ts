import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";
import { lockDataDir } from "./lock.ts";
import { migrate } from "./migrate.ts";
import * as schema from "./schema.ts";

/** Any PostgreSQL behind Drizzle, or a transaction on one. Everything that reads or writes rows takes this. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Where everything lasts. A PostgreSQL server is a second implementation of this, not a branch in it. */
export interface Store {
  readonly db: Database;
  close(): Promise<void>;
}

/** PGlite in `dataDir`/db, locked for this process and migrated. */
export async function openPgliteStore(dataDir: string): Promise<Store> {
  const unlock = lockDataDir(dataDir);
  let pglite: PGlite | undefined;
  try {
    const folder = join(dataDir, "db");
    mkdirSync(folder, { recursive: true });
    pglite = await PGlite.create(folder);
    await migrate(pglite);
    const opened = pglite;
    return {
      db: drizzle(opened, { schema }),
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
