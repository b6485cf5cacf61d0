import { imagePoint } from "@coscope/annotations/geometry";
import { afterEach, describe, expect, it } from "vitest";
import type { ZarrRecipe } from "../testing/memory-zarr.ts";
import { createStage, gate, nextFrame, openOn, openWatched, type Stage, until } from "../testing/stage.ts";

// A stack of 8 planes and 3 time points, two levels; intensity names plane and place.
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["t", "z", "y", "x"],
  shapes: [
    [3, 8, 768, 768],
    [3, 8, 384, 384],
  ],
  chunks: [1, 1, 256, 256],
  value: ({ x, y, z, t }, level) => intensity(x * 2 ** level, y * 2 ** level, z, t),
};
const WINDOW = [{ visible: true, min: 0, max: 5000, gamma: 1, color: 0xffffff }];
const CAMERA = { cx: 400, cy: 400, zoom: 1, rotation: 0 };
const INIT = { channels: WINDOW, camera: CAMERA, plane: { z: 2, t: 0 } };

function intensity(x: number, y: number, z: number, t: number): number {
  // Another plane is the brightest in each 64 px square.
  const brightest = (Math.floor(x / 64) + 3 * Math.floor(y / 64)) % 8;
  return 100 * z + 1000 * t + (brightest === z ? 900 : 0);
}

let stage: Stage | null = null;
afterEach(() => {
  stage?.remove();
  stage = null;
});

const valueAt = (x: number, y: number) => stage!.viewer.pixelAt(imagePoint(x, y))[0];

describe("planes gone through", () => {
  it("are read ahead in the direction of the last step, and kept behind it", async () => {
    stage = createStage({}, { prefetch: true });
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    await viewer.whenIdle();
    expect(new Set(source.requests.map(({ z }) => z))).toEqual(new Set([2]));
    await viewer.setPlane({ z: 3, t: 0 });
    await viewer.whenIdle();
    expect(new Set(source.requests.map(({ z }) => z))).toEqual(new Set([2, 3, 4, 5]));
    const before = source.requests.length;
    source.gate = new Promise(() => {});
    for (const z of [4, 5, 4, 3]) {
      await viewer.setPlane({ z, t: 0 });
      expect(valueAt(400, 400)).toBe(intensity(400, 400, z, 0));
    }
    // The canvas covers columns 0 to 2 of rows 1 and 2.
    const visible = source.requests
      .slice(before)
      .filter(({ level, x, y, z }) => level === 0 && x < 3 && (y === 1 || y === 2) && z >= 3 && z <= 5);
    expect(visible).toEqual([]);
    expect(viewer.stats().aheadBytes).toBeGreaterThan(0);
  });

  it("wait for `ready`, which reads all that the view needs", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    const held = gate();
    source.gate = held.promise;
    let resolved = false;
    const ready = viewer.ready({ z: 2, t: 1 }).then(() => {
      resolved = true;
    });
    for (let i = 0; i < 3; i++) await nextFrame();
    expect(resolved).toBe(false);
    source.gate = null;
    held.open();
    await ready;
    source.gate = new Promise(() => {});
    await viewer.setPlane({ z: 2, t: 1 });
    expect(valueAt(400, 400)).toBe(intensity(400, 400, 2, 1));
    expect(viewer.plane()).toEqual({ z: 2, t: 1 });
    // Another takes the place of one that is being waited for.
    const given = viewer.ready({ z: 0, t: 2 });
    await nextFrame();
    const aborted = source.aborted;
    source.gate = null;
    await Promise.all([viewer.ready({ z: 1, t: 2 }), given]);
    expect(source.aborted).toBeGreaterThan(aborted);
  });

  it("are not read to the end when one turns back", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    const shown: number[] = [];
    viewer.on("plane", ({ z }) => shown.push(z));
    source.gate = new Promise(() => {});
    const far = viewer.setPlane({ z: 7, t: 0 });
    await until(() => source.requests.some(({ z }) => z === 7), "requests for plane 7");
    source.gate = null;
    await Promise.all([far, viewer.setPlane({ z: 1, t: 0 })]);
    expect(shown).toEqual([1]);
    expect(source.aborted).toBeGreaterThan(0);
  });

  it("leave no gap where one pans while they are being read", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    const seen = new Set<string>();
    const held = gate();
    source.gate = held.promise;
    const switched = viewer.setPlane({ z: 6, t: 0 });
    await nextFrame();
    const off = viewer.on("frame", () => {
      const { cx, cy } = viewer.camera();
      const value = valueAt(cx, cy);
      const plane = [2, 6].find((z) => value === intensity(cx, cy, z, 0));
      seen.add(value === null ? "blank" : `${plane}`);
    });
    source.gate = null;
    for (let step = 0; step < 6; step++) {
      viewer.setCamera({ ...CAMERA, cx: 400 + 20 * step });
      await nextFrame();
      if (step === 2) held.open();
    }
    await switched;
    await viewer.whenReady();
    off();
    expect([...seen].sort()).toEqual(["2", "6"]);
  });
});

