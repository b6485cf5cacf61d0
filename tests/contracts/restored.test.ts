import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Command,
  contentHash,
  covers,
  createLayerDocument,
  createQuery,
  execute,
  makeAdd,
  makeMove,
  makeRelabel,
  memoryOutboxStore,
  Outbox,
  type Outcome,
  replayQueue,
} from "@coscope/annotations";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import {
  comeIn,
  JoinedRoom,
  type Person,
  startTestServer,
  type TestServer,
  until,
} from "../server/harness.ts";
import { coscope } from "../support/cli.ts";
import { FlakyProxy } from "../support/proxy.ts";

/**
 * An older backup is restored, and the pages that were open all the time, with newer documents and their outboxes, come
 * back to the same address: what becomes of what was drawn after the backup.
 */

const folder = mkdtempSync(join(tmpdir(), "coscope-restored-"));
let proxy: FlakyProxy;
let server: TestServer;
let pages: Page[] = [];

beforeAll(async () => {
  proxy = await FlakyProxy.start();
});
beforeEach(async () => {
  await open({});
});
afterEach(async () => {
  for (const { joined } of pages) joined.destroy();
  pages = [];
  await server.remove();
});
afterAll(async () => {
  await proxy.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Parameters<typeof startTestServer>[0]): Promise<void> {
  server = await startTestServer(options);
  proxy.target = Number(new URL(server.url).port);
}

/** Clocks that no document has. */
const NOWHERE = 2 ** 52;

/** What `live-layer.ts` and `layer-outbox.ts` of the page do, in short. */
class Page {
  readonly person: Person;
  readonly layerId: string;
  readonly outbox: Outbox;
  joined!: JoinedRoom;
  /** What it did in this document. */
  done: Outcome[] = [];
  clock = 0;

  private constructor(person: Person, layerId: string) {
    this.person = person;
    this.layerId = layerId;
    this.outbox = new Outbox(memoryOutboxStore(), { userId: person.user.id, tabId: "tab" });
  }

  static async open(person: Person, layer: { id: string; room: string }): Promise<Page> {
    const page = new Page(person, layer.id);
    pages.push(page);
    await page.join(layer.room);
    return page;
  }

  /** An empty document, filled by the server, then by the outbox. */
  async join(room: string): Promise<void> {
    this.joined?.destroy();
    this.done = [];
    this.joined = new JoinedRoom(this.person, room, new Y.Doc());
    await until(() => this.joined.provider.synced && this.joined.of("durable").length > 0);
    const waiting = this.outbox
      .pending()
      .toSorted((one, other) => one.at - other.at)
      .map((entry) => (entry.room === room ? entry : { ...entry, clockFrom: NOWHERE, clockTo: NOWHERE }));
    const { results } = replayQueue(createLayerDocument(this.joined.doc), waiting, "page");
    for (const [i, { key, outcome }] of results.entries()) {
      if (outcome.clockFrom === outcome.clockTo) await this.outbox.forget([key]);
      else await this.keep(outcome, waiting[i]!.at);
    }
  }

  /** The server refused what it was sent: as `recall` of the page does it, then anew. */
  async startAnew(): Promise<void> {
    const { room, durable } = this.joined;
    const lost = this.done.filter(({ clientId, clockTo }) => !covers(durable, clientId, clockTo));
    for (const [i, outcome] of lost.entries()) await this.keep(outcome, i);
    await this.join(room);
  }

  async run(command: Command): Promise<void> {
    await this.keep(execute(createLayerDocument(this.joined.doc), command, "page"), ++this.clock);
  }

  async keep(outcome: Outcome, at: number): Promise<void> {
    const { command, clientId, clockFrom, clockTo } = outcome;
    this.done.push(outcome);
    const { person, layerId, joined } = this;
    const place = { imageId: "demo", layerId, room: joined.room, tabId: "tab", userId: person.user.id };
    await this.outbox.add({
      ...place,
      key: command.stamp,
      command,
      clientId,
      clockFrom,
      clockTo,
      at,
    });
  }

  /** Draws, and returns the annotation's id. */
  async draw(): Promise<string> {
    const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 10, y: 10 } as const;
    const annotations = [{ geometry, classId: null }];
    const command = makeAdd({ author: this.person.user.id, annotations });
    await this.run(command);
    return command.annotations[0]!.id;
  }

  async saved(): Promise<void> {
    await until(async () => {
      await this.outbox.durable(this.joined.room, this.joined.durable);
      return this.outbox.pending().length === 0;
    });
  }

  x(id: string): number | null {
    const query = createQuery(createLayerDocument(this.joined.doc));
    const geometry = query.get(id)?.geometry;
    query.destroy();
    return geometry?.kind === "point" ? geometry.x : null;
  }
}

