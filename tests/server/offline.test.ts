import { contentHash } from "@coscope/annotations";
import { PiecewiseSocket } from "@coscope/web/piecewise-socket";
import { HocuspocusProvider } from "@hocuspocus/provider";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { comeIn, type JoinedRoom, type Person, startTestServer, type TestServer, until } from "./harness.ts";
import { drawMany } from "./hostile/world.ts";

/** Who comes back with more than fits into one frame. */
let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
});
afterAll(() => server.remove());

/** A document with 18 MB of outlines, drawn where no server was. */
function drawnOffline(): Y.Doc {
  const doc = new Y.Doc();
  const nowhere = { person: ada, doc } as JoinedRoom;
  while (Y.encodeStateAsUpdate(doc).byteLength < 18_000_000) drawMany(nowhere, 200, 2_000);
  return doc;
}

test("18 MB drawn offline: the page's socket sends them in pieces, an ordinary client is told for good", async () => {
  const { room } = await ada.newLayer();
  const url = server.url.replace("http", "ws");
  const doc = drawnOffline();

  const ordinary = new WebsocketProvider(`${url}/yjs`, room, doc, {
    params: { token: ada.token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
    maxBackoffTime: 100,
  });
  let again = 0;
  ordinary.on("status", ({ status }) => {
    if (status === "connecting") again++;
  });
  const closed: { code: number; reason: string }[] = [];
  // "closed": it gives up.
  ordinary.on("closed", (event) => closed.push(event));
  await until(() => closed.length > 0);
  expect(closed[0]).toMatchObject({ code: 4413, reason: "a message above 16 MiB" });
  expect([again, ordinary.shouldConnect]).toEqual([0, false]);
  ordinary.destroy();
  expect(await ada.durable(room)).toEqual(new Map());

  const frames: number[] = [];
  class Watched extends WebSocket {
    override send(bytes: Uint8Array): void {
      frames.push(bytes.byteLength);
      super.send(bytes);
    }
  }
  const websocketProvider = new PiecewiseSocket({
    url: `${url}/collab`,
    WebSocketPolyfill: Watched as never,
  });
  const closes: unknown[] = [];
  websocketProvider.on("close", (event: unknown) => closes.push(event));
  let durable: Map<number, number> = new Map();
  const page = new HocuspocusProvider({
    websocketProvider,
    name: room,
    document: doc,
    token: ada.token,
    awareness: null,
    onStateless({ payload }) {
      const message = JSON.parse(payload);
      expect(message.t).toBe("durable");
      durable = Y.decodeStateVector(new Uint8Array(Buffer.from(message.sv, "base64")));
    },
  });
  page.attach();
  await until(() => (durable.get(doc.clientID) ?? 0) === Y.getState(doc.store, doc.clientID), 60_000);
  expect(Math.max(...frames)).toBeLessThan(4 << 20);
  expect(closes).toEqual([]);
  page.destroy();
  websocketProvider.destroy();
  const colleague = (await comeIn(server, "Bob")).join(room);
  await until(() => contentHash(colleague.doc) === contentHash(doc), 60_000);
  colleague.destroy();
});