describe("around a resting view", () => {
  it("a ring is read: panning there reads nothing anew, and is within its bytes", async () => {
    const aheadBytes = 4 * 2 ** 20;
    stage = createStage({}, { prefetch: true, aheadBytes });
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    await viewer.whenIdle();
    const fine = () => source.requests.filter(({ level }) => level === 0).length;
    // The canvas covers 3 × 2 tiles; with the ring all 9 of the level.
    expect(fine()).toBe(9);
    expect(viewer.stats().aheadBytes).toBeLessThanOrEqual(aheadBytes);
    expect(viewer.stats().aheadBytes).toBeGreaterThan(0);
    for (const camera of [
      { ...CAMERA, cx: 700, cy: 300 },
      { ...CAMERA, cx: 700, cy: 700 },
    ]) {
      viewer.setCamera(camera);
      await viewer.whenReady();
      expect(valueAt(camera.cx, camera.cy)).toBe(intensity(camera.cx, camera.cy, 2, 0));
    }
    expect(fine()).toBe(9);
  });
});

describe("the maximum over z", () => {
  it("is shown whole after the plane before, with its progress, and back again", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    const progress: ({ done: number; total: number } | null)[] = [];
    viewer.on("projection", (said) => progress.push(said));
    const points = [
      [300, 320],
      [400, 400],
      [520, 460],
    ] as const;
    const most = (x: number, y: number, t: number) =>
      Math.max(...Array.from({ length: 8 }, (_, z) => intensity(x, y, z, t)));
    const blank: boolean[] = [];
    viewer.on("frame", () => {
      if (viewer.camera().cx === CAMERA.cx) blank.push(points.some(([x, y]) => valueAt(x, y) === null));
    });
    await viewer.setPlane({ z: 2, t: 0, projection: "max" });
    expect(viewer.plane()).toEqual({ z: 2, t: 0, projection: "max" });
    await viewer.whenReady();
    for (const [x, y] of points) {
      expect(valueAt(x, y)).toBe(most(x, y, 0));
      const grey = Math.round((most(x, y, 0) / 5000) * 255);
      expect(Math.abs((await stage.colorAt(x, y))[0]! - grey)).toBeLessThanOrEqual(1);
    }
    expect(progress.at(-1)).toBeNull();
    expect(progress.some((said) => said !== null && said.done === said.total)).toBe(true);
    // Annotations are those of the z chosen, pixels the same for all.
    const requests = source.requests.length;
    await viewer.setPlane({ z: 5, t: 0, projection: "max" });
    expect(viewer.plane().z).toBe(5);
    expect(source.requests.length).toBe(requests);
    await viewer.setPlane({ z: 5, t: 2, projection: "max" });
    expect(valueAt(400, 400)).toBe(most(400, 400, 2));
    viewer.setCamera({ ...CAMERA, cx: 700, cy: 700 });
    await viewer.whenReady();
    expect(valueAt(700, 700)).toBe(most(700, 700, 2));
    viewer.setCamera(CAMERA);
    await viewer.setPlane({ z: 5, t: 2 });
    expect(viewer.plane()).toEqual({ z: 5, t: 2 });
    await viewer.whenReady();
    expect(valueAt(400, 400)).toBe(intensity(400, 400, 5, 2));
    expect(blank.filter(Boolean)).toEqual([]);
  });

  it("is given up at once when a plane is asked for instead, and a link may begin with it", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    const projection = "max";
    await openOn(stage, source, { ...INIT, plane: { z: 3, t: 0, projection } });
    const { viewer } = stage;
    expect(viewer.plane()).toEqual({ z: 3, t: 0, projection });
    expect(valueAt(400, 400)).toBeGreaterThanOrEqual(900);
    source.gate = new Promise(() => {});
    const other = viewer.setPlane({ z: 3, t: 1, projection });
    await until(() => source.requests.some(({ t }) => t === 1), "requests for the other time");
    source.gate = null;
    await Promise.all([other, viewer.setPlane({ z: 3, t: 2 })]);
    expect(viewer.plane()).toEqual({ z: 3, t: 2 });
    expect(source.aborted).toBeGreaterThan(0);
    await viewer.whenReady();
    expect(valueAt(400, 400)).toBe(intensity(400, 400, 3, 2));
  });

  it("is read from a coarser level where it would be dear, without a gap", async () => {
    stage = createStage();
    // Of 320 × 240 px at 2 bytes: from 876 planes on more than 512 MiB at half a device px a texel.
    const planes = 900;
    const source = await openWatched({
      ...RECIPE,
      axes: ["z", "y", "x"],
      shapes: [
        [planes, 64, 64],
        [planes, 32, 32],
      ],
      chunks: [planes, 32, 32],
      value: ({ z }, level) => (z === 77 ? 3000 + level : 10),
    });
    await openOn(stage, source, { ...INIT, camera: { cx: 32, cy: 32, zoom: 0.9, rotation: 0 } });
    const { viewer } = stage;
    const blank: boolean[] = [];
    const off = viewer.on("frame", () => blank.push(valueAt(32, 32) === null));
    await viewer.setPlane({ z: 0, t: 0, projection: "max" });
    await viewer.whenReady();
    expect(valueAt(32, 32)).toBe(3001);
    await viewer.setPlane({ z: 77, t: 0 });
    await viewer.whenReady();
    expect(valueAt(32, 32)).toBe(3000);
    off();
    expect(blank.filter(Boolean)).toEqual([]);
  });
});
