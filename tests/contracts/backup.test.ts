import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { exportRows } from "@coscope/sync-server/backup/export-rows.ts";
import { restoreBackup } from "@coscope/sync-server/backup/restore-backup.ts";
import { verifyRows } from "@coscope/sync-server/backup/verify.ts";
import { writeBackup } from "@coscope/sync-server/backup/write-backup.ts";
import { createFileBlobs } from "@coscope/sync-server/blobs/file-blobs.ts";
import { blobsDir } from "@coscope/sync-server/blobs/open-blobs.ts";
import { readPostgres } from "@coscope/sync-server/store/postgres.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  comeIn,
  type JoinedRoom,
  Person,
  startTestServer,
  type TestServer,
  until,
} from "../server/harness.ts";
import { freshDataDir } from "../server/template.ts";
import { coscope } from "../support/cli.ts";
import { canFillDisk } from "../support/faulty-server.ts";
import { PostgresServer, postgresBin } from "../support/postgres.ts";

/** `backup`, `restore`, `verify` and `list-images`, as commands, beside servers that run. */

const folder = mkdtempSync(join(tmpdir(), "coscope-backup-"));
let postgres: PostgresServer | null = null;
let server: TestServer;
let ada: Person;
let bob: Person;
/** Somebody who draws without pause until told to stop. */
const drawing = new Set<NodeJS.Timeout>();
const later: (() => Promise<void>)[] = [];

