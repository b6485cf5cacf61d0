import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPglite, type PgliteClient } from "./client.ts";

let folder: string;
let pglite: PgliteClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coscope-pglite-"));
  pglite = await openPglite(folder);
  await pglite.exec(
    "create table item (id integer primary key, name text, at timestamptz default now(), list integer[])",
  );
}, 60_000);
afterAll(async () => {
  await pglite.close();
  rmSync(folder, { recursive: true, force: true });
});

const names = async () =>
  (await pglite.query<{ name: string }>("select name from item order by id")).rows.map((r) => r.name);

test("rows come as they would without a thread, asked for once or often", async () => {
  const text = "insert into item (id, name, list) values ($1, $2, $3) returning id, name, list";
  for (let id = 1; id <= 6; id++) {
    const { rows } = await pglite.query(text, [id, id === 6 ? null : `n${id}`, "{1,2}"]);
    expect(rows).toEqual([{ id, name: id === 6 ? null : `n${id}`, list: [1, 2] }]);
  }
  const parsers = { 1184: (value: string) => value };
  for (let i = 0; i < 5; i++) {
    const { rows } = await pglite.query("select id, at from item where id = $1", [1], {
      rowMode: "array",
      parsers,
    });
    expect(rows).toEqual([[1, expect.any(String)]]);
  }
});

test("an error carries PostgreSQL's code, often asked for too, and harms nothing else", async () => {
  const before = await names();
  for (let i = 0; i < 6; i++) {
    const twice = pglite.query("insert into item (id, name) values ($1, $2)", [1, "again"]);
    await expect(twice).rejects.toMatchObject({ code: "23505", table: "item" });
    expect(await names()).toEqual(before);
  }
});

test("a transaction is all or nothing, and nobody else's statement gets in between", async () => {
  const before = await names();
  const order: string[] = [];
  const failing = pglite.transaction(async (tx) => {
    await tx.query("insert into item (id, name) values (100, 'never')");
    await new Promise((resolve) => setImmediate(resolve));
    order.push("transaction");
    throw new Error("changed my mind");
  });
  const outside = names().then((found) => {
    order.push("outside");
    return found;
  });
  await expect(failing).rejects.toThrow("changed my mind");
  expect(await outside).toEqual(before);
  expect(order).toEqual(["transaction", "outside"]);
  await pglite.transaction((tx) => tx.query("insert into item (id, name) values (101, 'kept')"));
  expect(await names()).toEqual([...before, "kept"]);
});

test("tables may change under a statement that is asked for often", async () => {
  const all = () => pglite.query("select * from changing");
  await pglite.exec("create table changing (a integer); insert into changing values (1)");
  for (let i = 0; i < 5; i++) expect((await all()).rows).toEqual([{ a: 1 }]);
  await pglite.exec("alter table changing add column b integer default 2");
  for (let i = 0; i < 5; i++) expect((await all()).rows).toEqual([{ a: 1, b: 2 }]);
});

test("when the thread dies, what was asked fails, and the next question finds everything that was answered", async () => {
  await pglite.query("insert into item (id, name) values (200, 'before')");
  const open = pglite.transaction(async (tx) => {
    await tx.query("insert into item (id, name) values (201, 'open')");
    const asked = pglite.query("select 1");
    await pglite.endThread();
    await expect(asked).rejects.toThrow("has ended");
    await tx.query("select 1");
  });
  await expect(open).rejects.toThrow();
  const found = await names();
  expect(found).toContain("before");
  expect(found).not.toContain("open");
});

test("closing waits for a transaction that has begun, and lets nothing else begin", async () => {
  const own = mkdtempSync(join(tmpdir(), "coscope-pglite-"));
  const closing = await openPglite(own);
  const goOn = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const open = closing.transaction(async (tx) => {
    begun.resolve();
    await goOn.promise;
    return (await tx.query("select 1 as one")).rows;
  });
  await begun.promise;
  const closed = closing.close();
  await expect(closing.query("select 1")).rejects.toThrow("closed");
  goOn.resolve();
  expect(await open).toEqual([{ one: 1 }]);
  await closed;
  rmSync(own, { recursive: true, force: true });
});

test("a thread that hangs is ended, what was asked fails, and another answers; one that is waited for is not", async () => {
  const own = mkdtempSync(join(tmpdir(), "coscope-pglite-"));
  const told: string[] = [];
  const patienceMs = 3_000;
  const hanging = await openPglite(own, { patienceMs, onHang: ({ message }) => told.push(message) });
  await hanging.exec("create table item (id integer)");
  await hanging.query("insert into item values (1)");
  // Somebody who thinks for long, with everybody else behind: nobody hangs.
  const thinking = hanging.transaction(async (tx) => {
    await tx.query("insert into item values (2)");
    await new Promise((resolve) => setTimeout(resolve, 1.2 * patienceMs));
  });
  await hanging.query("select 1");
  await thinking;
  expect(told).toEqual([]);

  const endless = hanging.query(
    "with recursive r(n) as (select 1 union all select 1 from r) select count(*) from r",
  );
  const behind = hanging.query("insert into item values (3)");
  for (const asked of [endless, behind]) await expect(asked).rejects.toThrow("has ended");
  expect(told).toEqual([expect.stringContaining("answered nothing for 3 s")]);
  const { rows } = await hanging.query("select id from item order by id");
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  await hanging.close();
  rmSync(own, { recursive: true, force: true });
});
