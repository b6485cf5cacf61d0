import { createLayerDocument, execute, makeAdd, makeReclass, makeRemove } from "@coscope/annotations";
import * as decoding from "lib0/decoding";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { comeIn, FRAME, type Person, RawSocket, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
let eve: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  eve = await comeIn(server, "Eve");
});
afterEach(() => {
  ada.leaveAll();
  eve.leaveAll();
});
afterAll(() => server.remove());

const countRows = async (layerId: string) => {
  await server.store.documentLog.settle();
  const rows = await server.store.db.query.documentUpdate.findMany({
    where: (row, { eq }) => eq(row.layerId, layerId),
  });
  return rows.length;
};

function rectangleBy(doc: Y.Doc, author: string): Uint8Array {
  const before = Y.encodeStateVector(doc);
  const geometry = {
    kind: "rectangle",
    plane: { z: 0, t: 0 },
    x: 1,
    y: 1,
    width: 5,
    height: 5,
    rotation: 0,
  } as const;
  const annotations = [{ geometry, classId: null }];
  execute(createLayerDocument(doc), makeAdd({ author, annotations }), "test");
  return Y.encodeStateAsUpdate(doc, before);
}

async function rawIn(person: Person, room: string): Promise<RawSocket> {
  const socket = await person.raw();
  await socket.authenticate(room);
  await until(() => socket.stateless(room).length > 0);
  return socket;
}

const rejections = (socket: RawSocket, room: string) =>
  socket.stateless(room).filter((message) => message.t === "rejected");

test("a full layer takes nothing more and says so; others do, and what it has stays", async () => {
  const small = await startTestServer({ annotations: { layerBytes: 2_000 } });
  try {
    const bob = await comeIn(small, "Bob");
    const { room } = await bob.newLayer();
    const socket = await rawIn(bob, room);
    const doc = new Y.Doc();
    const sent: Uint8Array[] = [];
    while (rejections(socket, room).length === 0) {
      sent.push(rectangleBy(doc, bob.user.id));
      socket.update(room, sent.at(-1)!);
      const before = socket.received(room, FRAME.status).length;
      await until(() => socket.received(room, FRAME.status).length > before);
    }
    expect(rejections(socket, room)[0]).toMatchObject({ reason: "layer-full", clientId: doc.clientID });
    const kept = new Y.Doc();
    for (const update of sent.slice(0, -1)) Y.applyUpdate(kept, update);
    expect(await bob.durable(room)).toEqual(Y.decodeStateVector(Y.encodeStateVector(kept)));
    const other = await bob.newLayer();
    await socket.authenticate(other.room);
    socket.update(other.room, rectangleBy(new Y.Doc(), bob.user.id));
    await until(async () => (await bob.durable(other.room)).size === 1);
    bob.leaveAll();
  } finally {
    await small.remove();
  }
});

test("when there is no room for annotations at all, each is refused and nothing else breaks", async () => {
  const full = await startTestServer({ annotations: { totalBytes: 0 } });
  try {
    const bob = await comeIn(full, "Bob");
    const { room } = await bob.newLayer();
    const socket = await rawIn(bob, room);
    socket.update(room, rectangleBy(new Y.Doc(), bob.user.id));
    await until(() => rejections(socket, room).length > 0);
    expect(rejections(socket, room)[0]).toMatchObject({ reason: "storage-full" });
    expect((await bob.durable(room)).size).toBe(0);
    bob.leaveAll();
  } finally {
    await full.remove();
  }
});

test("a clock left out is not stored; the client is asked and sends everything", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const doc = new Y.Doc();
  rectangleBy(doc, ada.user.id);
  const second = rectangleBy(doc, ada.user.id);
  const socket = await rawIn(ada, room);
  socket.update(room, second);
  await until(() => socket.received(room, FRAME.sync).length > 0);
  const { decoder } = socket.received(room, FRAME.sync)[0]!;
  expect(decoding.readVarUint(decoder)).toBe(0);
  expect(await countRows(layerId)).toBe(0);
  const asked = decoding.readVarUint8Array(decoder);
  socket.sendFrame(room, FRAME.sync, 1, Y.encodeStateAsUpdate(doc, asked));
  await until(() => socket.received(room, FRAME.status).length > 0);
  expect((await ada.durable(room)).get(doc.clientID)).toBe(Y.getState(doc.store, doc.clientID));
  expect(await countRows(layerId)).toBe(1);
});