/** Ada and Bob draw, a backup is made, they draw on; then the server is gone, and Ada draws with nobody there. */
async function history() {
  const at = { url: proxy.url };
  const [ada, bob] = [await comeIn(at, "Ada"), await comeIn(at, "Bob")];
  const layer = await ada.newLayer();
  const [first, second] = [await Page.open(ada, layer), await Page.open(bob, layer)];
  const [adas, bobs] = [await first.draw(), await second.draw()];
  await Promise.all([first.saved(), second.saved()]);
  const backup = join(folder, layer.id);
  expect(await coscope(["backup", backup, "--data", server.dataDir])).toMatchObject({ code: 0 });

  const [adasLater, bobsLater] = [await first.draw(), await second.draw()];
  await first.run(makeMove([adas], 100, 0));
  await Promise.all([first.saved(), second.saved()]);
  await until(() => contentHash(first.joined.doc) === contentHash(second.joined.doc));
  proxy.target = null;
  await server.remove();
  const adasUnsaved = await first.draw();
  await first.run(makeMove([adas], 1, 0));
  await first.run(makeRelabel(adasLater, "of what is gone"));
  return { layer, backup, first, second, adas, bobs, adasLater, bobsLater, adasUnsaved };
}

test("a new epoch: what was never acknowledged is sent again, what was is lost to everybody, and all see the same", async () => {
  const { layer, backup, first, second, ...ids } = await history();
  const dataDir = join(folder, `${layer.id}-data`);
  expect(await coscope(["restore", backup, "--data", dataDir])).toMatchObject({ code: 0, stderr: "" });
  await open({ dataDir });

  // The providers come back by themselves, and hear that the layer has another room; the rows say which.
  for (const page of [second, first]) {
    await until(() => page.joined.refusedReason);
    expect(page.joined.refusedReason).toBe("epoch-changed");
    const rows: { id: string; room: string }[] = await page.person.get("/api/images/demo/layers");
    const { room } = rows.find(({ id }) => id === layer.id)!;
    expect(room).toMatch(/^e2\//);
    await page.join(room);
  }
  await Promise.all([first.saved(), second.saved()]);
  await until(() => second.x(ids.adasUnsaved) !== null);
  for (const page of [
    first,
    second,
    await Page.open(await comeIn(proxy, "New"), { ...layer, room: first.joined.room }),
  ]) {
    // 10 at the backup; the move by 100 was acknowledged, that by 1 was not.
    expect([page.x(ids.adas), page.x(ids.bobs), page.x(ids.adasUnsaved)]).toEqual([11, 10, 10]);
    expect([page.x(ids.adasLater), page.x(ids.bobsLater)]).toEqual([null, null]);
    expect(contentHash(page.joined.doc)).toBe(contentHash(first.joined.doc));
  }
});

test("the same epoch, as after a power failure: whoever drew what is gone sends it again, and nothing is lost", async () => {
  const { layer, backup, first, second, ...ids } = await history();
  const dataDir = join(folder, `${layer.id}-data`);
  const args = ["restore", backup, "--keep-epochs", "--data", dataDir];
  expect(await coscope(args)).toMatchObject({ code: 0, stderr: "" });
  await open({ dataDir });
  // Each page brings all that it has, a colleague's work with it, and is refused for that.
  for (const page of [first, second]) {
    await until(() => page.joined.of("rejected").length > 0);
    expect(page.joined.of("rejected")).toMatchObject([{ reason: "foreign-client-id" }]);
    await page.startAnew();
  }
  await Promise.all([first.saved(), second.saved()]);
  await until(() => contentHash(first.joined.doc) === contentHash(second.joined.doc));
  const reader = await Page.open(await comeIn(proxy, "New"), layer);
  expect(contentHash(reader.joined.doc)).toBe(contentHash(first.joined.doc));
  expect(
    [ids.adas, ids.bobs, ids.adasLater, ids.bobsLater, ids.adasUnsaved].map((id) => reader.x(id)),
  ).toEqual([111, 10, 10, 10, 10]);
});
