import "fake-indexeddb/auto";
import {
  createLayerDocument,
  createQuery,
  execute,
  makeAdd,
  makeMove,
  replayQueue,
} from "@coscope/annotations";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test, vi } from "vitest";
import { openOutboxStore } from "./outbox-store.ts";
import {
  adoptStrandedWork,
  discardStrandedWork,
  findStrandedWork,
  onOutboxHandedOver,
} from "./stranded-work.ts";
import type { TabLease } from "./tab-lease.ts";

let stores = 0;
const open = () => openOutboxStore(`stranded-${++stores}`);
const known = [{ id: "ada", name: "Ada", guest: true }];
const lease: TabLease = {
  tabId: "me",
  look: async () => {},
  isOrphaned: (id) => id !== "open",
  release: () => {},
};

function added(part: Partial<OutboxEntry> = {}): OutboxEntry {
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 2 } as const;
  const command = makeAdd({
    author: part.userId ?? "ada",
    created: 5,
    annotations: [{ geometry, classId: null }],
  });
  return {
    ...{ key: command.stamp, userId: "ada", imageId: "image", layerId: "layer", room: "e1/image/layer" },
    ...{ tabId: "closed", command, clientId: 7, clockFrom: 0, clockTo: 4, at: 1 },
    ...part,
  };
}

test("what others left is found by person and image; what an open tab has is its own", async () => {
  const store = await open();
  await store.put(added());
  await store.put(added({ tabId: "me" }));
  await store.put(added({ imageId: "other" }));
  await store.put(added({ tabId: "open" }));
  await store.put(added({ userId: "zoe" }));
  await store.put(added({ userId: "ben" }));
  const found = await findStrandedWork(store, lease, "ben", known);
  const brief = found.map(({ name, imageId, mayAdopt, entries }) => [
    name,
    imageId,
    mayAdopt,
    entries.length,
  ]);
  expect(brief).toHaveLength(3);
  expect(brief).toEqual(
    expect.arrayContaining([
      ["Ada", "image", true, 2],
      ["Ada", "other", true, 1],
      // Nobody knows who that is: it is not ours to send.
      [null, "image", false, 1],
    ]),
  );
});

test("changes that are taken over keep ids and stamps, have the new author, and are claimed", async () => {
  const store = await open();
  const entry = added();
  await store.put(entry);
  const [work] = await findStrandedWork(store, lease, "ben", known);
  const told = vi.fn();
  const stop = onOutboxHandedOver(told);
  await adoptStrandedWork(store, work!, "ben");
  stop();
  expect(told).toHaveBeenCalledOnce();
  expect(await findStrandedWork(store, lease, "ben", known)).toEqual([]);
  const mine = await store.claim({ ...lease, userId: "ben", imageId: "image", own: false });
  expect(mine).toEqual([
    { ...entry, userId: "ben", tabId: "me", command: { ...entry.command, author: "ben" } },
  ]);
  // Pressed in another tab too, from an older list: nothing is left to take.
  await adoptStrandedWork(store, work!, "cleo");
  expect(await store.list({ userId: "cleo" })).toEqual([]);
  await discardStrandedWork(store, work!);
  expect(await store.list({ userId: "ben" })).toHaveLength(1);
});

test("what had arrived is not written again, whoever it is replayed as", async () => {
  const store = await open();
  const server = createLayerDocument();
  const first = added();
  execute(server, first.command, null);
  const [id] = [...createQuery(server).all()].map((one) => one.id);
  await store.put(first);
  const move = makeMove([id!], 3, 0);
  await store.put(added({ key: move.stamp, command: move, at: 2 }));
  const [work] = await findStrandedWork(store, lease, "ben", known);
  await adoptStrandedWork(store, work!, "ben");
  for (let times = 0; times < 2; times++) replayQueue(server, await store.list({ userId: "ben" }), null);
  const all = [...createQuery(server).all()];
  expect(all).toMatchObject([{ id, author: "ada", geometry: { x: 4, y: 2 } }]);
});

test("what is discarded is gone, and only that", async () => {
  const store = await open();
  await store.put(added());
  await store.put(added({ imageId: "other" }));
  const found = await findStrandedWork(store, lease, "ben", known);
  await discardStrandedWork(store, found.find(({ imageId }) => imageId === "image")!);
  expect((await store.list({ userId: "ada" })).map(({ imageId }) => imageId)).toEqual(["other"]);
});
