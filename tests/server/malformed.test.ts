import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { comeIn, FRAME, type Person, RawSocket, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server);
});
afterAll(() => server.remove());

/** Mulberry32: the seed in a failure's message is all that is needed to see it again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function serverIsWell(room: string): Promise<void> {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const author = ada.join(room);
  await author.synced();
  author.add();
  await author.saved();
  ada.leaveAll();
}

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

test.each(NOTABLE)("%s does no harm", async (_what, bytes) => {
  const { room } = await ada.newLayer();
  for (const token of [ada.token, null]) {
    const socket = await RawSocket.open(server.url, token);
    socket.send(bytes);
    socket.sendFrame(room, FRAME.auth, 0, ada.token, "raw");
    socket.send(bytes);
    socket.destroy();
  }
  await serverIsWell(room);
});

test("a text frame and one above 16 MiB close the socket", async () => {
  const { room } = await ada.newLayer();
  const text = await ada.raw();
  text.ws.send("hello");
  await until(() => text.closed);
  expect(text.closed).toMatchObject({ code: 4400 });
  const huge = await ada.raw();
  huge.send(new Uint8Array((16 << 20) + 1));
  await until(() => huge.closed);
  expect([1009, 1006]).toContain(huge.closed!.code);
  await serverIsWell(room);
});

test.each([1, 2, 3, 4])("random and mutated frames, seed %i", async (seed) => {
  const random = randomOf(seed);
  const { room } = await ada.newLayer();
  const doc = new Y.Doc();
  doc.getMap("geometry").set("a", Uint8Array.of(1, 0, 1, 0, 0, 2, 2));
  const update = Y.encodeStateAsUpdate(doc);
  for (let round = 0; round < 12; round++) {
    const socket = await RawSocket.open(server.url, ada.token);
    if (random() < 0.7) socket.sendFrame(room, FRAME.auth, 0, ada.token, "raw");
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
  await serverIsWell(room);
});

test.each([
  ["no such path", "/nothing", 404],
  ["another path", "/yjs/", 404],
])("an upgrade to %s is refused", async (_what, path, status) => {
  const { default: WebSocket } = await import("ws");
  const ws = new WebSocket(server.url.replace("http", "ws") + path);
  const error = await new Promise<Error>((resolve) => ws.once("error", resolve));
  expect(error.message).toContain(String(status));
});
