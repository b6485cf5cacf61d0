import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

/** `ada:a 1`: the first of Ada's in document a. */
const item = (text: string, size = 1) => {
  const [, userId, document] = /^(\w+):(\w+)/.exec(text)!;
  return { userId: userId!, document: document!, size, text };
};
const queueOf = (...texts: string[]) => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (const text of texts) queue.push(item(text));
  return queue;
};
const texts = (items: { text: string }[]) => items.map(({ text }) => text);

test("users take turns", () => {
  const queue = queueOf("eve:a 1", "eve:a 2", "eve:b 3", "eve:a 4", "ada:c 1", "bob:d 1", "ada:c 2");
  expect(texts(queue.take(4, 100))).toEqual(["eve:a 1", "ada:c 1", "bob:d 1", "eve:a 2"]);
  queue.push(item("bob:d 2"));
  expect(texts(queue.take(100, 100))).toEqual(["ada:c 2", "bob:d 2", "eve:b 3", "eve:a 4"]);
  expect(queue.isEmpty).toBe(true);
  expect(queue.take(1, 1)).toEqual([]);
});

test("one document comes out as it went in, and who waits behind others helps them along", () => {
  const queue = queueOf("eve:a 1", "eve:a 2", "eve:a 3", "ada:a 1", "bob:b 1");
  expect(texts(queue.take(100, 100))).toEqual(["eve:a 1", "eve:a 2", "bob:b 1", "eve:a 3", "ada:a 1"]);
});

test("a batch is limited in bytes, but for one that alone is more", () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  queue.push(item("ada:a 1", 9));
  queue.push(item("bob:b 1", 3));
  queue.push(item("bob:b 2", 3));
  queue.push(item("bob:b 3", 3));
  expect(texts(queue.take(10, 8))).toEqual(["ada:a 1"]);
  expect(texts(queue.take(10, 8))).toEqual(["bob:b 1", "bob:b 2"]);
  expect(texts(queue.take(10, 8))).toEqual(["bob:b 3"]);
});

test("a document is taken out as a whole", () => {
  const queue = queueOf("ada:a 1", "bob:b 1", "bob:a 1", "ada:b 2");
  expect(texts(queue.takeDocument("a"))).toEqual(["ada:a 1", "bob:a 1"]);
  expect(queue.takeDocument("a")).toEqual([]);
  queue.push(item("ada:a 2"));
  expect(texts(queue.take(10, 10)).sort()).toEqual(["ada:a 2", "ada:b 2", "bob:b 1"]);
});

test("whatever is put in and taken out, each comes once, and each document in its order", () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  const seen = new Map<string, number[]>();
  let random = 7;
  const next = (below: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 8) % below;
  };
  const note = (items: { document: string; text: string }[]) => {
    for (const { document, text } of items)
      seen.set(document, [...(seen.get(document) ?? []), Number(text.split(" ")[1])]);
  };
  for (let i = 0; i < 5_000; i++) {
    queue.push(item(`user${next(5)}:doc${next(7)} ${i}`));
    if (next(9) === 0) note(queue.take(next(20), 1_000));
    if (next(90) === 0) note(queue.takeDocument(`doc${next(7)}`));
  }
  note(queue.take(10_000, 10_000));
  expect([...seen.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  for (const order of seen.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
});
