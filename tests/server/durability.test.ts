import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

/** What every commit waits for; null lets them pass. */
let gate: Promise<void> | null = null;
let release = () => {};
/** How many of the next commits fail. */
let failures = 0;
const events: string[] = [];

let server: TestServer;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  server = await startTestServer({
    aroundCommit: async (commit) => {
      await gate;
      if (failures > 0) {
        failures--;
        throw new Error("the disk is full");
      }
      const result = await commit();
      events.push("committed");
      return result;
    },
  });
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(() => {
  release();
  ada.leaveAll();
  bob.leaveAll();
});
afterAll(() => server.remove());

function closeGate(): () => void {
  gate = new Promise((resolve) => {
    release = () => {
      gate = null;
      resolve();
    };
  });
  return release;
}

async function rowsOf(layerId: string) {
  await server.store.documentLog.settle(layerId);
  return server.store.db.query.documentUpdate.findMany({
    where: (row, { eq }) => eq(row.layerId, layerId),
    orderBy: (row, { asc }) => asc(row.sequence),
  });
}

/** Fails the test when `condition` comes true before `during` is over. */
async function neverWhile(condition: () => boolean, during: () => Promise<unknown>): Promise<void> {
  let happened = false;
  const watch = setInterval(() => {
    happened ||= condition();
  }, 1);
  await during();
  clearInterval(watch);
  expect(happened || condition()).toBe(false);
}

test("nobody sees an edit, and its author is told nothing, before it is in the database", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  const peer = bob.join(room);
  await Promise.all([author.synced(), peer.synced()]);
  events.length = 0;
  peer.doc.once("update", () => events.push("seen"));
  author.provider.on("unsyncedChanges", ({ number }: { number: number }) => {
    if (number === 0) events.push("acknowledged");
  });

  const open = closeGate();
  const id = author.add();
  // Another request's full round trip: the edit has certainly arrived by then.
  await neverWhile(
    () => peer.has(id) || author.durable.size > 0 || !author.provider.hasUnsyncedChanges,
    () => Promise.all([bob.get("/api/images"), bob.get("/api/projects"), ada.get("/api/images")]),
  );
  expect(await rowsOf(layerId)).toEqual([]);
  open();
  await Promise.all([until(() => peer.has(id)), author.saved()]);
  expect(await rowsOf(layerId)).toHaveLength(1);
  expect(events[0]).toBe("committed");
  expect(events).toEqual(expect.arrayContaining(["seen", "acknowledged"]));
  expect(await ada.durable(room)).toEqual(new Map([[author.doc.clientID, author.ownClock]]));
});

test("edits that arrive during a commit are committed together, in order", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  events.length = 0;
  for (let i = 0; i < 50; i++) author.add(i);
  await author.saved();
  expect(events.length).toBeLessThan(10);
  const rows = await rowsOf(layerId);
  expect(rows.map((row) => row.sequence)).toEqual(Array.from({ length: rows.length }, (_, i) => i + 1));
  expect(rows.every((row) => row.userId === ada.user.id && row.clientIds[0] === author.doc.clientID)).toBe(
    true,
  );
  const replayed = new Y.Doc();
  for (const row of rows) Y.applyUpdate(replayed, row.bytes);
  expect(contentHash(replayed)).toBe(contentHash(author.doc));
});

test("who leaves while the edit is being committed loses nothing, and who comes meanwhile sees it", async () => {
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const open = closeGate();
  const id = author.add();
  // The edit has arrived once the server has answered something that was sent after it on the same socket.
  author.provider.forceSync();
  await ada.get("/api/images");
  author.destroy();
  await ada.get("/api/images");
  const late = bob.join(room);
  await late.synced();
  expect(late.has(id)).toBe(false);
  open();
  await until(() => late.has(id));
  const next = late.add();
  await late.saved();
  late.destroy();
  // Loaded anew from the database, both are there.
  const reader = ada.join(room);
  await until(() => reader.has(id) && reader.has(next));
});

test("a room that everybody left is unloaded, and comes back whole", async () => {
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const ids = Array.from({ length: 30 }, (_, i) => author.add(i));
  await author.saved();
  author.destroy();
  await expectRooms(0);
  const reader = bob.join(room);
  await until(() => ids.every(reader.has));
  expect(contentHash(reader.doc)).toBe(contentHash(author.doc));
});

async function expectRooms(count: number): Promise<void> {
  let rooms = -1;
  const ask = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    rooms = Number(/^coscope_rooms (\d+)$/m.exec(metrics)?.[1]);
  };
  while (rooms !== count) await ask();
}