test("a client that never sends what is missing is told so, not asked for ever", async () => {
  const { id: layerId, room } = await ada.newLayer();
  const doc = new Y.Doc();
  rectangleBy(doc, ada.user.id);
  const second = rectangleBy(doc, ada.user.id);
  const socket = await rawIn(ada, room);
  for (let i = 0; i < 20; i++) socket.update(room, second);
  await until(() => socket.received(room, FRAME.sync).length > 0);
  expect(socket.received(room, FRAME.sync)).toHaveLength(1);
  for (let i = 0; i < 20; i++) socket.sendFrame(room, FRAME.sync, 1, second);
  await until(() => rejections(socket, room).length > 0);
  expect(rejections(socket, room)).toMatchObject([{ reason: "missing-history" }]);
  expect(socket.received(room, FRAME.sync)).toHaveLength(6);
  expect(await countRows(layerId)).toBe(0);
});

test.each<[string, (doc: Y.Doc) => void]>([
  ["another root map", (doc) => doc.getMap("chat").set("a", "hello")],
  ["a nested type", (doc) => doc.getMap("class").set("a", new Y.Map())],
  ["a list", (doc) => doc.getArray("geometry").push([1])],
  ["a value that is none", (doc) => doc.getMap("geometry").set("a", "not bytes")],
  ["another one's name as author", (doc) => rectangleBy(doc, ada.user.id)],
])("%s is refused; the rest of the room still reaches the refused client", async (_what, write) => {
  const { id: layerId, room } = await ada.newLayer();
  const socket = await rawIn(eve, room);
  const doc = new Y.Doc();
  write(doc);
  socket.update(room, Y.encodeStateAsUpdate(doc));
  await until(() => rejections(socket, room).length > 0);
  expect(rejections(socket, room)[0]).toMatchObject({ reason: "not-an-annotation" });
  // Quarantined: even a good edit is not taken any more.
  socket.update(room, rectangleBy(new Y.Doc(), eve.user.id));
  const author = ada.join(room);
  await author.synced();
  author.add();
  await author.saved();
  await until(() => socket.received(room, FRAME.sync).length > 0);
  expect(socket.closed).toBeNull();
  expect(await countRows(layerId)).toBe(1);
});

test("an update that replaces one still being committed is checked together with it", async () => {
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const id = author.add();
  for (let i = 0; i < 20; i++)
    execute(createLayerDocument(author.doc), makeReclass([id], `class${i}`), "test");
  execute(createLayerDocument(author.doc), makeRemove([id]), "test");
  await author.saved();
  expect(author.of("rejected")).toEqual([]);

  // The same with a value of the wrong kind.
  const socket = await rawIn(eve, room);
  const doc = new Y.Doc();
  const good = rectangleBy(doc, eve.user.id);
  const before = Y.encodeStateVector(doc);
  const [key] = doc.getMap("origin").keys();
  doc.getMap("origin").set(key!, "a label");
  const bad = Y.encodeStateAsUpdate(doc, before);
  socket.update(room, good);
  socket.update(room, bad);
  await until(() => rejections(socket, room).length > 0);
});

test("rooms are joined by name, by right and by session", async () => {
  const { id, room } = await ada.newLayer();
  const reasonFor = async (name: string, token = ada.token) => {
    const socket = await RawSocket.open(server.url, null);
    await socket.authenticate(name, token);
    const { decoder } = socket.received(name, FRAME.auth)[0]!;
    const type = decoding.readVarUint(decoder);
    socket.destroy();
    return type === 2 ? "joined" : decoding.readVarString(decoder);
  };
  expect(await reasonFor(room)).toBe("joined");
  expect(await reasonFor(room, "")).toBe("session-required");
  expect(await reasonFor(room, "nonsense")).toBe("session-ended");
  expect(await reasonFor(`e2/demo/${id}`)).toBe("epoch-changed");
  expect(await reasonFor(`e1/other/${id}`)).toBe("not-found");
  expect(await reasonFor("e1/demo/nothing")).toBe("not-found");
  for (const name of ["constructor", "e1/demo", "e01/demo/x", "../../etc", "e1/demo/__proto__"])
    expect(await reasonFor(name), name).toBe("bad-room-name");
});

