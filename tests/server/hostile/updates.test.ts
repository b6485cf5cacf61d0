import { createLayerDocument, execute, makeReclass } from "@coscope/annotations";
import * as decoding from "lib0/decoding";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { FRAME, until } from "../harness.ts";
import { bytesOf, rectangleBy, rejections, repeated, World } from "./world.ts";

/** Updates that were made to hurt. Each was seen to lose data, to split it, or to hold up a process. */
let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** As the layer knows it. */
async function copyOf(room: string): Promise<Y.Doc> {
  const joined = world.eve.join(room);
  await joined.synced();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(joined.doc));
  joined.destroy();
  return doc;
}

test("clock squatting: the next clock of a colleague cannot be taken", async () => {
  const { room } = world.layer;
  world.begin();
  const copy = await copyOf(room);
  const eve = await world.eveIn();
  for (const [victim, clock] of Y.decodeStateVector(Y.encodeStateVector(copy))) {
    copy.clientID = victim;
    eve.update(room, rectangleBy(copy, world.eve.user.id));
    await until(() => rejections(eve, room).length > 0);
    expect(rejections(eve, room)[0]).toMatchObject({ reason: "foreign-client-id", clientId: victim, clock });
    break;
  }
  await world.unharmed();
});

test("foreign client ids: an id stays its user's over sockets and reloads, and is nobody else's", async () => {
  const { room } = await world.ada.newLayer();
  world.begin();
  const doc = new Y.Doc();
  const [first, second] = [rectangleBy(doc, world.ada.user.id), rectangleBy(doc, world.ada.user.id)];
  const one = await world.ada.raw();
  await one.authenticate(room);
  one.update(room, first);
  await until(() => one.received(room, FRAME.status).length > 0);
  one.destroy();
  const eve = await world.eveIn(room);
  eve.update(room, second);
  await until(() => rejections(eve, room).length > 0);
  expect(rejections(eve, room)[0]).toMatchObject({ reason: "foreign-client-id" });
  const other = await world.ada.raw();
  await other.authenticate(room);
  other.update(room, second);
  await until(() => other.received(room, FRAME.status).length > 0);
  expect(rejections(other, room)).toEqual([]);
  expect((await world.ada.durable(room)).get(doc.clientID)).toBe(Y.getState(doc.store, doc.clientID));
  other.destroy();
  await world.unharmed();
});

