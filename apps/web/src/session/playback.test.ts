import type { ImageSource } from "@coscope/viewer/source";
import { expect, test, vi } from "vitest";
import { createStore } from "../state/store.ts";
import type { PlaneState } from "../state/workspace.ts";
import { createPlayer } from "./playback.ts";

/** A player whose frames pass when the test says so. */
function playing(plane: PlaneState, size: { sizeZ: number; sizeT: number }) {
  const planes = createStore(plane);
  const waiting: (() => void)[] = [];
  const asked: PlaneState[] = [];
  const player = createPlayer({
    plane: planes,
    source: createStore<ImageSource | null>(size as ImageSource),
    setPlane: planes.set,
    ready: async (next) => void asked.push(next),
    sleep: () => new Promise((resolve) => waiting.push(resolve)),
  });
  async function frame(): Promise<void> {
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    const before = planes.get();
    waiting.shift()!();
    await vi.waitFor(() =>
      expect(planes.get() !== before || player.store.get().axis === null || waiting.length > 0).toBe(true),
    );
  }
  return { player, planes, asked, frame };
}

test("goes through time once, waits for each plane, and stops at the end", async () => {
  const { player, planes, asked, frame } = playing({ z: 2, t: 1 }, { sizeZ: 5, sizeT: 4 });
  player.set({ loop: false });
  player.play("t");
  expect(player.store.get().axis).toBe("t");
  await frame();
  expect(planes.get()).toEqual({ z: 2, t: 2 });
  await frame();
  await vi.waitFor(() => expect(player.store.get().axis).toBeNull());
  expect(planes.get()).toEqual({ z: 2, t: 3 });
  expect(asked.map(({ t }) => t)).toEqual([2, 3]);
  // At the end, playing begins anew.
  player.play("t");
  expect(planes.get().t).toBe(0);
  player.play(null);
});

test("repeats, goes on from where the person went, and leaves a projection to show depth", async () => {
  const { player, planes, frame } = playing({ z: 4, t: 0, projection: "max" }, { sizeZ: 6, sizeT: 1 });
  player.set({ loop: true });
  player.play("z");
  expect(planes.get()).toEqual({ z: 4, t: 0, projection: null });
  await frame();
  await frame();
  expect(planes.get().z).toBe(0);
  planes.set({ z: 3, t: 0 });
  await frame();
  await frame();
  expect(planes.get().z).toBe(4);
  player.play(null);
  expect(player.store.get().axis).toBeNull();
});
