import { expect, test } from "vitest";
import { createBucket, createKeyedBucket } from "./bucket.ts";

test("a burst, then as much as flows in", () => {
  let now = 0;
  const take = createBucket(3, 2, () => now);
  expect([take(1), take(1), take(1), take(1)]).toEqual([true, true, true, false]);
  now = 500;
  expect([take(1), take(1)]).toEqual([true, false]);
  now = 60_000;
  expect([take(4), take(3)]).toEqual([false, true]);
});

test("each key has its own, and the oldest is forgotten", () => {
  const take = createKeyedBucket(1, 0, () => 0);
  expect([take("a"), take("a"), take("b")]).toEqual([true, false, true]);
  for (let i = 0; i < 10_000; i++) take(`k${i}`);
  expect(take("a")).toBe(true);
});
