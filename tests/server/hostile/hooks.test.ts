import { contentHash } from "@coscope/annotations";
import { encodeJoin, encodeLeave } from "@coscope/annotations/presence";
import { PresenceHub } from "@coscope/sync-server/sync/presence/hub.ts";
import { ImageRoom } from "@coscope/sync-server/sync/presence/image-room.ts";
import { Rooms } from "@coscope/sync-server/sync/rooms.ts";
import { Seats } from "@coscope/sync-server/sync/seats.ts";
import { SyncSocket } from "@coscope/sync-server/sync/socket.ts";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { StoreFaults } from "../../support/faults.ts";
import { comeIn, type Person, RawSocket, startTestServer, type TestServer, until } from "../harness.ts";

/**
 * Errors thrown where Hocuspocus calls us: in some of its hooks one ends the process, and so this one. In the test's own
 * process, to throw where we like.
 */
let server: TestServer;
let ada: Person;
let bob: Person;
const faults = new StoreFaults();
beforeAll(async () => {
  server = await startTestServer({ aroundCommit: faults.aroundCommit });
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(() => {
  vi.restoreAllMocks();
  ada.leaveAll();
  bob.leaveAll();
});
afterAll(() => server.remove());

const broken = () => {
  throw new Error("broken on purpose");
};

/** Hook → what of ours runs in it. */
const HOOKS: [string, () => { mock: { calls: unknown[] } }][] = [
  ["onAuthenticate", () => vi.spyOn(server.store.db, "select").mockImplementationOnce(broken)],
  ["onLoadDocument", () => vi.spyOn(Rooms.prototype, "load").mockImplementationOnce(broken)],
  ["connected", () => vi.spyOn(Seats.prototype, "take").mockImplementationOnce(broken)],
  ["beforeHandleMessage", () => vi.spyOn(Seats.prototype, "settled").mockImplementationOnce(broken)],
  ["afterHandleMessage", () => vi.spyOn(SyncSocket.prototype, "finished").mockImplementationOnce(broken)],
  ["beforeUnloadDocument", () => vi.spyOn(Rooms.prototype, "beforeUnload").mockImplementationOnce(broken)],
];

test.each(HOOKS)(
  "error thrown in each hook: %s costs one client a moment, and nobody an edit",
  async (hook, breakIt) => {
    const { room } = await ada.newLayer();
    const fault = breakIt();
    const victim = bob.join(room);
    const id = victim.add();
    if (hook === "beforeUnloadDocument") {
      await victim.saved();
      victim.destroy();
    }
    await until(() => fault.mock.calls.length > 0);
    // Whoever is not let in asks again, as a page does; all others come back by themselves.
    await until(() => victim.refusedReason || victim.provider.synced || hook === "beforeUnloadDocument");
    let again = victim;
    if (victim.refusedReason || hook === "beforeUnloadDocument") {
      victim.destroy();
      again = bob.join(room, victim.doc);
      await again.synced();
    }
    await again.saved();
    const colleague = ada.join(room);
    await until(() => colleague.has(id));
    expect(contentHash(colleague.doc)).toBe(contentHash(again.doc));
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  },
);

test("error thrown in each hook: in the upgrade costs one attempt", async () => {
  const carol = await comeIn(server, "Carol");
  // After a change of the user it is looked up anew whose the token is.
  await carol.call("PATCH", "/api/session", { name: "Carol" });
  const fault = vi.spyOn(server.store.db, "select").mockImplementation(broken);
  await expect(RawSocket.open(server.url, carol.token)).rejects.toThrow("500");
  expect(fault).toHaveBeenCalled();
  fault.mockRestore();
  const socket = await RawSocket.open(server.url, carol.token);
  await socket.lookAt("demo");
  socket.destroy();
});

/** What a page, or a Yjs client, says about itself → what of ours runs then. */
const PRESENCE: [string, () => { mock: { calls: unknown[] } }][] = [
  ["joining", () => vi.spyOn(ImageRoom.prototype, "join").mockImplementationOnce(broken)],
  ["changing", () => vi.spyOn(ImageRoom.prototype, "change").mockImplementationOnce(broken)],
  ["receiving", () => vi.spyOn(PresenceHub.prototype, "receive").mockImplementationOnce(broken)],
  ["leaving", () => vi.spyOn(ImageRoom.prototype, "leave").mockImplementationOnce(broken)],
];

test.each(PRESENCE)(
  "error thrown in each hook: presence, %s, is its author's trouble",
  async (_what, breakIt) => {
    const colleague = await ada.raw();
    await colleague.lookAt("demo");
    const fault = breakIt();
    const victim = await bob.raw();
    victim.send(encodeJoin("demo"));
    victim.show({ cursor: { x: 1, y: 1, tool: "pan", pressed: false } });
    await until(() => fault.mock.calls.length > 0 || victim.of("welcome").length > 0);
    victim.show({ cursor: { x: 2, y: 2, tool: "pan", pressed: false } });
    victim.send(encodeLeave());
    victim.destroy();
    await until(() => fault.mock.calls.length > 0);
    const again = await bob.raw();
    await again.lookAt("demo");
    again.show({ cursor: { x: 7, y: 7, tool: "pan", pressed: false } });
    await until(() => JSON.stringify(colleague.presence).includes('"x":7'));
    expect(colleague.closed).toBeNull();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  },
);

test("error thrown in each hook: awareness of an ordinary client, whose timers are nobody's hook", async () => {
  const { room } = await ada.newLayer();
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${server.url.replace("http", "ws")}/yjs`, room, doc, {
    params: { token: bob.token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
  });
  await until(() => provider.synced);
  const fault = vi.spyOn(PresenceHub.prototype, "receive").mockImplementation(broken);
  provider.awareness.setLocalState({ cursor: { x: 1, y: 2 } });
  // It joined when it connected; the cursor comes by a timer.
  await until(() => fault.mock.calls.length > 0);
  fault.mockRestore();
  expect(provider.wsconnected).toBe(true);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  provider.destroy();
});

test("unload race: who leaves while an edit is being committed, and who comes then, share one document", async () => {
  const { room } = await ada.newLayer();
  for (let round = 0; round < 5; round++) {
    const author = ada.join(room);
    await author.synced();
    faults.stall();
    const id = author.add();
    // The edit has arrived once the server has answered something that was sent after it on the same socket.
    author.provider.forceSync();
    await ada.get("/api/images");
    author.destroy();
    const late = bob.join(room);
    await late.synced();
    expect(late.has(id)).toBe(false);
    faults.release();
    await until(() => late.has(id));
    const next = late.add();
    await late.saved();
    late.destroy();
    const reader = ada.join(room);
    await until(() => reader.has(id) && reader.has(next));
    expect(contentHash(reader.doc)).toBe(contentHash(late.doc));
    reader.destroy();
  }
  expect(await ada.durable(room)).toEqual(Y.decodeStateVector(Y.encodeStateVector(await whole(room))));
});

/** What the database has. */
async function whole(room: string): Promise<Y.Doc> {
  const reader = ada.join(room);
  await reader.synced();
  return reader.doc;
}
