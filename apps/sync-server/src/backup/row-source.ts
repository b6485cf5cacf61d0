import { existsSync } from "node:fs";
import { join } from "node:path";
import { readDatabaseUrl } from "../config.ts";
import { isServerError, ServerError } from "../errors.ts";
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
 * Throws "not-found" when there is nothing, "data-busy" when the server cannot be asked.
 */
export async function openRowSource(dataDir: string, env: Environment): Promise<RowSource> {
  const url = readDatabaseUrl(env);
  if (url) {
    const { describeUrl, readPostgres } = await import("../store/postgres.ts");
    const { db, close } = await readPostgres(url);
    return { place: describeUrl(url), live: true, rows: (options) => exportRows(db, options), close };
  }
  if (!existsSync(join(dataDir, "db")))
    throw new ServerError("not-found", `There is no Coscope in ${dataDir}.`, {
      next: "Name its data folder with --data DIR, or its database in DATABASE_URL.",
    });
  try {
    const store = await openPgliteStore(dataDir, { migrations: [] });
    return {
      place: dataDir,
      live: false,
      rows: (options) => exportRows(store.db, options),
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
