import { expect, test } from "vitest";
import { createBucket } from "./bucket.ts";

test("a burst, then as much as flows in", () => {
  let now = 0;
  const take = createBucket(3, 2, () => now);
  expect([take(1), take(1), take(1), take(1)]).toEqual([true, true, true, false]);
  now = 500;
  expect([take(1), take(1)]).toEqual([true, false]);
  now = 60_000;
  expect([take(4), take(3)]).toEqual([false, true]);
});
