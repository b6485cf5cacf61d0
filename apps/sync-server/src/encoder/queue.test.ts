import { expect, test } from "vitest";
import { isServerError } from "../errors.ts";
import { EncodeQueue, type Purpose } from "./queue.ts";

const make = (perUser = 32, total = 256) => new EncodeQueue<string, string>({ perUser, total });
const ask = (
  queue: EncodeQueue<string, string>,
  userId: string,
  key: string,
  purpose: Purpose = "click",
  signal?: AbortSignal,
) => queue.ask({ key, job: key, userId, purpose, ...(signal ? { signal } : {}) });
const takeAll = (queue: EncodeQueue<string, string>) => {
  const keys: string[] = [];
  for (let entry = queue.take(); entry; entry = queue.take()) {
    keys.push(entry.key);
    queue.settle(entry, { result: entry.key });
  }
  return keys;
};

test("ten thousand of one person: few are kept, the rest is refused, others' clicks are next", async () => {
  const queue = make();
  const flood = Array.from({ length: 10_000 }, (_, i) => ask(queue, "ada", `a${i}`, "click").result);
  expect(queue.waiting).toBe(32);
  const ben = ask(queue, "ben", "b").result;
  const [first, second] = [queue.take()!, queue.take()!];
  expect([first.key, second.key]).toContain("b");
  for (const entry of [first, second]) queue.settle(entry, { result: entry.key });
  expect(await ben).toBe("b");
  takeAll(queue);
  const outcomes = await Promise.allSettled(flood);
  const refused = outcomes.filter((one) => one.status === "rejected");
  expect(refused.length).toBe(10_000 - 32);
  expect(refused.every(({ reason }) => isServerError(reason, "too-many-requests"))).toBe(true);
});

test("many people's prefetches make room for a click, the newest first", async () => {
  const queue = make(32, 4);
  const lazy = ["a", "b", "c", "d"].map((user) => ask(queue, user, `${user}0`, "prefetch").result);
  const outcomes = Promise.allSettled(lazy);
  ask(queue, "e", "clicked");
  await expect(ask(queue, "f", "more", "prefetch").result).rejects.toMatchObject({
    code: "too-many-requests",
  });
  expect(takeAll(queue)).toEqual(["clicked", "a0", "b0", "c0"]);
  expect((await outcomes).map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
});

test("a queue that others have filled with clicks still has room for another's first ones, taken from whoever holds most", async () => {
  const queue = make();
  const refused: string[] = [];
  const click = (user: string, key: string) =>
    void ask(queue, user, key).result.catch((error) => {
      expect(isServerError(error, "too-many-requests")).toBe(true);
      refused.push(key);
    });
  for (let person = 0; person < 8; person++)
    for (let i = 0; i < 32; i++) click(`u${person}`, `u${person}-${i}`);
  expect(queue.waiting).toBe(256);
  click("ninth", "n0");
  await Promise.resolve();
  // The newest of all, as they hold the same.
  expect(refused).toEqual(["u7-31"]);
  for (let i = 1; i < 8; i++) click("ninth", `n${i}`);
  await Promise.resolve();
  // One of each other person.
  expect(new Set(refused.map((key) => key.split("-")[0])).size).toBe(8);
  expect(queue.waiting).toBe(256);
  const taken = takeAll(queue);
  expect(taken.indexOf("n0")).toBeLessThan(9);
  expect(taken.filter((key) => key.startsWith("n")).length).toBe(8);
});

test("a full queue ends at even shares: nobody pushes others out for ever", async () => {
  const queue = make(32, 6);
  const outcomes = new Map<string, unknown>();
  const click = (user: string, key: string) =>
    void ask(queue, user, key).result.catch((error) => outcomes.set(key, error.code));
  for (let i = 0; i < 6; i++) click("ada", `a${i}`);
  for (let i = 0; i < 6; i++) click("ben", `b${i}`);
  for (let i = 6; i < 9; i++) click("ada", `a${i}`);
  await Promise.resolve();
  expect([...outcomes.keys()]).toEqual(["a5", "a4", "a3", "b3", "b4", "b5", "a6", "a7", "a8"]);
  expect(queue.waiting).toBe(6);
});

test("what several wait for goes last, and is told to each of them", async () => {
  const queue = make(32, 3);
  const outcomes = Promise.allSettled([
    ask(queue, "ada", "a0", "prefetch").result,
    ask(queue, "ada", "shared", "prefetch").result,
    ask(queue, "ben", "shared", "prefetch").result,
    ask(queue, "ada", "a1", "prefetch").result,
  ]);
  const clicks = Promise.allSettled(["c0", "c1", "c2"].map((key) => ask(queue, "cy", key).result));
  expect(queue.waiting).toBe(3);
  await expect(ask(queue, "di", "d", "hover").result).rejects.toMatchObject({ code: "too-many-requests" });
  expect((await outcomes).map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  void ask(queue, "di", "d0").result;
  expect(takeAll(queue)).toEqual(["c0", "d0", "c1"]);
  expect((await clicks).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});

test("clicks before hovers before prefetches; among equals people take turns", () => {
  const queue = make();
  for (const [user, key, purpose] of [
    ["ada", "a1", "prefetch"],
    ["ada", "a2", "hover"],
    ["ada", "a3", "click"],
    ["ada", "a4", "click"],
    ["ada", "a5", "click"],
    ["ben", "b1", "click"],
    ["ben", "b2", "hover"],
    ["cy", "c1", "click"],
  ] as const)
    void ask(queue, user, key, purpose).result;
  expect(takeAll(queue)).toEqual(["a3", "b1", "c1", "a4", "a5", "b2", "a2", "a1"]);
});

test("a click on what is prefetched makes it urgent, and joins", async () => {
  const queue = make();
  const first = ask(queue, "ada", "far", "prefetch");
  void ask(queue, "ada", "near", "hover").result;
  const second = ask(queue, "ben", "far", "click");
  expect([first.joined, second.joined]).toEqual([false, true]);
  expect(queue.positions("ben")).toEqual([{ key: "far", position: 1 }]);
  expect(takeAll(queue)).toEqual(["far", "near"]);
  expect(await Promise.all([first.result, second.result])).toEqual(["far", "far"]);
});

test("work stops when the last who waits leaves, not before", async () => {
  const queue = make();
  const [ada, ben] = [new AbortController(), new AbortController()];
  const results = [
    ask(queue, "ada", "k", "click", ada.signal).result,
    ask(queue, "ben", "k", "click", ben.signal).result,
  ];
  const settled = Promise.allSettled(results);
  const entry = queue.take()!;
  ada.abort();
  expect(entry.abort.signal.aborted).toBe(false);
  ben.abort();
  expect(entry.abort.signal.aborted).toBe(true);
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  // Who asks again meanwhile does not get what was stopped.
  expect(ask(queue, "ada", "k").joined).toBe(false);
  queue.settle(entry, { error: new Error("stopped") });
  expect(queue.waiting).toBe(1);
});

test("a lazy worker takes no prefetches", () => {
  const queue = make();
  void ask(queue, "ada", "p", "prefetch").result;
  expect(queue.take("hover")).toBeNull();
  expect(queue.take()?.key).toBe("p");
});
