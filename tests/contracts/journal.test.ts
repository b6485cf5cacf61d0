import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSessions } from "@coscope/sync-server/access/sessions.ts";
import type { LogEntry } from "@coscope/sync-server/store/document-log.ts";
import { JournalFiles, keptCopies } from "@coscope/sync-server/store/journal/files.ts";
import { createLayer, deleteLayer } from "@coscope/sync-server/store/layers.ts";
import { openPgliteStore, type Store } from "@coscope/sync-server/store/store.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freshDataDir } from "../server/template.ts";

/** The journal before the built-in database: what is in it, and not in the database yet, when something strikes. */
let data: string;
let store: Store;
let userId: string;
const folders: string[] = [];
beforeAll(async () => {
  data = await freshDataDir();
  store = await openPgliteStore(data);
  const { actor } = await createSessions(store.db).startGuest({ name: "Ada", color: "#56b4e9" });
  userId = actor.user.id;
});
afterAll(async () => {
  await store.close();
  for (const folder of [data, ...folders]) rmSync(folder, { recursive: true, force: true });
});

const newLayer = () => createLayer(store.db, { imageId: "demo", name: "log", createdBy: userId });
const entryOf = (layerId: string, ...bytes: number[]): LogEntry => ({
  layerId,
  epoch: 1,
  bytes: Uint8Array.from(bytes),
  userId,
  clientIds: [],
  claims: [],
});
const append = async (...batch: LogEntry[]) => (await store.documentLog.append(batch)).results;
const rowsOf = async (layerId: string, { db }: Store = store) =>
  (
    await db.query.documentUpdate.findMany({
      where: (row, { eq }) => eq(row.layerId, layerId),
      orderBy: (row, { asc }) => asc(row.sequence),
    })
  ).map(({ sequence, bytes }) => [sequence, ...bytes.subarray(0, 4)]);

/** The database is somebody's, who takes their time, until the function returned is called. */
async function hold(meanwhile = async (_: Store["db"]) => {}): Promise<() => Promise<unknown>> {
  const over = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = store.db.transaction(async (tx) => {
    await meanwhile(tx);
    held.resolve();
    await over.promise;
  });
  await held.promise;
  return () => {
    over.resolve();
    return holding;
  };
}

/** What another process would find if this one were killed now: its files as the operating system has them. */
function killed(): string {
  const folder = mkdtempSync(join(tmpdir(), "coscope-killed-"));
  folders.push(folder);
  cpSync(data, folder, { recursive: true });
  rmSync(join(folder, "lock"));
  return folder;
}

async function reopened<Result>(folder: string, use: (store: Store) => Promise<Result>): Promise<Result> {
  const again = await openPgliteStore(folder, { migrations: [] });
  try {
    return await use(again);
  } finally {
    await again.close();
  }
}

test("what is durable while the database answers nothing is there after a kill, once", async () => {
  const [a, b] = [await newLayer(), await newLayer()];
  await append(entryOf(a.id, 1), entryOf(b.id, 1));
  await store.documentLog.settle();
  const release = await hold();
  expect(await append(entryOf(a.id, 2), entryOf(b.id, 2), entryOf(a.id, 3))).toEqual([
    { sequence: 2 },
    { sequence: 2 },
    { sequence: 3 },
  ]);
  expect(store.documentLog.waiting).toBe(3);
  const folder = killed();
  await release();
  await store.documentLog.settle();
  expect(store.documentLog.waiting).toBe(0);
  const expected = [
    [1, 1],
    [2, 2],
    [3, 3],
  ];
  expect(await rowsOf(a.id)).toEqual(expected);
  for (let time = 0; time < 2; time++)
    await reopened(folder, async (other) => {
      expect(await rowsOf(a.id, other)).toEqual(expected);
      expect(await rowsOf(b.id, other)).toHaveLength(2);
    });
});

test("what the database has taken in already is passed over, and the rest follows it", async () => {
  const { id } = await newLayer();
  await append(entryOf(id, 1), entryOf(id, 2));
  await store.documentLog.settle();
  const folder = killed();
  const { files } = JournalFiles.open(join(folder, "journal"));
  const createdAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  await files.append([1, 2, 3].map((n) => ({ ...entryOf(id, n), sequence: n, createdAt })));
  files.close();
  await reopened(folder, async (other) => {
    expect((await rowsOf(id, other)).map(([sequence]) => sequence)).toEqual([1, 2, 3]);
    const rows = await other.db.query.documentUpdate.findMany({
      where: (row, { and, eq }) => and(eq(row.layerId, id), eq(row.sequence, 3)),
    });
    expect(rows[0]!.createdAt.getTime()).toBe(createdAt);
    expect(await other.documentLog.append([entryOf(id, 4)])).toMatchObject({ results: [{ sequence: 4 }] });
  });
});

