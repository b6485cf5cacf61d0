import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import * as Y from "yjs";
import { createRandom } from "../../convergence/random.ts";
import { FRAME, RawSocket, until } from "../harness.ts";
import { rectangleBy, World } from "./world.ts";

/** Frames that are none. What is inside updates: `hostile-frames.fuzz.test.ts`, beside the decoder. */
let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const NOTABLE: [string, Uint8Array][] = [
  ["an empty frame", new Uint8Array()],
  ["a pong", Uint8Array.of(10)],
  ["a ping", Uint8Array.of(9)],
  ["a lone zero", Uint8Array.of(0)],
  ["a presence frame of no kind", Uint8Array.of(0, 1)],
  ["a presence frame of an unknown kind", Uint8Array.of(0, 1, 99)],
  ["a document name beyond the end", Uint8Array.of(200, 1, 65)],
  ["a document name that is no UTF-8", Uint8Array.of(2, 255, 254, 0)],
  ["an endless number", new Uint8Array(40).fill(255)],
];

/** Said by every client, or nothing at all. */
const HARMLESS = new Set(["an empty frame", "a pong"]);

test("malformed frames: each notable one, with and without a session, on both endpoints", async () => {
  const { room } = world.layer;
  world.begin();
  for (const [what, bytes] of NOTABLE) {
    for (const token of [world.eve.token, null]) {
      const socket = await RawSocket.open(world.server.url, token);
      socket.send(bytes);
      socket.sendFrame(room, FRAME.auth, 0, world.eve.token, "raw");
      socket.send(bytes);
      if (HARMLESS.has(what)) {
        await until(() => socket.stateless(room).length > 0);
        expect(socket.closed).toBeNull();
      }
      socket.destroy();
    }
    const ordinary = new WebSocket(`${world.server.url.replace("http", "ws")}/yjs/${room}`, {
      headers: { authorization: `Bearer ${world.eve.token}` },
    });
    await until(() => ordinary.readyState === ordinary.OPEN);
    for (const type of [0, 1, 3]) ordinary.send(Uint8Array.of(type, ...bytes));
    ordinary.terminate();
  }
  await world.unharmed();
});

test("malformed frames: text, and bytes that are no UTF-8 as text, close the socket without a word in the log", async () => {
  world.begin();
  const text = await world.eve.raw();
  text.ws.send("hello");
  await until(() => text.closed);
  expect(text.closed).toMatchObject({ code: 4400, reason: "text frame" });
  const broken = await world.eve.raw();
  broken.ws.send(Uint8Array.of(255, 254), { binary: false });
  await until(() => broken.closed);
  await world.unharmed();
});

test("oversized frames: above 16 MiB closes the socket, and costs what was sent", async () => {
  world.begin();
  for (let i = 0; i < 3; i++) {
    const socket = await world.eveIn();
    socket.send(new Uint8Array((16 << 20) + 1));
    await until(() => socket.closed);
    // 1006: cut off before it had sent everything, and so before it read why.
    expect([4413, 1006]).toContain(socket.closed!.code);
  }
  await world.unharmed();
});

test.each([1, 2])("malformed frames: random and mutated ones over the socket, seed %i", async (seed) => {
  const random = createRandom(seed).next;
  const { room } = await world.ada.newLayer();
  const doc = new Y.Doc();
  rectangleBy(doc, world.eve.user.id);
  const update = Y.encodeStateAsUpdate(doc);
  world.begin();
  for (let round = 0; round < 25; round++) {
    const socket = await RawSocket.open(world.server.url, world.eve.token);
    if (random() < 0.7) socket.sendFrame(room, FRAME.auth, 0, world.eve.token, "raw");
    for (let i = 0; i < 40 && socket.closed === null; i++) {
      const mutated = update.slice();
      for (let n = 0; n < 1 + random() * 4; n++)
        mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
      const type = Math.floor(random() * 12);
      if (random() < 0.3)
        socket.send(Uint8Array.from({ length: random() * 60 }, () => Math.floor(random() * 256)));
      else if (random() < 0.6) socket.sendFrame(room, FRAME.sync, Math.floor(random() * 4), mutated);
      else socket.sendFrame(room, type, Math.floor(random() * 4), mutated);
    }
    socket.destroy();
  }
  await world.unharmed();
});

test.each([
  ["no such path", "/nothing", 404],
  ["another path", "/yjs/", 404],
])("malformed frames: an upgrade to %s is refused", async (_what, path, status) => {
  const ws = new WebSocket(world.server.url.replace("http", "ws") + path);
  const error = await new Promise<Error>((resolve) => ws.once("error", resolve));
  expect(error.message).toContain(String(status));
});

test.each(["//", "http://[", "http://[::1", "//%", "/yjs/%e0%a4%a"])(
  "malformed frames: an upgrade to %s, which is no address, is answered, and no fault of ours",
  async (path) => {
    world.begin();
    const { hostname, port } = new URL(world.server.url);
    const line = connect(Number(port), hostname);
    line.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    const [answer] = await once(line, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 (400 Bad Request|404 Not Found)\r\n/);
    line.destroy();
    await world.unharmed();
  },
);
