import { expect, test } from "vitest";
import { createDurableAnswers } from "./durable-answers.ts";

const layer = { id: "layer", imageId: "image", epoch: 1 };
const state = { room: "e1/image/layer", stateVector: "AA==", sequence: 1 };

/** Rooms of which none is in memory, each of so many bytes. */
function worldOf(bytes: number) {
  let now = 0;
  let loads = 0;
  const world = { open: null as unknown, gate: Promise.resolve() };
  const rooms = {
    find: () => world.open,
    use: async (_: unknown, use: (room: unknown) => unknown) => {
      loads++;
      await world.gate;
      return use({ bytes: { snapshot: bytes, unfolded: 0 }, durable: () => state });
    },
  };
  const ask = createDurableAnswers(rooms as never, () => now);
  return { world, ask, loads: () => loads, wait: (seconds: number) => (now += 1000 * seconds) };
}

test("what is in memory is told without loading, however often", async () => {
  const { world, ask, loads } = worldOf(100e6);
  world.open = { durable: () => state };
  for (let i = 0; i < 1_000; i++) expect(await ask(layer, "eve")).toEqual(state);
  expect(loads()).toBe(0);
});

test("one user makes us load large layers a few times, then now and then; others are not concerned", async () => {
  const { ask, loads, wait } = worldOf(100 << 20);
  for (let i = 0; i < 3; i++) expect(await ask(layer, "eve")).toEqual(state);
  await expect(ask(layer, "eve")).rejects.toMatchObject({ code: "too-many-requests", status: 429 });
  expect(loads()).toBe(3);
  expect(await ask(layer, "ada")).toEqual(state);
  wait(12);
  expect(await ask(layer, "eve")).toEqual(state);
  await expect(ask(layer, "eve")).rejects.toMatchObject({ code: "too-many-requests" });
});

test("small layers may be asked for thousands of times, four at once", async () => {
  const { world, ask } = worldOf(100);
  for (let i = 0; i < 4_000; i++) await ask(layer, "eve");
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  const four = Array.from({ length: 4 }, () => ask(layer, "ada"));
  await expect(ask(layer, "ada")).rejects.toMatchObject({ code: "too-many-requests" });
  gate.resolve();
  expect(await Promise.all(four)).toEqual([state, state, state, state]);
  expect(await ask(layer, "ada")).toEqual(state);
});
