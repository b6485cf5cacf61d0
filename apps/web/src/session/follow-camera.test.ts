import type { SharedView } from "@coscope/annotations/presence";
import { describe, expect, test } from "vitest";
import { cameraToSeeAll, createCameraChase, shortestTurn } from "./follow-camera.ts";

function view(part: Partial<SharedView>): SharedView {
  return {
    cx: 0,
    cy: 0,
    zoom: 1,
    rotation: 0,
    width: 800,
    height: 600,
    z: 0,
    t: 0,
    channels: [],
    ...part,
  };
}

describe("seeing at least what the leader sees", () => {
  test.each([
    [400, 800],
    [1600, 300],
    [800, 600],
    [3000, 2000],
  ])("in a window of %i × %i", (width, height) => {
    const leader = view({ cx: 100, cy: 50, zoom: 2, rotation: 35 });
    const camera = cameraToSeeAll(leader, { width, height });
    // Both turn alike, so the leader's window fits when its sides fit.
    expect(width / camera.zoom).toBeGreaterThanOrEqual(leader.width / leader.zoom - 1e-9);
    expect(height / camera.zoom).toBeGreaterThanOrEqual(leader.height / leader.zoom - 1e-9);
    expect([camera.cx, camera.cy, camera.rotation]).toEqual([100, 50, 35]);
  });
});

describe("the chase", () => {
  const start = { cx: 0, cy: 0, zoom: 1, rotation: 350 };

  test("arrives exactly and then rests", () => {
    const chase = createCameraChase(start);
    const target = { cx: 1000, cy: -400, zoom: 8, rotation: 10 };
    chase.aim(target);
    let last = chase.step(1 / 60);
    for (let frame = 0; frame < 300 && !last.settled; frame += 1) last = chase.step(1 / 60);
    expect(last).toEqual({ camera: target, settled: true });
  });

  test("never overshoots and never jumps, with input at 10 Hz", () => {
    const chase = createCameraChase({ ...start, rotation: 0 });
    let before = 0;
    let biggest = 0;
    for (let frame = 0; frame < 240; frame += 1) {
      // The leader pans at 600 px/s and is heard of every sixth frame.
      if (frame % 6 === 0) chase.aim({ cx: Math.min(1200, frame * 10), cy: 0, zoom: 1, rotation: 0 });
      const { cx } = chase.step(1 / 60).camera;
      expect(cx).toBeGreaterThanOrEqual(before - 1e-6);
      expect(cx).toBeLessThanOrEqual(1200);
      biggest = Math.max(biggest, cx - before);
      before = cx;
    }
    expect(before).toBe(1200);
    expect(biggest).toBeLessThan(16);
  });

  test("turns the short way", () => {
    const chase = createCameraChase(start);
    chase.aim({ cx: 0, cy: 0, zoom: 1, rotation: 10 });
    const { rotation } = chase.step(1 / 60).camera;
    expect(rotation > 350 || rotation < 10).toBe(true);
    expect(shortestTurn(350, 10)).toBe(20);
    expect(shortestTurn(10, 350)).toBe(-20);
  });
});
