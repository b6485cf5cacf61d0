import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

/** Ordinary Yjs clients, through y-websocket's own provider. */
let server: TestServer;
let ada: Person;
let bob: Person;
const open: WebsocketProvider[] = [];
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(() => {
  for (const provider of open.splice(0)) provider.destroy();
  ada.leaveAll();
});
afterAll(() => server.remove());

function connect(person: Person, room: string, token = person.token) {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${server.url.replace("http", "ws")}/yjs`, room, doc, {
    params: { token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
    maxBackoffTime: 100,
  });
  open.push(provider);
  const closes: { code: number; reason: string }[] = [];
  provider.on(
    "connection-close",
    (event) => event && closes.push({ code: event.code, reason: event.reason }),
  );
  return { doc, provider, closes };
}

function draw(doc: Y.Doc, author: string): string {
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
  const command = makeAdd({ author, annotations: [{ geometry, classId: null }] });
  execute(createLayerDocument(doc), command, "test");
  return command.annotations[0]!.id;
}

test("an ordinary Yjs client and a page draw on the same layer", async () => {
  const { room } = await ada.newLayer();
  const page = ada.join(room);
  const client = connect(bob, room);
  await Promise.all([page.synced(), until(() => client.provider.synced)]);
  const theirs = draw(client.doc, bob.user.id);
  const ours = page.add();
  await until(() => page.has(theirs) && client.doc.getMap("origin").has(ours));
  expect(contentHash(page.doc)).toBe(contentHash(client.doc));
  await until(async () => (await bob.durable(room)).get(client.doc.clientID) === 1);
});

test("the README's way: the room's parts in the path, the token as a parameter or a header", async () => {
  const { room } = await ada.newLayer();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/yjs/${room}`, {
    headers: { authorization: `Bearer ${bob.token}` },
  });
  const frames: Uint8Array[] = [];
  socket.on("message", (data: Buffer) => frames.push(new Uint8Array(data)));
  await until(() => socket.readyState === socket.OPEN);
  socket.send(Uint8Array.of(0, 0, 1, 0));
  await until(() => frames.length >= 2);
  // Their state, and the question for ours.
  expect(frames.map((frame) => [frame[0], frame[1]])).toEqual(
    expect.arrayContaining([
      [0, 1],
      [0, 0],
    ]),
  );
  socket.terminate();
});

test("what is refused closes the socket for good, with the reason", async () => {
  const { room } = await ada.newLayer();
  const stranger = connect(bob, room, "nonsense");
  await until(() => stranger.closes.length > 0);
  expect(stranger.closes[0]).toEqual({ code: 4403, reason: "session-required" });
  const lost = connect(bob, "e1/demo/nothing");
  await until(() => lost.closes.length > 0);
  expect(lost.closes[0]).toEqual({ code: 4403, reason: "not-found" });

  const forger = connect(bob, room);
  await until(() => forger.provider.synced);
  draw(forger.doc, ada.user.id);
  await until(() => forger.closes.length > 0);
  expect(forger.closes[0]!.code).toBe(4422);
  expect(forger.closes[0]!.reason).toContain("not-an-annotation");
  expect(forger.provider.shouldConnect).toBe(false);
});

test("a deleted layer ends the connection", async () => {
  const layer = await ada.newLayer();
  const client = connect(bob, layer.room);
  await until(() => client.provider.synced);
  await ada.call("DELETE", `/api/layers/${layer.id}?revision=1`);
  await until(() => client.closes.length > 0);
  expect(client.closes[0]).toEqual({ code: 4410, reason: "layer-deleted" });
});

test("a viewer sees everything, and is told for good when it writes", async () => {
  const { room } = await ada.newLayer();
  const page = ada.join(room);
  await page.synced();
  const first = page.add();
  const removed = page.add();
  page.doc.getMap("origin").delete(removed);
  await page.saved();
  const viewer = await comeIn(server, "Vera");
  await server.store.db.execute(`update member set role = 'viewer' where user_id = '${viewer.user.id}'`);
  await viewer.call("PATCH", "/api/session", { name: "Vera" });
  const { doc, provider, closes } = connect(viewer, room);
  const given: { code: number }[] = [];
  provider.on("closed", (event) => given.push(event));
  await until(() => doc.getMap("origin").has(first));
  // Its answer to the handshake holds what it was sent, and what was removed: nothing new.
  const second = page.add();
  await until(() => doc.getMap("origin").has(second));
  expect(closes).toEqual([]);
  draw(doc, viewer.user.id);
  await until(() => given.length > 0);
  expect(closes[0]).toEqual({ code: 4422, reason: "view-only" });
  await page.saved();
  expect(page.doc.getMap("origin").size).toBe(2);
});