test("a deleted layer's room is closed with a reason and cannot be joined again", async () => {
  const layer = await ada.newLayer();
  const author = ada.join(layer.room);
  await author.synced();
  author.add();
  await author.saved();
  const socket = await rawIn(eve, layer.room);
  expect((await ada.call("DELETE", `/api/layers/${layer.id}?revision=1`)).status).toBe(204);
  await until(() => socket.received(layer.room, FRAME.close).length > 0);
  const [close] = socket.received(layer.room, FRAME.close);
  expect(decoding.readVarString(close!.decoder)).toBe("layer-deleted");
  const again = eve.join(layer.room);
  await until(() => again.refusedReason);
  expect(again.refusedReason).toBe("not-found");
  // What was drawn is kept.
  expect(await countRows(layer.id)).toBe(1);
});

test("signing out closes the session's sockets at once", async () => {
  const gone = await comeIn(server, "Gone");
  const { room } = await ada.newLayer();
  const socket = await rawIn(gone, room);
  expect((await gone.call("DELETE", "/api/session")).status).toBe(204);
  await until(() => socket.closed);
  expect(socket.closed).toMatchObject({ code: 4401 });
  expect((await gone.call("GET", "/api/session")).status).toBe(401);
});

test("pages of other sites cannot open a socket", async () => {
  const refused = (headers: Record<string, string>) =>
    RawSocket.open(server.url, ada.token, headers).then(
      () => "opened",
      (error: Error) => error.message,
    );
  expect(await refused({ origin: "https://evil.example" })).toContain("403");
  expect(await refused({ host: "evil.example" })).toContain("403");
  expect(await refused({ origin: server.url })).toBe("opened");
});

test("a room that is left and joined in one breath is joined", async () => {
  const { room } = await ada.newLayer();
  const socket = await rawIn(ada, room);
  const doc = new Y.Doc();
  socket.update(room, rectangleBy(doc, ada.user.id));
  socket.sendFrame(room, FRAME.close);
  socket.sendFrame(room, FRAME.auth, 0, "", "raw");
  socket.sendFrame(room, FRAME.sync, 0, Uint8Array.of(0));
  await until(() => socket.received(room, FRAME.auth).length === 2);
  await until(() => socket.stateless(room).at(-1)?.["sv"] !== "AA==");
  socket.update(room, rectangleBy(doc, ada.user.id));
  await until(
    async () => (await ada.durable(room)).get(doc.clientID) === Y.getState(doc.store, doc.clientID),
  );
  // Goodbye while the door is still closed, and again.
  for (let i = 0; i < 3; i++) {
    socket.sendFrame(room, FRAME.close);
    socket.sendFrame(room, FRAME.auth, 0, "", "raw");
  }
  await until(() => socket.received(room, FRAME.auth).length >= 3);
  const before = Y.getState(doc.store, doc.clientID);
  socket.update(room, rectangleBy(doc, ada.user.id));
  await until(async () => ((await ada.durable(room)).get(doc.clientID) ?? 0) > before);
  expect(socket.closed).toBeNull();
});

test("what is said to a closed door is not kept for later", async () => {
  const { room } = await ada.newLayer();
  const socket = await ada.raw();
  socket.sendFrame(room, FRAME.close);
  socket.update(room, rectangleBy(new Y.Doc(), ada.user.id));
  socket.sendFrame(room, FRAME.sync, 0, Uint8Array.of(0));
  // Refused first, let in afterwards, on the same socket.
  socket.sendFrame(room, FRAME.auth, 0, "nonsense", "raw");
  await until(() => socket.received(room, FRAME.auth).length === 1);
  socket.sendFrame(room, FRAME.close);
  await socket.authenticate(room);
  await until(() => socket.stateless(room).length > 0);
  const doc = new Y.Doc();
  socket.update(room, rectangleBy(doc, ada.user.id));
  await until(async () => (await ada.durable(room)).has(doc.clientID));
  expect((await ada.durable(room)).size).toBe(1);
});
