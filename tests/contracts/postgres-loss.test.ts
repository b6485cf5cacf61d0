import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentHash } from "@coscope/annotations";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { comeIn, Person, startTestServer, type TestServer, until } from "../server/harness.ts";
import { StoreFaults } from "../support/faults.ts";
import { FaultyServer } from "../support/faulty-server.ts";
import { PostgresServer, postgresBin } from "../support/postgres.ts";
import { FlakyProxy } from "../support/proxy.ts";

/** What happens to edits while PostgreSQL loses connections, restarts, stalls, or is taken over. */
describe.skipIf(!postgresBin)("a PostgreSQL that is lost", () => {
  let postgres: PostgresServer;
  let databaseUrl: string;
  let server: TestServer;
  let ada: Person;
  let bob: Person;
  const faults = new StoreFaults();
  let taken = 0;

  const start = () =>
    startTestServer({
      dataDir: mkdtempSync(join(tmpdir(), "coscope-test-")),
      databaseUrl,
      aroundCommit: faults.aroundCommit,
      onTaken: () => taken++,
    });
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    databaseUrl = await postgres.createDatabase();
    server = await start();
    ada = await comeIn(server, "Ada");
    bob = await comeIn(server, "Bob");
  });
  afterEach(() => {
    ada.leaveAll();
    bob.leaveAll();
  });
  afterAll(async () => {
    await server?.remove();
    await postgres?.remove();
  });

  const rowsOf = async (layerId: string) => {
    const rows = await postgres.query(
      `select sequence, bytes from document_updates where layer_id = '${layerId}' order by sequence`,
      new URL(databaseUrl).pathname.slice(1),
    );
    return rows.map((row) => ({ sequence: Number(row["sequence"]), bytes: row["bytes"] as Buffer }));
  };

  /** The log has every edit once and without a gap, and gives what the replica shows. */
  async function expectWhole(layerId: string, doc: Y.Doc): Promise<void> {
    const rows = await rowsOf(layerId);
    expect(rows.map((row) => row.sequence)).toEqual(rows.map((_, i) => i + 1));
    const replayed = new Y.Doc();
    for (const row of rows) Y.applyUpdate(replayed, row.bytes);
    expect(replayed.store.pendingStructs).toBeNull();
    expect(contentHash(replayed)).toBe(contentHash(doc));
  }

  test("edits go on through connections that are cut, and nothing is told before it is saved", async () => {
    const { id: layerId, room } = await ada.newLayer();
    const author = ada.join(room);
    const peer = bob.join(room);
    await Promise.all([author.synced(), peer.synced()]);
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      for (let k = 0; k < 5; k++) ids.push(author.add(i));
      await postgres.cut();
      // Whatever was announced is in the database at that moment.
      const announced = author.durable.get(author.doc.clientID) ?? 0;
      const stored = new Y.Doc();
      for (const row of await rowsOf(layerId)) Y.applyUpdate(stored, row.bytes);
      expect(Y.getState(stored.store, author.doc.clientID)).toBeGreaterThanOrEqual(announced);
    }
    await author.saved();
    await until(() => ids.every(peer.has));
    await expectWhole(layerId, author.doc);
  });

  test("an answer that is lost in the commit does not write the edit twice", async () => {
    const { id: layerId, room } = await ada.newLayer();
    const author = ada.join(room);
    await author.synced();
    for (let i = 0; i < 5; i++) {
      faults.loseAnswers(1 + (i % 3));
      author.add(i);
      await author.saved();
    }
    expect(await rowsOf(layerId)).toHaveLength(5);
    await expectWhole(layerId, author.doc);
  });

  test("a restart of the database: pages come back and everything is saved then", async () => {
    const { id: layerId, room } = await ada.newLayer();
    const author = ada.join(room);
    const peer = bob.join(room);
    await Promise.all([author.synced(), peer.synced()]);
    const before = author.add(1);
    await author.saved();
    await postgres.stop("immediate");
    const attempts = faults.attempts;
    const during = author.add(2);
    await until(() => faults.attempts > attempts + 1);
    expect(author.durable.get(author.doc.clientID)).toBeLessThan(author.ownClock);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await postgres.launch();
    await author.saved();
    await until(() => peer.has(before) && peer.has(during));
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await expectWhole(layerId, author.doc);
  });

  test("while it is away the page and what watches the server answer, rows say when to come again, and the log is short", async () => {
    const lines: { level: number; msg: string }[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const webDir = mkdtempSync(join(tmpdir(), "coscope-web-"));
    writeFileSync(join(webDir, "index.html"), "<!doctype html>");
    const own = await startTestServer({ databaseUrl: await postgres.createDatabase(), webDir, log });
    try {
      const cleo = await comeIn(own, "Cleo");
      const cookie = `coscope_session=${cleo.token}`;
      // Nobody's session is remembered any more.
      const stranger = "coscope_session=somebody-elses";
      const statusOf = async (path: string, headers: Record<string, string>) =>
        (await fetch(own.url + path, { headers })).status;
      await postgres.stop("immediate");
      for (const path of ["/", "/healthz", "/metrics"])
        for (const session of [cookie, stranger])
          expect([path, await statusOf(path, { cookie: session })]).toEqual([path, 200]);
      expect(await statusOf("/favicon.ico", { cookie: stranger })).toBe(404);
      expect(await statusOf("/readyz", { cookie: stranger })).toBe(503);
      for (let i = 0; i < 20; i++)
        for (const headers of [new Headers({ cookie: stranger }), new Headers({ cookie })]) {
          const response = await fetch(`${own.url}/api/images`, { headers });
          expect(response.status).toBe(503);
          expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
          const { error } = (await response.json()) as { error: Record<string, string> };
          expect(error).toMatchObject({ code: "store-failed", next: expect.stringContaining("again") });
        }
      await postgres.launch();
      await until(() => lines.some(({ msg }) => msg === "the database answers again"));
      expect((await cleo.call("GET", "/api/images")).status).toBe(200);
      const said = lines.filter(({ level }) => level >= 40);
      expect(new Set(said.map(({ msg }) => msg))).toEqual(new Set(["the database does not answer"]));
      // One every 10 s, however many asked.
      expect(said.length).toBeLessThan(10);
    } finally {
      await own.remove();
      rmSync(webDir, { recursive: true });
    }
  });

  test("while the database stalls edits wait, and are saved together afterwards", async () => {
    const { id: layerId, room } = await ada.newLayer();
    const author = ada.join(room);
    const peer = bob.join(room);
    await Promise.all([author.synced(), peer.synced()]);
    const release = await postgres.stall(databaseUrl);
    const ids = Array.from({ length: 20 }, (_, i) => author.add(i));
    await bob.get("/api/images");
    expect(author.durable.size).toBe(0);
    expect(ids.some(peer.has)).toBe(false);
    await release();
    await author.saved();
    await until(() => ids.every(peer.has));
    await expectWhole(layerId, author.doc);
  });

  test("connections that go dead without a word are given up; edits wait meanwhile, and nobody is told", async () => {
    const proxy = await FlakyProxy.start();
    proxy.target = postgres.port;
    const url = new URL(await postgres.createDatabase());
    const name = url.pathname.slice(1);
    url.port = new URL(proxy.url).port;
    // Instead of 25 s.
    url.searchParams.set("query_timeout", "1500");
    const far = await startTestServer({ databaseUrl: url.href });
    try {
      const [cleo, dan] = [await comeIn(far, "Cleo"), await comeIn(far, "Dan")];
      const { id: layerId, room } = await cleo.newLayer();
      const [author, peer] = [cleo.join(room), dan.join(room)];
      await Promise.all([author.synced(), peer.synced()]);
      author.add(1);
      await author.saved();
      for (let i = 0; i < 3; i++) {
        // The lines stay open at both ends, the one that holds the lock among them.
        proxy.swallow(() => true);
        const id = author.add(i);
        expect((await fetch(`${far.url}/healthz`)).status).toBe(200);
        expect(peer.has(id)).toBe(false);
        await author.saved();
        await until(() => peer.has(id));
      }
      const rows = await postgres.query(
        `select sequence, bytes from document_updates where layer_id = '${layerId}' order by sequence`,
        name,
      );
      expect(rows.map((row) => Number(row["sequence"]))).toEqual([1, 2, 3, 4]);
      cleo.leaveAll();
      dan.leaveAll();
    } finally {
      await proxy.stop();
      await far.remove();
    }
  });

  test("after SIGKILL the next server takes the database over, with everything in it", async () => {
    const env = { DATABASE_URL: await postgres.createDatabase() };
    const dataDir = mkdtempSync(join(tmpdir(), "coscope-test-"));
    const args = ["--port", "0", "--data", dataDir];
    const first = await FaultyServer.start(args, env);
    const person = await comeIn(first, "Ada");
    const { room } = await person.newLayer();
    const author = person.join(room);
    await author.synced();
    const id = author.add(1);
    await author.saved();
    person.leaveAll();
    await first.signal("SIGKILL");
    const second = await FaultyServer.start(args, env);
    const again = new Person(second.url, person.token, person.user);
    const reader = again.join(room);
    await until(() => reader.has(id));
    again.leaveAll();
    expect(await second.signal("SIGTERM")).toBe(0);
    rmSync(dataDir, { recursive: true });
  });

  test("a server whose lock was lost gets it back, and one that was replaced can no longer write", async () => {
    const { id: layerId, room } = await ada.newLayer();
    const author = ada.join(room);
    await author.synced();
    author.add(1);
    await author.saved();

    await postgres.cut("coscope lock");
    const held = () =>
      postgres
        .query("select 1 from pg_locks where locktype = 'advisory' and granted")
        .then((rows) => rows.length);
    await until(async () => (await held()) === 1);
    author.add(2);
    await author.saved();
    expect(taken).toBe(0);

    // The next server has written its term; the lock of this one was lost with its connection.
    await postgres.query(
      `update setting set value = '"another"' where key = 'writer-term'`,
      new URL(databaseUrl).pathname.slice(1),
    );
    author.add(3);
    await until(() => author.provider.hasUnsyncedChanges);
    await postgres.cut("coscope lock");
    await until(() => taken === 1);
    expect(await rowsOf(layerId)).toHaveLength(2);
    author.destroy();
    await server.remove();
    server = await start();
    expect((await comeIn(server, "Cleo")).user.name).toBe("Cleo");
  });
});
