import { rmSync } from "node:fs";
import { contentHash } from "@coscope/annotations";
import { openPgliteStore } from "@coscope/sync-server/store/store.ts";
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { canFillDisk, FaultyServer } from "../support/faulty-server.ts";
import { comeIn, until } from "./harness.ts";
import { freshDataDir } from "./template.ts";

const later: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of later.splice(0).reverse()) await undo();
});

// `prlimit` comes with every Linux.
test.skipIf(!canFillDisk)(
  "a disk that is full: nobody is told saved, nothing is lost, and with room again all goes on without a restart",
  { timeout: 120_000 },
  async () => {
    const data = await freshDataDir();
    later.push(() => rmSync(data, { recursive: true, force: true }));
    const server = await FaultyServer.start(["--port", "0", "--data", data]);
    later.push(() => server.signal("SIGKILL"));
    const [ada, bob] = [await comeIn(server, "Ada"), await comeIn(server, "Bob")];
    later.push(() => {
      for (const person of [ada, bob]) person.leaveAll();
    });
    const { id: layerId, room } = await ada.newLayer();
    const [author, peer] = [ada.join(room), bob.join(room)];
    await Promise.all([author.synced(), peer.synced()]);
    const before = author.add(1);
    await author.saved();

    server.fillDisk();
    let closes = 0;
    author.provider.on("close", () => closes++);
    const told = author.durable.get(author.doc.clientID);
    const during = author.add(2);
    // The commit was refused for good, its room given up.
    await until(() => closes > 0, 60_000);
    expect(peer.has(during)).toBe(false);
    expect(author.durable.get(author.doc.clientID)).toBe(told);
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 503, 60_000);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    server.freeDisk();
    await until(() => (author.durable.get(author.doc.clientID) ?? 0) >= author.ownClock, 60_000);
    await until(() => peer.has(before) && peer.has(during), 60_000);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    expect(await server.signal("SIGTERM")).toBe(0);
    const store = await openPgliteStore(data, { migrations: [] });
    later.push(() => store.close());
    const rows = await store.db.query.documentUpdate.findMany({
      where: (row, { eq }) => eq(row.layerId, layerId),
      orderBy: (row, { asc }) => asc(row.sequence),
    });
    expect(rows.map(({ sequence }) => sequence)).toEqual([1, 2]);
    const stored = new Y.Doc();
    for (const { bytes } of rows) Y.applyUpdate(stored, bytes);
    expect(contentHash(stored)).toBe(contentHash(author.doc));
  },
);
