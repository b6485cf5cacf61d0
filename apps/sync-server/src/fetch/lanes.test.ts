import { expect, test } from "vitest";
import { createPacer } from "../bucket.ts";
import { createLanes } from "./lanes.ts";

const never = new AbortController().signal;
/** Lets promises that are ready go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function enterAll(lanes: ReturnType<typeof createLanes>, people: string[]) {
  const inside: string[] = [];
  const leave: (() => void)[] = [];
  people.forEach((person, i) => {
    void lanes.enter(person, never).then((out) => {
      inside.push(`${person}${i}`);
      leave.push(out);
    });
  });
  return { inside, leave };
}

test("a person's later requests wait for the earlier ones", async () => {
  const lanes = createLanes({ perPerson: 2, total: 10, waiting: 10 });
  const { inside, leave } = enterAll(lanes, ["a", "a", "a", "b"]);
  await settle();
  expect(inside).toEqual(["a0", "a1", "b3"]);
  leave[0]!();
  leave[0]!();
  await settle();
  expect(inside).toEqual(["a0", "a1", "b3", "a2"]);
  expect(lanes.active).toBe(3);
});

test("places go round between people when all are taken", async () => {
  const lanes = createLanes({ perPerson: 2, total: 2, waiting: 10 });
  const { inside, leave } = enterAll(lanes, ["a", "a", "a", "a", "b", "b"]);
  await settle();
  expect(inside).toEqual(["a0", "a1"]);
  leave[0]!();
  leave[1]!();
  await settle();
  expect(
    inside
      .slice(2)
      .map((who) => who[0])
      .sort(),
  ).toEqual(["a", "b"]);
});

test("who waits may leave; who has too many waiting is refused", async () => {
  const lanes = createLanes({ perPerson: 1, total: 1, waiting: 1 });
  const out = await lanes.enter("a", never);
  const stop = new AbortController();
  const waiting = lanes.enter("a", stop.signal);
  await expect(lanes.enter("a", never)).rejects.toMatchObject({ code: "too-many-requests" });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  out();
  expect(lanes.active).toBe(0);
  (await lanes.enter("a", never))();
  expect(lanes.active).toBe(0);
});

test("bytes beyond the burst cost time, each person for themselves", () => {
  let now = 0;
  const pace = createPacer(1000, 5000, () => now);
  expect(pace("a", 5000)).toBe(0);
  expect(pace("a", 1000)).toBe(1000);
  expect(pace("b", 1000)).toBe(0);
  now = 1000;
  expect(pace("a", 500)).toBe(500);
  now = 60_000;
  expect(pace("a", 5000)).toBe(0);
});
