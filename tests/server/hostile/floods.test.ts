import { contentHash } from "@coscope/annotations";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { FlakyProxy } from "../../support/proxy.ts";
import { FRAME, Person, RawSocket, until } from "../harness.ts";
import { drawMany, rectangleBy, rejections, World } from "./world.ts";

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

test("slow reader: who stands still is cut off before it costs memory, and brought up to date when it returns", async () => {
  const { room } = await world.ada.newLayer();
  const author = world.ada.join(room);
  await author.synced();
  author.add();
  await author.saved();
  const proxy = await FlakyProxy.start();
  proxy.target = Number(new URL(world.server.url).port);
  const slow = new Person(proxy.url, world.eve.token, world.eve.user).join(room);
  await until(() => contentHash(slow.doc) === contentHash(author.doc));
  world.begin();
  proxy.bytesPerSecond = 1;
  const before = await metric("coscope_slow_sockets_total");
  for (let i = 0; (await metric("coscope_slow_sockets_total")) === before; i++) {
    if (i === 20) throw new Error("60 MB wait for a peer that reads nothing");
    for (let n = 0; n < 3; n++) drawMany(author, 100, 2_000);
    await author.saved();
  }
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  // The provider comes back by itself.
  await until(() => contentHash(slow.doc) === contentHash(author.doc), 60_000);
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
