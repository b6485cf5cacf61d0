import "fake-indexeddb/auto";
import { makeMove } from "@coscope/annotations";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test } from "vitest";
import { openOutboxStore, type TabOutboxStore } from "./outbox-store.ts";

let stores = 0;

/** Two tabs of one browser. */
async function twoTabs(): Promise<[TabOutboxStore, TabOutboxStore]> {
  stores += 1;
  const name = `outbox-${stores}`;
  return [await openOutboxStore(name), await openOutboxStore(name)];
}

let clock = 0;

function entry(key: string, part: Partial<OutboxEntry> = {}): OutboxEntry {
  clock += 1;
  return {
    key,
    userId: "ada",
    imageId: "image",
    layerId: "layer",
    room: "e1/image/layer",
    tabId: "tab-1",
    command: makeMove(["a"], 1, 2),
    clientId: 7,
    clockFrom: clock,
    clockTo: clock + 1,
    at: clock,
    ...part,
  };
}

function keys(entries: readonly OutboxEntry[]): string[] {
  return entries.map(({ key }) => key);
}

test("entries come back whole, in the order in which they were made, and only to their user", async () => {
  const [store] = await twoTabs();
  const first = entry("z");
  const second = entry("a");
  await store.put(second);
  await store.put(first);
  await store.put(entry("other", { userId: "ben" }));
  expect(await store.list({ userId: "ada" })).toEqual([first, second]);
  expect(await store.list({ userId: "ada", layerId: "elsewhere" })).toEqual([]);
  await store.remove(["z"]);
  expect(keys(await store.list({ userId: "ada" }))).toEqual(["a"]);
});

test("a reloaded tab claims its own and closed tabs' entries of this user and image, no others", async () => {
  const [store] = await twoTabs();
  await store.put(entry("mine", { tabId: "me" }));
  await store.put(entry("orphan", { tabId: "closed" }));
  await store.put(entry("busy", { tabId: "open" }));
  await store.put(entry("elsewhere", { tabId: "closed", imageId: "another" }));
  await store.put(entry("bens", { tabId: "closed", userId: "ben" }));
  const wanted = {
    userId: "ada",
    imageId: "image",
    tabId: "me",
    isOrphaned: (id: string) => id === "closed",
  };
  expect(keys(await store.claim({ ...wanted, own: true }))).toEqual(["mine", "orphan"]);
  const now = await store.list({ userId: "ada" });
  expect(now.find(({ key }) => key === "orphan")?.tabId).toBe("me");
  // The next look finds nothing new.
  expect(await store.claim({ ...wanted, own: false })).toEqual([]);
});

test("two tabs that claim at once never both get an entry", async () => {
  const [one, two] = await twoTabs();
  for (let i = 0; i < 20; i += 1) await one.put(entry(`k${i}`, { tabId: "closed" }));
  const claim = (store: TabOutboxStore, tabId: string) =>
    store.claim({ userId: "ada", imageId: "image", tabId, own: true, isOrphaned: (id) => id === "closed" });
  const [first, second] = await Promise.all([claim(one, "one"), claim(two, "two")]);
  expect(first.length + second.length).toBe(20);
  expect(new Set(keys([...first, ...second])).size).toBe(20);
});
