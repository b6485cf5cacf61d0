import "fake-indexeddb/auto";
import { makeMove } from "@coscope/annotations";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test, vi } from "vitest";
import { createStore } from "../state/store.ts";
import { createNotices } from "./notices.ts";
import { openOutboxKeeper } from "./outbox-keeper.ts";
import { openOutboxStore } from "./outbox-store.ts";
import type { OtherWork } from "./saved-state.ts";
import { adoptStrandedWork, findStrandedWork } from "./stranded-work.ts";
import type { TabLease } from "./tab-lease.ts";

let stores = 0;

/** A browser with entries of its tabs, one of which opens the image. */
async function opening(entries: readonly Partial<OutboxEntry>[], gone: Set<string>) {
  stores += 1;
  const openStore = () => openOutboxStore(`keeper-${stores}`);
  const store = await openStore();
  for (const [index, part] of entries.entries()) {
    const command = makeMove(["a"], index, 0);
    await store.put({
      ...{ key: command.stamp, userId: "ada", imageId: "image", layerId: "layer", room: "e1/image/layer" },
      ...{ tabId: "closed", command, clientId: 7, clockFrom: index, clockTo: index + 1, at: index },
      ...part,
    });
  }
  const others = createStore<OtherWork>({ here: 0, elsewhere: 0 });
  const onClaimed = vi.fn();
  const lease: TabLease = {
    tabId: "me",
    look: async () => {},
    isOrphaned: (id) => gone.has(id),
    release: () => {},
  };
  const notices = createNotices();
  const options = { userId: "ada", imageId: "image", lease, notices, others, onClaimed, openStore };
  const keeper = await openOutboxKeeper(options);
  return { keeper, store, lease, others, onClaimed };
}

test("what a live tab has, and what waits on other images, is counted and left alone", async () => {
  const { keeper, others } = await opening(
    [
      { tabId: "me" },
      { tabId: "closed" },
      { tabId: "open" },
      { imageId: "other" },
      { imageId: "other", tabId: "open", rejected: { reason: "told there" } },
      { userId: "ben" },
    ],
    new Set(["closed"]),
  );
  expect(keeper.outbox.pending()).toHaveLength(2);
  expect(others.get()).toEqual({ here: 1, elsewhere: 1 });
  expect(keeper.elsewhere).toEqual(["other"]);
  keeper.destroy();
});

test("another tab's changes are no longer counted once it has sent them", async () => {
  const { keeper, store, others } = await opening([{ tabId: "open" }], new Set());
  expect(others.get().here).toBe(1);
  const [sent] = await store.list({ userId: "ada" });
  await store.remove([sent!.key]);
  await expect.poll(() => others.get().here, { timeout: 10_000 }).toBe(0);
  keeper.destroy();
});

test("what was taken over from somebody else is claimed at once", async () => {
  const gone = new Set(["closed"]);
  const { keeper, store, lease, onClaimed } = await opening([{ userId: "ben" }], gone);
  expect(keeper.outbox.pending()).toEqual([]);
  const [work] = await findStrandedWork(store, lease, "ada", []);
  // A tab of that id is nowhere.
  lease.isOrphaned = () => true;
  await adoptStrandedWork(store, work!, "ada");
  await expect.poll(() => onClaimed.mock.calls.length).toBe(1);
  expect(keeper.outbox.pending()).toHaveLength(1);
  keeper.destroy();
});
