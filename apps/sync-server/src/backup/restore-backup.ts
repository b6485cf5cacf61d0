import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import type { BlobStore } from "../blobs/blob-store.ts";
import { ServerError } from "../errors.ts";
import { isJournalEmpty } from "../store/journal/files.ts";
import { lockDataDir } from "../store/lock.ts";
import { type Migration, migrate, readMigrations, type SqlRunner } from "../store/migrate.ts";
import { hasLittleRoom, isDiskFull, wordsOf } from "../store/pglite/errors.ts";
import { hashFile, type Manifest, openBackup } from "./manifest.ts";

export interface RestoreTarget {
  readonly dataDir: string;
  /** PostgreSQL instead of the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly blobs: BlobStore;
  /**
   * Every document starts a new epoch, so that pages which still hold newer edits ask before they bring them back. To
   * move a stopped Coscope elsewhere, nothing newer exists and the epochs can stay.
   */
  readonly keepEpochs?: boolean;
}

/** JSON of rows that go into one statement, in bytes. */
const STATEMENT_BYTES = 4 << 20;
/** Tables whose rows name the epoch of a document. */
const WITH_EPOCH: ReadonlySet<string> = new Set([
  "layer",
  "document_head",
  "document_updates",
  "client_owner",
]);

/**
 * Restores a backup into a place that holds nothing yet, and brings it up to date. Everything is checked against the
 * manifest first; a restore that breaks off takes away what it began. Throws "bad-backup", "data-busy", "not-empty",
 * "folder-unusable", or "store-failed" when there is no room.
 */
export async function restoreBackup(backup: string, target: RestoreTarget): Promise<Manifest> {
  const manifest = await openBackup(backup);
  const known = readMigrations();
  const before = known.slice(0, manifest.migrations.length);
  manifest.migrations.forEach(({ name, checksum }, i) => {
    if (before[i]?.name === name && before[i].checksum === checksum) return;
    throw new ServerError("bad-backup", `This Coscope does not know the migration ${name} of the backup.`, {
      next: `Restore it with the version that made it, ${manifest.coscope}, or a newer one.`,
    });
  });
  const { dataDir } = target;
  const wasThere = existsSync(dataDir);
  const isEmpty = !wasThere || (await readdir(dataDir)).length === 0;
  const unlock = lockDataDir(dataDir);
  const made: string[] = [];
  try {
    const plan: Plan = {
      backup,
      manifest,
      before,
      known,
      change: (table, json) => changeRow(table, json, manifest, target),
    };
    if (!target.databaseUrl) await expectNoDatabase(dataDir);
    // The database last: where the files do not fit, there is none that misses them.
    await restoreFiles(backup, manifest, target, made);
    if (target.databaseUrl) await intoPostgres(target.databaseUrl, plan);
    else await intoPglite(dataDir, plan);
  } catch (error) {
    const told = inWords(dataDir, error);
    if (isEmpty)
      for (const name of await readdir(dataDir)) if (name !== "lock") made.push(join(dataDir, name));
    for (const path of made) await rm(path, { recursive: true, force: true });
    throw told;
  } finally {
    unlock();
    // Removes nothing but an empty folder.
    if (!wasThere) await rmdir(dataDir).catch(() => {});
  }
  return manifest;
}

function inWords(dataDir: string, error: unknown): unknown {
  const hasRoom = !isDiskFull(error) && !hasLittleRoom(dataDir);
  if (hasRoom && error instanceof ServerError) return error;
  if (hasRoom)
    return new ServerError(
      "store-failed",
      `The backup cannot be restored into ${dataDir}: ${wordsOf(error)}`,
      { next: "Check the free space, and the rights of the place. What was begun is gone.", cause: error },
    );
  return new ServerError("store-failed", `There is no room to restore the backup into ${dataDir}.`, {
    next: "Make room there, or name a folder on another disk. What was begun is gone.",
    cause: error,
  });
}

interface Plan {
  readonly backup: string;
  readonly manifest: Manifest;
  /** Migrations that the backup's database had. */
  readonly before: readonly Migration[];
  readonly known: readonly Migration[];
  /** A row as it is to be restored. */
  change(table: string, json: string): string;
}

