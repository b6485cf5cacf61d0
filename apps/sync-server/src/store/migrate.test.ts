import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Migration, migrate, readMigrations } from "./migrate.ts";

let db: PGlite;
beforeAll(async () => {
  db = await PGlite.create();
}, 60_000);
afterAll(() => db.close());

const one = (name: string, sql: string): Migration => ({ name, sql, checksum: `sum of ${sql}` });
const first = one("0001_a.sql", "CREATE TABLE a (id int)");
const second = one("0002_b.sql", "CREATE TABLE b (id int);");

test("each migration is applied once, in order", async () => {
  expect(await migrate(db, [first])).toEqual(["0001_a.sql"]);
  expect(await migrate(db, [first, second])).toEqual(["0002_b.sql"]);
  expect(await migrate(db, [first, second])).toEqual([]);
});

test("a migration that fails leaves nothing behind and can be mended", async () => {
  const broken = one("0003_c.sql", "CREATE TABLE c (id int); SELECT nonsense FROM nowhere");
  await expect(migrate(db, [first, second, broken])).rejects.toMatchObject({ code: "migration-failed" });
  expect((await db.query("SELECT to_regclass('c') AS c")).rows).toEqual([{ c: null }]);
  const mended = one("0003_c.sql", "CREATE TABLE c (id int)");
  expect(await migrate(db, [first, second, mended])).toEqual(["0003_c.sql"]);
});

test("a changed past and a newer database are refused", async () => {
  await expect(migrate(db, [one("0001_a.sql", "CREATE TABLE x ()"), second])).rejects.toThrow(
    /changed after/,
  );
  await expect(migrate(db, [first])).rejects.toThrow(/newer|does not/);
});

test("the real migrations are numbered without gaps and apply to an empty database", async () => {
  const real = readMigrations();
  expect(real.length).toBeGreaterThan(0);
  const empty = await PGlite.create();
  expect(await migrate(empty, real)).toHaveLength(real.length);
  await empty.close();
}, 60_000);

test("a gap in the numbers is found", () => {
  const dir = mkdtempSync(join(tmpdir(), "coscope-migrations-"));
  writeFileSync(join(dir, "0001_a.sql"), "");
  writeFileSync(join(dir, "0003_c.sql"), "");
  expect(() => readMigrations(dir)).toThrow(/0002/);
  rmSync(dir, { recursive: true });
});
