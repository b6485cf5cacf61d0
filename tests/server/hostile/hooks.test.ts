import { contentHash } from "@coscope/annotations";
import { Rooms } from "@coscope/sync-server/sync/rooms.ts";
import { Seats } from "@coscope/sync-server/sync/seats.ts";
import { SyncSocket } from "@coscope/sync-server/sync/socket.ts";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { StoreFaults } from "../../support/faults.ts";
import { comeIn, type Person, startTestServer, type TestServer, until } from "../harness.ts";

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
