import { existsSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { readDatabaseUrl } from "../config.ts";
import { isServerError, ServerError } from "../errors.ts";
import { rowsOf } from "../store/guests.ts";
import { readingError } from "../store/pglite/errors.ts";
import { openPgliteStore } from "../store/store.ts";
import { type ExportOptions, exportRows, type RowLine } from "./export-rows.ts";
import { askOperator } from "./operator.ts";

/** The rows of a Coscope, wherever they are, for commands that look and change nothing. */
export interface RowSource {
  /** For people: what is looked at. */
  readonly place: string;
  /** A server may be changing it meanwhile. */
  readonly live: boolean;
  rows(options?: ExportOptions): AsyncIterable<RowLine>;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * PostgreSQL when DATABASE_URL names one, else the data folder: directly, or by asking the server that runs on it.
 * Throws "not-found" when there is nothing, "data-busy" when the server cannot be asked,
 * "store-failed" when what is there cannot be opened or read.
 */
export async function openRowSource(dataDir: string, env: Environment): Promise<RowSource> {
  const url = readDatabaseUrl(env);
  if (url) {
    const { describeUrl, readPostgres } = await import("../store/postgres.ts");
    const { db, close } = await readPostgres(url);
    const place = describeUrl(url);
    const found = await db.execute(sql`select from pg_class where oid = to_regclass('schema_migration')`);
    if (rowsOf(found).length === 0) {
      await close();
      throw nothingIn(place);
    }
    return { place, live: true, rows: (options) => readable(place, exportRows(db, options)), close };
  }
  if (!existsSync(join(dataDir, "db"))) throw nothingIn(dataDir);
  try {
    const store = await openPgliteStore(dataDir, { migrations: [] });
    return {
      place: dataDir,
      live: false,
      rows: (options) => readable(dataDir, exportRows(store.db, options)),
      close: () => store.close(),
    };
  } catch (error) {
    if (!isServerError(error, "data-busy")) throw error;
    return {
      place: `${dataDir} (in use)`,
      live: true,
      rows: (options = {}) => askOperator(dataDir, options),
      close: async () => {},
    };
  }
}

function nothingIn(place: string): ServerError {
  return new ServerError("not-found", `There is no Coscope in ${place}.`, {
    next: "Name its data folder with --data DIR, or its database in DATABASE_URL.",
  });
}

/** Rows that cannot be read are told with their place and the next step, not with the statement that asked for them. */
async function* readable(place: string, lines: AsyncIterable<RowLine>): AsyncGenerator<RowLine> {
  try {
    yield* lines;
  } catch (error) {
    throw readingError(place, error);
  }
}
