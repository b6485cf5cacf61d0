import {
  contentHash,
  createLayerDocument,
  execute,
  makeSetAttribute,
  newAnnotationId,
} from "@coscope/annotations";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import * as Y from "yjs";
import { FlakyProxy } from "../../support/proxy.ts";
import { FRAME, type JoinedRoom, Person, RawSocket, until } from "../harness.ts";
import { bytesOf, drawMany, rectangleBy, rejections, World } from "./world.ts";

/** Too much of what is allowed. */
let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const metric = async (name: string) => {
  const text = await (await fetch(`${world.server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
};

/** Eve as a client of `/yjs`, whose messages are written by hand. */
async function ordinaryClient(room: string): Promise<WebSocket> {
  const ws = new WebSocket(`${world.server.url.replace("http", "ws")}/yjs/${room}`, {
    headers: { authorization: `Bearer ${world.eve.token}` },
  });
  ws.on("error", () => {});
  await until(() => ws.readyState === ws.OPEN);
  return ws;
}

test("slow reader: who stands still is cut off before it costs memory, and brought up to date when it returns", async () => {
  const { room } = await world.ada.newLayer();
  const author = world.ada.join(room);
  await author.synced();
  const ids = Array.from({ length: 200 }, () => author.add());
  await author.saved();
  const proxy = await FlakyProxy.start();
  proxy.target = Number(new URL(world.server.url).port);
  const slow = new Person(proxy.url, world.eve.token, world.eve.user).join(room);
  const same = () => contentHash(slow.doc) === contentHash(author.doc);
  await until(same);
  // 3 MB, over those before, so that nothing grows but what the reader has to be sent.
  const write = async (round: number) => {
    const note = makeSetAttribute(ids, "note", `${round}${"x".repeat(15_000)}`);
    execute(createLayerDocument(author.doc), note, "test");
    await author.saved();
  };
  // What writing costs by itself.
  for (let round = 0; round < 4; round++) await write(round);
  await until(same);
  world.begin();
  proxy.bytesPerSecond = 1;
  const before = await metric("coscope_slow_sockets_total");
  for (let round = 4; (await metric("coscope_slow_sockets_total")) === before; round++) {
    if (round === 24) throw new Error("60 MB wait for a peer that reads nothing");
    await write(round);
  }
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  // The provider comes back by itself.
  await until(same, 60_000);
  slow.destroy();
  await proxy.stop();
  author.destroy();
  await world.unharmed();
});

test("slow reader: whoever reads slowly gets a layer of 14 MB, while others draw on it", async () => {
  const { room } = await world.ada.newLayer();
  const author = world.ada.join(room);
  await author.synced();
  while (Y.encodeStateAsUpdate(author.doc).byteLength < 14_000_000) drawMany(author, 100, 2_000);
  await author.saved();
  world.begin();
  const proxy = await FlakyProxy.start();
  proxy.target = Number(new URL(world.server.url).port);
  proxy.bytesPerSecond = 4_000_000;
  const slow = new Person(proxy.url, world.bob.token, world.bob.user).join(room);
  const closes: unknown[] = [];
  slow.provider.on("close", (event: unknown) => closes.push(event));
  let sizeWhenSynced = 0;
  slow.provider.on("synced", () => {
    sizeWhenSynced = slow.doc.getMap("origin").size;
  });
  const size = author.doc.getMap("origin").size;
  let meanwhile = 0;
  while (!slow.provider.synced) {
    author.add(meanwhile++);
    await author.saved();
  }
  expect(meanwhile).toBeGreaterThan(10);
  expect(sizeWhenSynced).toBeGreaterThanOrEqual(size);
  await until(() => contentHash(slow.doc) === contentHash(author.doc));
  expect(slow.doc.store.pendingStructs).toBeNull();
  expect(closes).toEqual([]);
  slow.destroy();
  await proxy.stop();
  author.destroy();
  await world.unharmed();
});

test("flood before authentication: few sockets without a session, and little from each", async () => {
  world.begin();
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, () =>
      RawSocket.open(world.server.url, null).catch((error: Error) => error.message),
    ),
  );
  const sockets = outcomes.filter((outcome) => typeof outcome !== "string");
  expect(sockets).toHaveLength(50);
  expect(outcomes.filter((outcome) => typeof outcome === "string" && outcome.includes("429"))).toHaveLength(
    10,
  );
  const flood = new Uint8Array(256 << 10).fill(1);
  for (const socket of sockets) {
    // Frames of rooms that it did not join, and one that never ends.
    for (let i = 0; i < 3; i++) socket.sendFrame(world.layer.room, FRAME.sync, 2, flood);
    for (let i = 0; i < 100; i++) socket.sendFrame(`e1/demo/n${i}`, FRAME.auth, 0, "nonsense", "raw");
    socket.send(new Uint8Array(8 << 20));
  }
  await until(() => sockets.every((socket) => socket.closed));
  await world.unharmed();
  // Who comes with a session is let in all the time.
  (await world.eveIn()).destroy();
});

test("flood of updates: read more slowly, nothing lost, nobody else waits", async () => {
  const { room } = await world.ada.newLayer();
  world.begin();
  const eve = await world.eveIn(room);
  const doc = new Y.Doc();
  const update = rectangleBy(doc, world.eve.user.id);
  for (let i = 0; i < 14_000; i++) eve.update(room, update);
  const last = rectangleBy(doc, world.eve.user.id);
  eve.update(room, last);
  await world.drawTogether();
  await until(async () => (await world.ada.durable(room)).get(doc.clientID) === 2);
  expect(rejections(eve, room)).toEqual([]);
  expect(eve.closed).toBeNull();
  await world.unharmed();
});

test("flood of updates: new ones, through two sockets and as an ordinary client, are one user's share", async () => {
  const { room } = await world.ada.newLayer();
  const [one, two] = [await world.eveIn(room), await world.eveIn(room)];
  const ordinary = await ordinaryClient(room);
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()] as const;
  const made = docs.map((doc) => {
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (let i = 0; i < 4_000; i++) rectangleBy(doc, world.eve.user.id);
    return updates;
  });
  world.begin();
  const start = performance.now();
  for (let i = 0; i < 4_000; i++) {
    one.update(room, made[0]![i]!);
    two.update(room, made[1]![i]!);
    ordinary.send(bytesOf(0, 2, made[2]![i]!.length, made[2]![i]!));
  }
  await world.drawTogether();
  const clocks = async () => {
    const durable = await world.ada.durable(room);
    return docs.map((doc) => durable.get(doc.clientID) ?? 0);
  };
  // The burst is taken at once, the rest at the pace of one user; nobody is told off, and nothing is lost.
  await until(async () => (await clocks()).every((clock) => clock === 4_000), 90_000);
  expect(performance.now() - start).toBeGreaterThan(3_000);
  expect([...rejections(one, room), ...rejections(two, room)]).toEqual([]);
  expect([one.closed, two.closed, ordinary.readyState]).toEqual([null, null, ordinary.OPEN]);
  ordinary.terminate();
  await world.unharmed();
});

test("flood of updates: new ones of a megabyte each, on both endpoints", async () => {
  const { room } = await world.ada.newLayer();
  const eve = await world.eveIn(room);
  const ordinary = await ordinaryClient(room);
  // One outline of a megabyte, under ever new names.
  const template = new Y.Doc();
  drawMany({ doc: template, person: world.eve } as JoinedRoom, 1, 95_000);
  const [value] = template.getMap("origin").values();
  const bytes = Y.encodeStateAsUpdate(template).length;
  world.begin();
  const docs = [new Y.Doc(), new Y.Doc()] as const;
  const [one, two] = docs;
  one.on("update", (update: Uint8Array) => eve.update(room, update));
  two.on("update", (update: Uint8Array) => ordinary.send(bytesOf(0, 2, update.length, update)));
  for (let sent = 0; sent < 12_000_000; sent += bytes)
    for (const doc of docs) doc.getMap("origin").set(newAnnotationId(), value);
  await world.drawTogether();
  await until(async () => {
    const durable = await world.ada.durable(room);
    return docs.every((doc) => durable.get(doc.clientID) === Y.getState(doc.store, doc.clientID));
  }, 90_000);
  expect(rejections(eve, room)).toEqual([]);
  ordinary.terminate();
  // They are stored, so that this is no flood alone: the layer, the log and the built-in database each have them.
  await world.unharmed(500);
});

test("flood of updates: who was refused goes on sending, and is read no faster", async () => {
  const { room } = await world.ada.newLayer();
  const eve = await world.eveIn(room);
  world.begin();
  const frame = new Uint8Array(2 << 20);
  eve.update(room, frame);
  await until(() => rejections(eve, room).length > 0);
  const start = performance.now();
  for (let i = 0; i < 34; i++) eve.update(room, frame);
  await world.drawTogether();
  await until(() => eve.received(room, FRAME.status).length === 35, 60_000);
  // 73 MB, of which 64 MiB are read at once and the rest at 2 MiB a second.
  expect(performance.now() - start).toBeGreaterThan(1_500);
  await world.unharmed();
});

test("joins in waves: a page with 150 layers gets them all, and others draw meanwhile", async () => {
  const layers = await Promise.all(Array.from({ length: 150 }, () => world.ada.newLayer()));
  world.begin();
  const start = performance.now();
  const page = await world.eve.raw();
  for (const { room } of layers) {
    page.sendFrame(room, FRAME.auth, 0, "", "raw");
    page.sendFrame(room, FRAME.sync, 0, Uint8Array.of(0));
  }
  const author = world.ada.join(world.layer.room);
  await author.synced();
  author.add();
  await author.saved();
  const savedMs = performance.now() - start;
  // Let in, told what is durable, and given what is there.
  for (const { room } of layers) {
    await until(() => page.stateless(room).length > 0);
    await until(() => page.received(room, FRAME.sync).length + page.received(room, 4).length > 0);
  }
  const ms = performance.now() - start;
  if (process.env["COSCOPE_FIGURES"])
    process.stderr.write(
      `150 layers in ${ms.toFixed(0)} ms; a colleague's edit saved after ${savedMs.toFixed(0)}\n`,
    );
  expect(page.closed).toBeNull();
  author.destroy();
  await world.unharmed();
});
