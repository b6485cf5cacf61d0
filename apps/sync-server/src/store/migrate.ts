import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ServerError } from "../errors.ts";

const MIGRATIONS_DIR = fileURLToPath(new URL("../../../../migrations/", import.meta.url));

/** The part of a database connection that migrations need: PGlite now, a pg client later. */
export interface SqlRunner {
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string, params?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** `NNNN_name.sql` in order. Throws when a number is missing or used twice. */
export function readMigrations(dir: string = MIGRATIONS_DIR): Migration[] {
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return names.map((name, i) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
    if (Number(number) !== i + 1) {
      const expected = String(i + 1).padStart(4, "0");
      throw new ServerError("migration-failed", `Expected migration ${expected}_….sql, found ${name}.`, {
        next: "Number migrations without gaps; see migrations/README.md.",
      });
    }
    const sql = readFileSync(join(dir, name), "utf8");
    return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  });
}

/**
 * Brings the database up to date, each migration in its own transaction together with its entry in
 * `schema_migration`. Refuses a database from a newer Coscope and one whose past migrations differ.
 */
export async function migrate(
  db: SqlRunner,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  await db.exec(
    `CREATE TABLE IF NOT EXISTS schema_migration (
       name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await db.query<{ name: string; checksum: string }>(
    "SELECT name, checksum FROM schema_migration ORDER BY name",
  );
  rows.forEach((row, i) => {
    const known = migrations[i];
    if (!known || known.name !== row.name) {
      throw new ServerError(
        "migration-failed",
        `The database has migration ${row.name}, this Coscope does not.`,
        {
          next: "It was opened by a newer version. Start that one, or restore a copy of the data folder.",
        },
      );
    }
    if (known.checksum !== row.checksum) {
      throw new ServerError("migration-failed", `Migration ${row.name} changed after it was applied.`, {
        next: "Restore the file and put the change into a new migration; see migrations/README.md.",
      });
    }
  });
  const applied: string[] = [];
  for (const { name, sql, checksum } of migrations.slice(rows.length)) {
    try {
      await db.exec(
        `BEGIN; ${sql}; INSERT INTO schema_migration (name, checksum) VALUES ('${name}', '${checksum}'); COMMIT;`,
      );
    } catch (cause) {
      await db.exec("ROLLBACK").catch(() => {});
      throw new ServerError("migration-failed", `Migration ${name} failed: ${(cause as Error).message}`, {
        next: "Nothing was changed by it. Start the version that ran before, and see docs/operations.md.",
        cause,
      });
    }
    applied.push(name);
  }
  return applied;
}