test("a part that cannot be read, or leaves a hole, is kept aside; all the rest is taken in", async () => {
  const [good, hole] = [await newLayer(), await newLayer()];
  const folder = killed();
  const { files } = JournalFiles.open(join(folder, "journal"));
  const entry = (layerId: string, sequence: number) => ({
    ...entryOf(layerId, sequence),
    sequence,
    createdAt: 0,
  });
  await files.append([entry(good.id, 1), entry(hole.id, 2), entry(good.id, 2)]);
  files.swap();
  await files.append([entry(good.id, 3), entry(hole.id, 3)]);
  await files.append([entry("nowhere", 1), { ...entry(good.id, 4), userId: "nobody" }, entry(good.id, 5)]);
  files.close();
  await reopened(folder, async (other) => {
    expect(await rowsOf(good.id, other)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(await rowsOf(hole.id, other)).toEqual([]);
    expect(await other.documentLog.append([entryOf(hole.id, 1)])).toMatchObject({
      results: [{ sequence: 1 }],
    });
  });
  expect(keptCopies(join(folder, "journal"))).toHaveLength(2);
  // However often it is tried.
  cpSync(keptCopies(join(folder, "journal"))[0]!, join(folder, "journal", "a.journal"));
  await reopened(folder, async () => {});
  expect(keptCopies(join(folder, "journal"))).toHaveLength(2);
});

test("a database that refuses for a while: edits stay durable, whoever reads is told, and all is taken in", async () => {
  const { id } = await newLayer();
  await append(entryOf(id, 1));
  await store.documentLog.settle();
  await store.db.execute("alter table document_updates rename to away");
  await append(entryOf(id, 2));
  await expect(store.documentLog.settle(id, 0)).rejects.toMatchObject({ code: "store-failed" });
  expect(store.documentLog.isWritable()).toBe(false);
  await append(entryOf(id, 3));
  await store.db.execute("alter table away rename to document_updates");
  await vi.waitFor(() => store.documentLog.settle(), 10_000);
  expect(store.documentLog.isWritable()).toBe(true);
  expect((await rowsOf(id)).map(([sequence]) => sequence)).toEqual([1, 2, 3]);
});

test("a layer that is deleted takes no more; what was acknowledged before is written all the same", async () => {
  const layer = await newLayer();
  await append(entryOf(layer.id, 1));
  const release = await hold();
  await append(entryOf(layer.id, 2));
  // Waits behind whoever holds the database, before the journal is taken in.
  const deleted = deleteLayer(store.db, layer.id, layer.revision);
  await release();
  await deleted;
  store.documentLog.forget(layer.id);
  expect(await append(entryOf(layer.id, 3))).toEqual(["stale"]);
  expect(await rowsOf(layer.id)).toHaveLength(2);
});

test("who came before the database went away goes on, on a layer where nothing was written yet", async () => {
  const [known, fresh] = [await newLayer(), await newLayer()];
  await store.documentLog.prepare({ layerId: known.id, epoch: 1 }, userId);
  const release = await hold();
  expect(await append(entryOf(known.id, 1))).toEqual([{ sequence: 1 }]);
  const waits = append(entryOf(fresh.id, 1));
  await release();
  expect(await waits).toEqual([{ sequence: 1 }]);
});

test("what the database can never take is kept aside, and nobody else's edits wait for it", async () => {
  const [theirs, ours] = [await newLayer(), await newLayer()];
  const sessions = createSessions(store.db);
  const { actor } = await sessions.startGuest({ name: "Gone", color: "#e69f00" });
  await sessions.end(actor.sessionId);
  const id = actor.user.id;
  for (const layer of [theirs, ours]) await store.documentLog.prepare({ layerId: layer.id, epoch: 1 }, id);
  const release = await hold(async (tx) => {
    await tx.execute(`delete from member where user_id = '${id}'`);
    await tx.execute(`delete from app_user where id = '${id}'`);
  });
  await append({ ...entryOf(theirs.id, 1), userId: id }, entryOf(ours.id, 1));
  await release();
  await store.documentLog.settle();
  expect(await rowsOf(ours.id)).toEqual([[1, 1]]);
  expect(await rowsOf(theirs.id)).toEqual([]);
  expect(await append(entryOf(theirs.id, 2))).toEqual([{ sequence: 1 }]);
  expect(keptCopies(join(data, "journal"))).toHaveLength(1);
});

test("large updates and small ones keep their order, however many are appended at once", async () => {
  const { id } = await newLayer();
  const large = (n: number) => ({ ...entryOf(id), bytes: new Uint8Array(400_000).fill(n) });
  const all = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? large(i) : entryOf(id, i, i, i, i)));
  const appended = await Promise.all(all.map((entry) => append(entry)));
  expect(appended.map(([result]) => (result as { sequence: number }).sequence)).toEqual(
    all.map((_, i) => i + 1),
  );
  await store.documentLog.settle();
  expect(await rowsOf(id)).toEqual(all.map((_, i) => [i + 1, i, i, i, i]));
});

test("what follows the last whole record is kept, whatever it is", async () => {
  const { id } = await newLayer();
  const folder = killed();
  const { files } = JournalFiles.open(join(folder, "journal"));
  await files.append([{ ...entryOf(id, 1), sequence: 1, createdAt: 0 }]);
  files.close();
  appendFileSync(join(folder, "journal", "a.journal"), Uint8Array.of(200, 0, 0, 0, 1, 2, 3));
  await reopened(folder, async (other) => expect(await rowsOf(id, other)).toEqual([[1, 1]]));
  expect(keptCopies(join(folder, "journal"))).toHaveLength(keptCopies(join(data, "journal")).length + 1);
});

test("after a stop nothing is left in the journal", async () => {
  const { id } = await newLayer();
  const folder = killed();
  await reopened(folder, (other) => other.documentLog.append([entryOf(id, 1)]));
  for (const name of ["a.journal", "b.journal"]) {
    expect(existsSync(join(folder, "journal", name))).toBe(true);
    expect(statSync(join(folder, "journal", name)).size).toBe(0);
  }
  await reopened(folder, async (other) => expect(await rowsOf(id, other)).toEqual([[1, 1]]));
});