test("a database that fails for a moment costs nothing", async () => {
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  const peer = bob.join(room);
  await Promise.all([author.synced(), peer.synced()]);
  failures = 2;
  const id = author.add();
  await Promise.all([author.saved(), until(() => peer.has(id))]);
});

test("a database that gives up: nobody is told saved, all come back, and the edit is saved then", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  const peer = bob.join(room);
  await Promise.all([author.synced(), peer.synced()]);
  const first = author.add();
  await author.saved();
  let closes = 0;
  author.provider.on("close", () => closes++);
  failures = 4;
  const second = author.add();
  await until(() => closes > 0);
  await Promise.all([author.saved(), until(() => peer.has(first) && peer.has(second))]);
  expect(await rowsOf(layerId)).toHaveLength(2);
});

test("a built-in database that answers nothing: who draws goes on and is seen, and it has all of it later", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  const peer = bob.join(room);
  await Promise.all([author.synced(), peer.synced()]);
  author.add(0);
  await author.saved();
  const over = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = server.store.db.transaction(async () => {
    held.resolve();
    await over.promise;
  });
  await held.promise;
  const ids = Array.from({ length: 20 }, (_, i) => author.add(i));
  await Promise.all([author.saved(), until(() => ids.every(peer.has))]);
  over.resolve();
  await holding;
  const stored = new Y.Doc();
  for (const row of await rowsOf(layerId)) Y.applyUpdate(stored, row.bytes);
  expect(contentHash(stored)).toBe(contentHash(author.doc));
});

test("a flood into a database that stalls is its author's trouble alone", async () => {
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  let closes = 0;
  author.provider.on("close", () => closes++);
  const sockets = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const layer = await bob.newLayer();
      const socket = await bob.raw();
      await socket.authenticate(layer.room);
      await until(() => socket.stateless(layer.room).length > 0);
      return { socket, room: layer.room };
    }),
  );
  const open = closeGate();
  for (const { socket, room: flooded } of sockets) {
    const doc = new Y.Doc();
    doc.on("update", (update) => socket.update(flooded, update));
    const layer = createLayerDocument(doc);
    const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
    for (let i = 0; i < 1_500; i++)
      execute(layer, makeAdd({ author: bob.user.id, annotations: [{ geometry, classId: null }] }), "flood");
  }
  // Too much of Bob's waits: he is sent away before it is accepted.
  await until(() => sockets.some(({ socket }) => socket.closed?.code === 4509));
  const id = author.add();
  await until(() => author.provider.hasUnsyncedChanges);
  await ada.get("/api/images");
  open();
  await author.saved();
  const reader = ada.join(room);
  await until(() => reader.has(id));
  expect(closes).toBe(0);
});

test("an edit to an outdated epoch is refused inside the commit, and the new room is named", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const first = author.add();
  await author.saved();
  await server.store.db.execute(`update layer set epoch = 2 where id = '${layerId}'`);
  server.store.documentLog.forget(layerId);
  author.add();
  const newRoom = room.replace("e1/", "e2/");
  await until(() => author.of("epoch").length > 0);
  expect(author.of("epoch")[0]).toEqual({ t: "epoch", room: newRoom });
  expect(await rowsOf(layerId)).toHaveLength(1);
  author.destroy();

  const outdated = ada.join(room);
  await until(() => outdated.refusedReason);
  expect(outdated.refusedReason).toBe("epoch-changed");
  const answer = await ada.call("GET", `/api/rooms/${room.slice(1)}/durable`);
  expect(answer).toMatchObject({ status: 409, body: { error: { code: "epoch-changed" } } });
  const current = ada.join(newRoom);
  await current.synced();
  expect(current.has(first)).toBe(false);
  current.add();
  await current.saved();
});

test("loading is the snapshot and what came after it; the rows stay", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  for (let i = 0; i < 25; i++) {
    author.add(i);
    await author.saved();
  }
  author.destroy();
  await expectRooms(0);
  const again = ada.join(room, new Y.Doc());
  await again.synced();
  again.add();
  await again.saved();
  again.destroy();
  await expectRooms(0);
  const reader = bob.join(room);
  await until(() => contentHash(reader.doc) === contentHash(again.doc));
  const snapshots = await server.store.db.query.documentSnapshot.findMany({
    where: (row, { eq }) => eq(row.layerId, layerId),
  });
  expect(snapshots.length).toBeGreaterThan(0);
  expect(await rowsOf(layerId)).toHaveLength(26);
  expect(await ada.durable(room)).toEqual(Y.decodeStateVector(Y.encodeStateVector(reader.doc)));
});