test("foreign client ids: an ordinary Yjs client that forges one is closed for good", async () => {
  const { room } = world.layer;
  world.begin();
  const copy = await copyOf(room);
  copy.clientID = [...Y.decodeStateVector(Y.encodeStateVector(copy)).keys()][0]!;
  const provider = new WebsocketProvider(`${world.server.url.replace("http", "ws")}/yjs`, room, copy, {
    params: { token: world.eve.token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
  });
  let code = 0;
  provider.on("connection-close", (event) => {
    code ||= event?.code ?? 0;
  });
  await until(() => provider.synced);
  rectangleBy(copy, world.eve.user.id);
  await until(() => code > 0);
  expect(code).toBe(4422);
  provider.destroy();
  await world.unharmed();
});

test("pending-struct bomb: what hangs on nothing is not kept, neither here nor in the database", async () => {
  const { room } = await world.ada.newLayer();
  world.begin();
  const doc = new Y.Doc();
  rectangleBy(doc, world.eve.user.id);
  const missing = Y.encodeStateVector(doc);
  const [key] = doc.getMap("origin").keys();
  doc.getMap("attribute").set(`${key}/a`, "x");
  for (let i = 0; i < 80; i++) doc.getMap("attribute").set(`${key}/a${i}`, "x".repeat(15_000));
  const bomb = Y.encodeStateAsUpdate(doc, missing);
  expect(bomb.length).toBeGreaterThan(1 << 20);
  for (let i = 0; i < 3; i++) {
    const eve = await world.eveIn(room);
    for (let n = 0; n < 3; n++) eve.update(room, bomb);
    for (let n = 0; n < 7; n++) eve.sendFrame(room, FRAME.sync, 1, bomb);
    await until(() => rejections(eve, room).length > 0);
    expect(rejections(eve, room)[0]).toMatchObject({ reason: "missing-history" });
    eve.destroy();
  }
  expect(await world.ada.durable(room)).toEqual(new Map());
  expect(Y.encodeStateAsUpdate(await copyOf(room)).length).toBeLessThan(10);
  await world.unharmed();
});

test("pending-struct bomb: a client in two parts, of which Yjs applies the last only, is refused", async () => {
  const { room } = await world.ada.newLayer();
  world.begin();
  const value = bytesOf(0x28, 1, "label", "a", 1, Uint8Array.of(119, 1, 97));
  const other = bytesOf(0x28, 1, "label", "b", 1, Uint8Array.of(119, 1, 97));
  const eve = await world.eveIn(room);
  eve.update(room, bytesOf(2, 1, 5, 0, value, 1, 5, 1, other, 0));
  await until(() => rejections(eve, room).length > 0);
  expect(rejections(eve, room)[0]).toMatchObject({ reason: "malformed-update" });
  expect(await world.ada.durable(room)).toEqual(new Map());
  await world.unharmed();
});

/** A V2 update of 28 bytes that says that it has a trillion structs, and has them, as they are all the same (yjs#687). */
const LENGTHS = bytesOf(65, 2 ** 40);
const RLE_BOMB = bytesOf(0, 0, 1, 9, 0, 0, 1, 0, 1, 0, 0, 0, LENGTHS.length, LENGTHS, 1, 2 ** 40, 0, 0);

test("V2/RLE bomb: it is one", () => {
  class Counting extends Y.UpdateDecoderV2 {
    structs = 0;
    override readInfo(): number {
      if (++this.structs > 100_000) throw new RangeError("more than 100,000 structs");
      return super.readInfo();
    }
  }
  expect(RLE_BOMB.length).toBeLessThan(40);
  expect(() => Y.decodeUpdateV2(RLE_BOMB, Counting)).toThrow("more than 100,000 structs");
});

test.each([
  ["a run-length bomb", RLE_BOMB],
  ["an honest update in V2", Y.encodeStateAsUpdateV2(documentWith("eve"))],
])("V2/RLE bomb: %s is never decoded as V2", async (_what, bytes) => {
  world.begin();
  const eve = await world.eveIn();
  eve.update(world.layer.room, bytes);
  await until(() => rejections(eve, world.layer.room).length > 0);
  await world.unharmed();
});

const MiB16 = (16 << 20) - 1_000;
const nulls = new Uint8Array(MiB16 - 100).fill(126);
const depth = new Uint8Array(5_000_000).map((_, i) => (i % 2 ? 1 : 117));

/** Few bytes each, and each an object in memory, or a walk along all that is there. */
const BOMBS: [string, string, () => Uint8Array][] = [
  [
    "eight million structs",
    "too-large",
    () => bytesOf(1, MiB16 >> 1, 9, 0, repeated(Uint8Array.of(0, 1), MiB16 >> 1), 0),
  ],
  [
    "eight million deletions",
    "too-large",
    () => bytesOf(0, 1, 9, MiB16 >> 1, repeated(Uint8Array.of(1, 1), MiB16 >> 1)),
  ],
  [
    "a million clients",
    "too-large",
    () => {
      const numbers = Array.from({ length: 3 * 1_100_000 }, (_, i) => (i % 3 === 1 ? i : 0));
      return bytesOf(1_100_000, ...chunked(numbers), 0);
    },
  ],
  [
    "a value of sixteen million nulls",
    "too-large",
    () => bytesOf(1, 1, 9, 0, 0x28, 1, "label", "a", 1, 117, nulls.length, nulls, 0),
  ],
  [
    "a value of sixteen million values",
    "too-large",
    () => bytesOf(1, 1, 9, 0, 0x28, 1, "label", "a", nulls.length, nulls, 0),
  ],
  ["an endless nest", "too-large", () => bytesOf(1, 1, 9, 0, 0x28, 1, "label", "a", 1, depth, 0)],
  [
    "an endless nest in JSON",
    "too-large",
    () => bytesOf(1, 1, 9, 0, 0x25, 1, "label", "a", "[".repeat(8_000_000), 0),
  ],
  ["a count of structs that are not there", "malformed-update", () => bytesOf(1, 2 ** 45, 9, 0)],
  [
    "clocks beyond numbers",
    "not-an-annotation",
    () => bytesOf(1, 2, 9, 0, 0, 2 ** 53 - 1, 0, 2 ** 53 - 1, 0),
  ],
  [
    "a hundred thousand values beside one another",
    "not-an-annotation",
    () =>
      bytesOf(
        1,
        100_000,
        9,
        0,
        repeated(bytesOf(0x28, 1, "class", "cell", 1, Uint8Array.of(119, 1, 97)), 100_000),
        0,
      ),
  ],
];

test.each(BOMBS)("decode bomb: %s", async (_what, reason, make) => {
  const { room } = await world.ada.newLayer();
  const bytes = make();
  const eve = await world.eveIn(room);
  world.begin();
  eve.update(room, bytes);
  await until(() => rejections(eve, room).length > 0);
  expect(rejections(eve, room)[0]).toMatchObject({ reason });
  expect(await world.ada.durable(room)).toEqual(new Map());
  await world.unharmed();
});

test("decode bomb: deletions of everything, ten thousand times over", async () => {
  const layer = await world.ada.newLayer();
  const doc = new Y.Doc();
  for (let i = 0; i < 50; i++) rectangleBy(doc, world.eve.user.id);
  const cells = [...doc.getMap("origin").keys()];
  for (let i = 0; i < 3_000; i++)
    execute(createLayerDocument(doc), makeReclass([cells[i % 50]!], `c${i}`), "test");
  const eve = await world.eveIn(layer.room);
  eve.update(layer.room, Y.encodeStateAsUpdate(doc));
  await until(async () => (await world.eve.durable(layer.room)).size > 0);
  world.begin();
  const all = repeated(bytesOf(1, 2_900), 10_000);
  eve.update(layer.room, bytesOf(0, 1, doc.clientID, 10_000, all));
  await until(() => rejections(eve, layer.room).length > 0);
  expect(rejections(eve, layer.room)[0]).toMatchObject({ reason: "malformed-update" });
  await world.unharmed();
});

test("decode bomb: a state vector of millions closes the socket", async () => {
  world.begin();
  for (const bytes of [bytesOf(8_000_000, repeated(Uint8Array.of(1, 1), 8_000_000)), bytesOf(2 ** 40)]) {
    const eve = await world.eveIn();
    eve.sendFrame(world.layer.room, FRAME.sync, 0, bytes);
    await until(() => eve.closed);
    expect(eve.closed).toMatchObject({ code: 4400 });
  }
  await world.unharmed();
});

test("undecodable update acknowledged: it is refused, and nothing after it is acknowledged either", async () => {
  const { room } = await world.ada.newLayer();
  world.begin();
  for (const bytes of [Uint8Array.of(255, 255, 255, 255), new Uint8Array(), Uint8Array.of(1)]) {
    const eve = await world.eveIn(room);
    eve.update(room, bytes);
    eve.update(room, rectangleBy(new Y.Doc(), world.eve.user.id));
    await until(() => eve.received(room, FRAME.status).length === 2);
    expect(rejections(eve, room)[0]).toMatchObject({ reason: "malformed-update" });
    const statuses = eve.received(room, FRAME.status).map(({ decoder }) => decoding.readVarUint(decoder));
    expect(statuses).toEqual([0, 0]);
  }
  expect(await world.ada.durable(room)).toEqual(new Map());
  await world.unharmed();
});

/** One struct each, under so many client ids. */
function manyClients(count: number, from = 1): Uint8Array {
  const sections = Array.from({ length: count }, (_, i) =>
    bytesOf(1, from + i, 0, 1 | 0x20, 1, "label", String(from + i).padStart(16, "a"), 1),
  );
  return bytesOf(count, Buffer.concat(sections), 0);
}

test("client ids: more than one statement of SQL takes are stored; more than a user may bring are refused", async () => {
  const layers = await Promise.all(Array.from({ length: 20 }, () => world.ada.newLayer()));
  world.begin();
  const eve = await world.eve.raw();
  await Promise.all(layers.map(({ room }) => eve.authenticate(room)));
  for (const { room } of layers) eve.update(room, manyClients(1_000));
  for (const { room } of layers) await until(async () => (await world.ada.durable(room)).size === 1_000);
  const { room } = layers[0]!;
  eve.update(room, manyClients(200, 5_000));
  await until(() => rejections(eve, room).length > 0);
  expect(rejections(eve, room)[0]).toMatchObject({ reason: "too-many-clients" });
  await world.unharmed();
});

/** Spread at once, a million arguments are too many. */
function chunked(numbers: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < numbers.length; i += 30_000) chunks.push(bytesOf(...numbers.slice(i, i + 30_000)));
  return chunks;
}

function documentWith(author: string): Y.Doc {
  const doc = new Y.Doc();
  rectangleBy(doc, author);
  return doc;
}