async function intoPglite(dataDir: string, plan: Plan): Promise<void> {
  const folder = join(dataDir, "db");
  const building = join(dataDir, "db.restoring");
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  let pglite: PGlite | undefined;
  try {
    pglite = await PGlite.create(building);
    await fill(pglite, plan);
    await pglite.close();
  } catch (error) {
    // On a disk that is full it cannot even be closed.
    await pglite?.close().catch(() => {});
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
}

async function expectNoDatabase(dataDir: string): Promise<void> {
  const folder = join(dataDir, "db");
  if (existsSync(folder) && (await readdir(folder)).length > 0) throw notEmpty(folder);
  // Of the database that was there: its edits do not belong to this one.
  const journal = join(dataDir, "journal");
  if (!isJournalEmpty(journal)) throw notEmpty(journal);
}

async function intoPostgres(url: string, plan: Plan): Promise<void> {
  const { describeUrl, withClient } = await import("../store/postgres.ts");
  await withClient(url, async (client) => {
    const runner: SqlRunner = {
      exec: (text) => client.query(text),
      query: (text, params) => client.query(text, params) as never,
    };
    const { rows } = await runner.query("select to_regclass('schema_migration') is not null as used");
    if ((rows[0] as { used: boolean }).used) {
      const users = await runner.query("select from app_user union all select from workspace limit 1");
      if (users.rows.length > 0) throw notEmpty(describeUrl(url));
    }
    await fill(runner, plan);
  });
}

/** The schema as the backup had it, its rows in one transaction, then what newer versions change. */
async function fill(db: SqlRunner, { backup, manifest, before, known, change }: Plan): Promise<void> {
  await migrate(db, before);
  const tables = await inOrder(db, Object.keys(manifest.rows));
  await db.exec("BEGIN");
  try {
    for (const { name, refersToItself } of tables) {
      const file = join(backup, "rows", `${name}.ndjson.gz`);
      let count = 0;
      // Rows of a table that refers to itself are checked together, at the end of the statement.
      for await (const batch of batches(file, refersToItself ? Number.POSITIVE_INFINITY : STATEMENT_BYTES)) {
        const rows = batch.map((json) => change(name, json));
        await db.query(
          `insert into "${name}" select * from json_populate_recordset(null::"${name}", $1::json)`,
          [`[${rows.join(",")}]`],
        );
        count += batch.length;
      }
      if (count !== manifest.rows[name])
        throw new ServerError("bad-backup", `${name}: expected ${manifest.rows[name]} rows, got ${count}.`);
    }
    await db.exec("COMMIT");
  } catch (error) {
    await db.exec("ROLLBACK").catch(() => {});
    throw error;
  }
  await migrate(db, known);
}

function changeRow(
  table: string,
  json: string,
  { dataDir: from }: Manifest,
  { dataDir: to, keepEpochs }: RestoreTarget,
): string {
  if (table === "image") {
    const row = JSON.parse(json) as { folder: string | null };
    if (!row.folder?.startsWith(`${from}/`)) return json;
    return JSON.stringify({ ...row, folder: join(to, row.folder.slice(from.length + 1)) });
  }
  if (keepEpochs || !WITH_EPOCH.has(table)) return json;
  const row = JSON.parse(json) as { epoch: number };
  return JSON.stringify({ ...row, epoch: row.epoch + 1 });
}

/** Tables in an order in which each comes after those it refers to. */
async function inOrder(
  db: SqlRunner,
  names: readonly string[],
): Promise<{ name: string; refersToItself: boolean }[]> {
  const { rows } = await db.query<{ from: string; to: string }>(
    `select f.relname as "from", t.relname as "to" from pg_constraint c
     join pg_class f on f.oid = c.conrelid join pg_class t on t.oid = c.confrelid where c.contype = 'f'`,
  );
  const ordered: { name: string; refersToItself: boolean }[] = [];
  const done = new Set<string>();
  const visit = (name: string) => {
    if (done.has(name)) return;
    done.add(name);
    for (const { from, to } of rows) if (from === name && to !== name) visit(to);
    const refersToItself = rows.some(({ from, to }) => from === name && to === name);
    if (names.includes(name)) ordered.push({ name, refersToItself });
  };
  for (const name of [...names].sort()) visit(name);
  return ordered;
}

async function* batches(file: string, maxBytes: number): AsyncGenerator<string[]> {
  const input = createReadStream(file).pipe(createGunzip());
  let batch: string[] = [];
  let bytes = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(line);
    bytes += line.length;
    if (bytes < maxBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** `made` gets each file that it begins. */
async function restoreFiles(
  backup: string,
  manifest: Manifest,
  target: RestoreTarget,
  made: string[],
): Promise<void> {
  for (const { path, sha256 } of manifest.files) {
    const [kind, ...parts] = path.split("/");
    if (kind === "blobs") await target.blobs.put(parts.join("/"), await readFile(join(backup, path)));
    if (kind !== "files") continue;
    const to = join(target.dataDir, ...parts);
    if (existsSync(to)) {
      // A move within one data folder: it is there already.
      if ((await hashFile(to)).sha256 === sha256) continue;
      throw notEmpty(to);
    }
    await mkdir(dirname(to), { recursive: true });
    made.push(to);
    await copyFile(join(backup, path), to);
  }
}

function notEmpty(where: string): ServerError {
  return new ServerError("not-empty", `${where} is not empty.`, {
    next: "Restore into a new data folder or an empty database; move the old one aside first.",
  });
}
