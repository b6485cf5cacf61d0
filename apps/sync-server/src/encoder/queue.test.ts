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
