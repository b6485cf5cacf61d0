import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { makeRemove } from "../commands/index.ts";
import { memoryOutboxStore } from "./memory-outbox-store.ts";
import { Outbox } from "./outbox.ts";
import { covers, decodeStateVector, encodeStateVector } from "./state-vector.ts";
import type { OutboxEntry, OutboxStore } from "./types.ts";

const entry = (key: string, more: Partial<OutboxEntry> = {}): OutboxEntry => ({
  key,
  userId: "anna",
  imageId: "image",
  layerId: "layer",
  room: "e1/image/layer",
  tabId: "tab",
  command: makeRemove(["a"]),
  clientId: 7,
  clockFrom: 0,
  clockTo: 4,
  at: 1,
  ...more,
});

const keys = (entries: readonly OutboxEntry[]) => entries.map(({ key }) => key);

describe("state vectors", () => {
  test("are what Yjs makes of them", () => {
    const doc = new Y.Doc();
    doc.getMap("class").set("a", "b");
    const vector = decodeStateVector(Y.encodeStateVector(doc));
    expect(covers(vector, doc.clientID, 1)).toBe(true);
    expect(covers(vector, doc.clientID, 2)).toBe(false);
    expect(covers(vector, doc.clientID + 1, 1)).toBe(false);
    expect(decodeStateVector(encodeStateVector(vector))).toEqual(vector);
  });
});

describe("Outbox", () => {
  const open = (store: OutboxStore = memoryOutboxStore()) =>
    new Outbox(store, { userId: "anna", tabId: "tab" });

  test("keeps commands until the durable state vector covers them", async () => {
    const store = memoryOutboxStore();
    const outbox = open(store);
    await outbox.add(entry("1", { clockTo: 4 }));
    await outbox.add(entry("2", { clockFrom: 4, clockTo: 9 }));
    await outbox.add(entry("3", { clientId: 8, clockTo: 2 }));
    await outbox.add(entry("4", { room: "e2/image/layer" }));
    expect(keys(await outbox.durable("e1/image/layer", new Map([[7, 8]])))).toEqual(["1"]);
    expect(keys(outbox.pending())).toEqual(["2", "3", "4"]);
    expect(
      keys(
        await outbox.durable(
          "e1/image/layer",
          new Map([
            [7, 9],
            [8, 2],
          ]),
        ),
      ),
    ).toEqual(["2", "3"]);
    expect(keys(await store.list({ userId: "anna" }))).toEqual(["4"]);
  });

  test("tells the store of each change at once and in order, and waits for it", async () => {
    const log: string[] = [];
    const finish: (() => void)[] = [];
    const slow = (what: string) => {
      log.push(what);
      return new Promise<void>((resolve) => finish.push(resolve));
    };
    const store: OutboxStore = {
      put: ({ key }) => slow(`put ${key}`),
      remove: (removed) => slow(`remove ${removed}`),
      list: async () => [],
    };
    const outbox = open(store);
    let added = 0;
    // Not one after the other: a reload between two of them would lose the second.
    const adding = ["1", "2"].map((key) => outbox.add(entry(key)).then(() => added++));
    expect(log).toEqual(["put 1", "put 2"]);
    expect(keys(outbox.pending())).toEqual(["1", "2"]);
    const dropping = outbox.durable("e1/image/layer", new Map([[7, 4]]));
    expect(outbox.pending()).toEqual([]);
    expect(log).toEqual(["put 1", "put 2", "remove 1,2"]);
    await Promise.resolve();
    expect(added).toBe(0);
    for (const resolve of finish) resolve();
    await Promise.all([...adding, dropping]);
    expect(added).toBe(2);
  });

  test("tells when the store fails, and goes on", async () => {
    let broken = true;
    const store = memoryOutboxStore();
    const failing: OutboxStore = {
      ...store,
      put: (e) => (broken ? Promise.reject(new Error("quota")) : store.put(e)),
    };
    const outbox = open(failing);
    await expect(outbox.add(entry("1"))).rejects.toThrow("quota");
    expect(keys(outbox.pending())).toEqual(["1"]);
    broken = false;
    await outbox.add(entry("2"));
    expect(keys(await store.list({ userId: "anna" }))).toEqual(["2"]);
  });

  test("takes up what its tab had, in order, and nobody else's", async () => {
    const store = memoryOutboxStore();
    for (const e of [
      entry("b", { at: 2 }),
      entry("a", { at: 3 }),
      entry("c", { at: 1, tabId: "other" }),
      entry("d", { userId: "ben" }),
    ])
      await store.put(e);
    const outbox = open(store);
    expect(keys(await outbox.load())).toEqual(["b", "a"]);
    expect(() => outbox.add(entry("x", { userId: "ben" }))).toThrow(RangeError);
  });

  test("keeps rejected ones apart, durable or not, until they are forgotten", async () => {
    const store = memoryOutboxStore();
    const outbox = open(store);
    await outbox.add(entry("1"));
    await outbox.add(entry("2", { layerId: "other" }));
    let calls = 0;
    const stop = outbox.subscribe(() => calls++);
    await outbox.reject(["1"], "locked");
    expect([keys(outbox.pending()), keys(outbox.rejected())]).toEqual([["2"], ["1"]]);
    expect([keys(outbox.pending("other")), keys(outbox.rejected("other"))]).toEqual([["2"], []]);
    expect(await outbox.durable("e1/image/layer", new Map([[7, 99]]))).toHaveLength(1);
    expect((await store.list({ userId: "anna" }))[0]?.rejected).toEqual({ reason: "locked" });
    await outbox.forget(["1"]);
    expect(await store.list({ userId: "anna" })).toEqual([]);
    expect(calls).toBe(3);
    stop();
  });
});
