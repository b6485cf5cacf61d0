import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import * as Y from "yjs";
import { FlakyProxy } from "../../support/proxy.ts";
import {
  comeIn,
  FRAME,
  type Person,
  RawSocket,
  startTestServer,
  type TestServer,
  until,
} from "../harness.ts";
import { drawMany, rectangleBy } from "./world.ts";

/** In place of 20 s, and of the 30 s that providers have patience. */
const KEEPALIVE_MS = 200;
const PATIENCE_MS = 2_000;

let server: TestServer;
let ada: Person;
let proxy: FlakyProxy;
beforeAll(async () => {
  server = await startTestServer({ keepaliveMs: KEEPALIVE_MS });
  ada = await comeIn(server, "Ada");
  proxy = await FlakyProxy.start();
  proxy.target = server.port;
});
afterEach(() => ada.leaveAll());
afterAll(async () => {
  await proxy.stop();
  await server.remove();
});

const metric = async (name: string) => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
};
const sockets = () => metric("coscope_sockets");

test("keepalive: who says nothing for many times the patience of both sides stays, on both endpoints", async () => {
  const { room } = await ada.newLayer();
  const url = server.url.replace("http", "ws");
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: `${url}/collab`,
    messageReconnectTimeout: PATIENCE_MS,
  });
  const closes: unknown[] = [];
  let alive = 0;
  websocketProvider.on("close", (event: unknown) => closes.push(event));
  websocketProvider.on("message", ({ data }: { data: ArrayBuffer }) => {
    if (data.byteLength === 1) alive++;
  });
  const doc = new Y.Doc();
  const provider = new HocuspocusProvider({
    websocketProvider,
    name: room,
    document: doc,
    token: ada.token,
    awareness: null,
  });
  provider.attach();
  await until(() => provider.synced);
  const ordinary = new WebSocket(`${url}/yjs/${room}?token=${ada.token}`);
  let ordinaryAlive = 0;
  ordinary.on("message", (data: Buffer) => {
    if (data.equals(Uint8Array.of(1, 1, 0))) ordinaryAlive++;
  });
  await until(() => alive >= 12 && ordinaryAlive >= 12);
  expect(closes).toEqual([]);
  expect(ordinary.readyState).toBe(ordinary.OPEN);
  rectangleBy(doc, ada.user.id);
  await until(async () => (await ada.durable(room)).get(doc.clientID) === 1);
  ordinary.terminate();
  provider.destroy();
  websocketProvider.destroy();
});

test("keepalive: a line that carries nothing any more is found, and nobody else's is cut", async () => {
  const page = await ada.raw();
  const watcher = await ada.raw();
  await watcher.lookAt("demo");
  const lost = await RawSocket.open(proxy.url, ada.token);
  await lost.lookAt("demo");
  const before = await sockets();
  const cut = proxy.swallow(() => true);
  await until(() => watcher.of("left").length === 1);
  await until(async () => (await sockets()) === before - 1);
  expect([page.closed, watcher.closed]).toEqual([null, null]);
  cut();
});

test("slow reader: who reads nothing is closed also while it goes on sending and answering", async () => {
  const { room } = await ada.newLayer();
  const eve = await comeIn(server, "Eve");
  const author = ada.join(room);
  await author.synced();
  drawMany(author, 1_500, 2_000);
  await author.saved();
  const slow = await eve.raw();
  await slow.authenticate(room);
  slow.ws.pause();
  const cutBefore = await metric("coscope_slow_sockets_total");
  const sending = setInterval(() => {
    slow.sendFrame(room, FRAME.sync, 0, Uint8Array.of(0));
    slow.send(Uint8Array.of(10));
    slow.ws.pong();
  }, 20);
  try {
    await until(async () => (await metric("coscope_slow_sockets_total")) === cutBefore + 1);
  } finally {
    clearInterval(sending);
  }
  slow.ws.resume();
  await until(() => slow.closed);
  eve.leaveAll();
});