beforeAll(async () => {
  if (postgresBin) postgres = await PostgresServer.start();
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(async () => {
  for (const timer of drawing) clearInterval(timer);
  drawing.clear();
  ada.leaveAll();
  bob.leaveAll();
  for (const close of later.splice(0)) await close();
});
afterAll(async () => {
  await server.remove();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function keepDrawing(joined: JoinedRoom): void {
  let x = 0;
  drawing.add(setInterval(() => joined.add(x++), 3));
}

const start = async (options: Parameters<typeof startTestServer>[0]) => {
  const started = await startTestServer(options);
  later.push(() => started.remove());
  return started;
};

async function documentOf(on: TestServer, room: string): Promise<{ person: Person; joined: JoinedRoom }> {
  const person = await comeIn(on, "Reader");
  const joined = person.join(room, new Y.Doc());
  later.push(async () => person.leaveAll());
  await joined.synced();
  return { person, joined };
}

const epochTwo = (room: string) => room.replace(/^e1/, "e2");

describe("a backup of a server that runs, while people draw", () => {
  const target = join(folder, "live");
  let room = "";
  let layerId = "";
  let acknowledged: string[] = [];

  const restoreInto = (dataDir: string, databaseUrl?: string) =>
    restoreBackup(target, { dataDir, databaseUrl, blobs: createFileBlobs(blobsDir(dataDir)) });

  test("is written, and is whole", async () => {
    ({ room, id: layerId } = await ada.newLayer());
    const [first, second] = [ada.join(room), bob.join(room)];
    await Promise.all([first.synced(), second.synced()]);
    // Enough for a snapshot, of which a backup needs none.
    acknowledged = Array.from({ length: 30 }, (_, i) => first.add(i));
    await first.saved();
    mkdirSync(join(server.dataDir, "images", "mine.zarr"), { recursive: true });
    writeFileSync(join(server.dataDir, "images", "mine.zarr", "zarr.json"), "{}");
    keepDrawing(first);
    keepDrawing(second);
    const images = await coscope(["list-images", "--json", "--data", server.dataDir]);
    expect(JSON.parse(images.stdout)).toContainEqual(
      expect.objectContaining({ id: "demo", name: "Demo slide" }),
    );
    const checked = await coscope(["verify", "--json", "--data", server.dataDir]);
    expect(checked.stderr).toBe("");
    const report = JSON.parse(checked.stdout);
    expect([checked.code, report.problems]).toEqual([0, []]);
    expect(report.annotations).toBeGreaterThanOrEqual(30);

    const told = () => first.durable.get(second.doc.clientID) ?? 0;
    const before = told();
    const written = await coscope(["backup", target, "--data", server.dataDir]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    expect(told()).toBeGreaterThan(before);
    expect(existsSync(join(target, "files", "images", "mine.zarr", "zarr.json"))).toBe(true);
    const none = { rows: (async function* () {})(), blobs: createFileBlobs(folder), dataDir: folder };
    await expect(writeBackup(target, none)).rejects.toThrow(/exists already/);
  });

  test("comes back in a new data folder, in a new epoch", async () => {
    const dataDir = join(folder, "restored");
    const restored = await coscope(["restore", target, "--data", dataDir]);
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    await expect(restoreInto(dataDir)).rejects.toMatchObject({ code: "not-empty" });
    // Edits of a database that was moved away do not belong to the one that comes.
    const left = join(folder, "left");
    mkdirSync(join(left, "journal"), { recursive: true });
    writeFileSync(join(left, "journal", "b.journal"), "edits");
    await expect(restoreInto(left)).rejects.toMatchObject({ code: "not-empty" });
    expect(readFileSync(join(dataDir, "images", "mine.zarr", "zarr.json"), "utf8")).toBe("{}");
    const copy = await start({ dataDir });
    const { person, joined } = await documentOf(copy, epochTwo(room));
    expect(acknowledged.every(joined.has)).toBe(true);
    const outdated = person.join(room);
    await until(() => outdated.refusedReason);
    expect(outdated.refusedReason).toBe("epoch-changed");
    joined.add(1);
    await joined.saved();
  });

  test.skipIf(!postgresBin)("moves to PostgreSQL and back, with sessions, and pages go on", async () => {
    const databaseUrl = await postgres!.createDatabase();
    const dataDir = join(folder, "moved");
    const args = ["restore", target, "--keep-epochs", "--data", dataDir];
    expect(await coscope(args, { DATABASE_URL: databaseUrl })).toMatchObject({ code: 0, stderr: "" });
    await expect(restoreInto(dataDir, databaseUrl)).rejects.toMatchObject({ code: "not-empty" });
    const moved = await start({ dataDir, databaseUrl });
    // The token of the old server is still good.
    const same = new Person(moved.url, ada.token, ada.user);
    later.push(async () => same.leaveAll());
    const joined = same.join(room);
    await joined.synced();
    expect(acknowledged.every(joined.has)).toBe(true);
    const extra = joined.add(7);
    await joined.saved();
    keepDrawing(joined);
    const back = join(folder, "back");
    const env = { DATABASE_URL: databaseUrl };
    expect((await coscope(["verify", "--data", dataDir], env)).stdout).toMatch(/Nothing is wrong/);
    expect((await coscope(["list-images", "--data", dataDir], env)).stdout).toMatch(/Demo slide/);
    expect(await coscope(["backup", back, "--data", dataDir], env)).toMatchObject({ code: 0, stderr: "" });
    for (const timer of drawing) clearInterval(timer);

    const home = join(folder, "home");
    expect(await coscope(["restore", back, "--data", home])).toMatchObject({ code: 0, stderr: "" });
    const { joined: reader } = await documentOf(await start({ dataDir: home }), epochTwo(room));
    expect(reader.has(extra)).toBe(true);
    expect(acknowledged.every(reader.has)).toBe(true);
    expect(reader.doc.store.pendingStructs).toBeNull();
    expect(layerId).not.toBe("");
  });

  test("is refused when a file differs, is missing, or the manifest is", async () => {
    const damaged = join(folder, "damaged");
    const file = join(target, "rows", "document_updates.ndjson.gz");
    const before = readFileSync(file);
    appendFileSync(file, "x");
    await expect(restoreInto(damaged)).rejects.toThrow(/document_updates.* is not what was written/);
    rmSync(file);
    await expect(restoreInto(damaged)).rejects.toThrow(/no complete backup/);
    writeFileSync(file, before);
    rmSync(join(target, "manifest.json"));
    await expect(restoreInto(damaged)).rejects.toThrow(/expected manifest.json/);
    expect(existsSync(join(damaged, "db"))).toBe(false);
  });
});

test("without the token nobody reads rows over HTTP", async () => {
  const { status } = await ada.call("GET", "/api/operator/rows");
  expect(status).toBe(403);
  const wrong = { "x-coscope-operator": "x".repeat(32) };
  expect((await ada.call("GET", "/api/operator/rows", undefined, wrong)).status).toBe(403);
});

test("commands say what is missing", async () => {
  const nowhere = join(folder, "nowhere");
  expect(await coscope(["list-images", "--data", nowhere])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no Coscope in"),
  });
  const refused = { DATABASE_URL: "postgres://somebody:a-password@127.0.0.1:1/nothing" };
  const unreachable = await coscope(["verify"], refused);
  expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringContaining("127.0.0.1:1/nothing") });
  expect(unreachable.stderr).not.toContain("a-password");
});

test.skipIf(!postgresBin)("a PostgreSQL without a Coscope is told as such", async () => {
  const url = await postgres!.createDatabase();
  for (const args of [["verify"], ["backup", join(folder, "of-nothing")]]) {
    const { code, stderr } = await coscope(args, { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no Coscope in 127\.0\.0\.1:\d+\/\w+\.\nName its data folder/);
    expect(stderr.trim().split("\n")).toHaveLength(2);
  }
});

test("a folder that cannot be written to is told, with the next step", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  const written = await coscope(["backup", join(file, "bk"), "--data", server.dataDir]);
  expect(written.stderr).toMatch(/^\S+bk cannot be written to: a file is where .*\n.*another folder\.\n$/);
  const backup = join(folder, "small");
  expect(await coscope(["backup", backup, "--data", server.dataDir])).toMatchObject({ code: 0, stderr: "" });
  const restored = await coscope(["restore", backup, "--data", join(file, "d")]);
  expect(restored.stderr).toMatch(/^\S+d cannot be written to: a file is where .*\n.*another folder\.\n$/);
  // What is on its way into the database is in the backup's rows.
  expect(existsSync(join(backup, "files", "journal"))).toBe(false);
});

test.skipIf(!canFillDisk)("a restore that finds no room says so and takes away what it began", async () => {
  const backup = join(folder, "roomless");
  expect(await coscope(["backup", backup, "--data", server.dataDir])).toMatchObject({ code: 0, stderr: "" });
  const dataDir = join(folder, "no-room");
  const { code, stderr } = await coscope(["restore", backup, "--data", dataDir], {}, { fileBytes: 400_000 });
  expect(code).toBe(1);
  // PGlite does not always say what it ended of.
  expect(stderr).toMatch(
    /^(There is no room to restore|The backup cannot be restored into) .*\n.*What was begun is gone\.\n$/,
  );
  expect(existsSync(dataDir)).toBe(false);
});

test("a built-in database that is damaged is told, with the next step", async () => {
  const damaged = await freshDataDir();
  later.push(async () => rmSync(damaged, { recursive: true }));
  const control = join(damaged, "db", "global", "pg_control");
  const bytes = readFileSync(control);
  bytes[40]! ^= 1;
  writeFileSync(control, bytes);
  const { code, stderr } = await coscope(["verify", "--data", damaged]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^The database \S+db does not open: .*\n.*restore the last backup: docs\/operations\.md/,
  );
  await expect(startTestServer({ dataDir: damaged })).rejects.toMatchObject({
    code: "store-failed",
    next: expect.stringContaining("restore the last backup"),
  });
});

test("verify looks twice at a snapshot whose file is gone: a running server may have replaced it meanwhile", async () => {
  const { room, id: layerId } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  for (let i = 0; i < 25; i++) {
    author.add(i);
    await author.saved();
  }
  author.destroy();
  const snapshots = () =>
    server.store.db.query.documentSnapshot.findMany({ where: (row, { eq }) => eq(row.layerId, layerId) });
  await until(async () => (await snapshots()).length > 0);
  await server.store.db.execute(
    `update document_snapshots set bytes = null, blob = 'snapshots/x/e1/1-00' where layer_id = '${layerId}'`,
  );
  const checked = await coscope(["verify", "--json", "--data", server.dataDir]);
  const { problems } = JSON.parse(checked.stdout);
  expect([checked.code, problems]).toEqual([
    2,
    [{ where: "snapshots/x/e1/1-00", what: expect.stringMatching(/is missing in/) }],
  ]);
  const blobs = createFileBlobs(blobsDir(server.dataDir));
  const lines = () => exportRows(server.store.db, { snapshots: true });
  const replaced = { blobs, again: async function* () {} };
  expect(await verifyRows(lines(), replaced)).toMatchObject({ ok: true, problems: [], unhashed: 0 });
  await server.store.db.execute(`delete from document_snapshots where layer_id = '${layerId}'`);
});

test("a backup of an update that changed is written, and says so; verify names its layer and image", async () => {
  const { room, id: layerId } = await ada.newLayer("margin");
  const author = ada.join(room);
  await author.synced();
  author.add(1);
  await author.saved();
  await server.store.documentLog.settle();
  const change = (bytes: string) =>
    server.store.db.execute(`update document_updates set bytes = ${bytes} where layer_id = '${layerId}'`);
  await change("bytes || '\\x00'::bytea");
  const target = join(folder, "of-damage");
  const { code, stderr } = await coscope(["backup", target, "--data", server.dataDir]);
  expect(code).toBe(2);
  expect(stderr).toContain(`wrong: e1/${layerId}: update 1 is not what was written\n1 updates are damaged`);
  expect(existsSync(join(target, "manifest.json"))).toBe(true);
  const checked = await coscope(["verify", "--data", server.dataDir]);
  expect(checked.stdout).toContain(
    `wrong: e1/${layerId} ("margin" of "Demo slide"): update 1 is not what was written`,
  );
  await change("substring(bytes from 1 for length(bytes) - 1)");
});

test("verify says how many updates have no hash, and what no row names", async () => {
  const blobs = createFileBlobs(blobsDir(server.dataDir));
  await blobs.put("snapshots/nobody/e1/1-00", new Uint8Array(1));
  await server.store.db.execute("update document_updates set hash = null where sequence = 1");
  const checked = await coscope(["verify", "--data", server.dataDir]);
  expect(checked.code).toBe(0);
  expect(checked.stdout).toMatch(/note: document_updates: \d updates were written before hashes were kept/);
  expect(checked.stdout).toMatch(
    /note: snapshots\/nobody\/e1\/1-00: .* may be deleted once the server is stopped/,
  );
  await blobs.delete("snapshots/nobody/e1/1-00");
});

describe.skipIf(!postgresBin)("verify finds", () => {
  let databaseUrl = "";
  let template = "";
  let layerId = "";
  let room = "";
  const dataDir = mkdtempSync(join(folder, "verify-"));

  beforeAll(async () => {
    template = await postgres!.createDatabase();
    const own = await startTestServer({ dataDir, databaseUrl: template });
    const [author, peer] = [await comeIn(own, "Ada"), await comeIn(own, "Bob")];
    ({ id: layerId, room } = await author.newLayer());
    const [first, second] = [author.join(room), peer.join(room)];
    for (let i = 0; i < 25; i++) {
      first.add(i);
      second.add(i);
      await Promise.all([first.saved(), second.saved()]);
    }
    const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
    const labelled = { geometry, classId: null, label: "tumour" };
    execute(
      createLayerDocument(first.doc),
      makeAdd({ author: author.user.id, annotations: [labelled] }),
      "test",
    );
    await first.saved();
    await until(() => contentHash(first.doc) === contentHash(second.doc));
    author.leaveAll();
    peer.leaveAll();
    await own.close();
  });

  /** What is done to the database of that layer, and what is said then. */
  const damages: [string, (layer: string) => string, RegExp][] = [
    ["nothing in a good one", () => "select 1", /^$/],
    [
      "an update that is missing",
      (l) => `delete from document_updates where layer_id = '${l}' and sequence = 5`,
      /update 5 is missing/,
    ],
    [
      "a last update that is missing",
      (l) =>
        `delete from document_updates where layer_id = '${l}' and sequence = (select max(sequence) from document_updates where layer_id = '${l}')`,
      /updates were written/,
    ],
    [
      "a document whose updates are all gone",
      (l) => `delete from document_updates where layer_id = '${l}'`,
      /updates (were written|are missing)/,
    ],
    [
      "an update that does not decode, from before hashes were kept",
      (l) =>
        `update document_updates set bytes = '\\x0102', hash = null where layer_id = '${l}' and sequence = 3`,
      /update 3 cannot be decoded/,
    ],
    [
      "a letter of a label that changed, where no snapshot shows it",
      (l) =>
        `delete from document_snapshots where layer_id = '${l}';
         update document_updates set bytes =
           decode(replace(encode(bytes, 'hex'), encode('tumour', 'hex'), encode('tumous', 'hex')), 'hex')
         where layer_id = '${l}'`,
      /^e1\/\S+: update 51 is not what was written$/,
    ],
    [
      "an update under another's client id",
      (l) =>
        `update client_owner set user_id = (select user_id from client_owner c where c.user_id <> client_owner.user_id limit 1) where layer_id = '${l}'`,
      /writes as/,
    ],
    [
      "a document without a head",
      (l) => `delete from document_head where layer_id = '${l}'`,
      /no row in document_head/,
    ],
    [
      "a snapshot that is not the log",
      (l) =>
        `update document_snapshots set bytes = (select bytes from document_updates where layer_id = '${l}' and sequence = 1) where layer_id = '${l}'`,
      /differs from the updates/,
    ],
    [
      "a snapshot whose blob is gone",
      (l) =>
        `update document_snapshots set bytes = null, blob = 'snapshots/x/e1/1-00' where layer_id = '${l}'`,
      /is missing in/,
    ],
    [
      "images whose table was cut off",
      () => "set session_replication_role = replica; delete from image where id <> 'demo'",
      /^layer \S+: the image of "Annotations" is missing$/,
    ],
    [
      "a migration that it does not know",
      () => "insert into schema_migration (name, checksum) values ('9999_later.sql', 'x')",
      /does not know this migration/,
    ],
  ];

  test.each(damages)("%s", async (_, damage, said) => {
    databaseUrl = await postgres!.createDatabase(new URL(template).pathname.slice(1));
    await postgres!.query(damage(layerId), new URL(databaseUrl).pathname.slice(1));
    const { db, close } = await readPostgres(databaseUrl);
    later.push(close);
    const blobs = createFileBlobs(blobsDir(dataDir));
    const again = () => exportRows(db, { tables: ["document_snapshots"] });
    const { ok, problems } = await verifyRows(exportRows(db, { snapshots: true }), { blobs, again });
    expect(problems.map(({ where, what }) => `${where}: ${what}`).join("\n")).toMatch(said);
    expect(ok).toBe(problems.length === 0);
    // One fault is told once, not for every row that follows from it.
    expect(problems.length).toBeLessThanOrEqual(2);
  });
});
