import { imagePoint, screenPoint } from "@coscope/annotations/geometry";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SourceError } from "./errors.ts";
import type { ChannelSettings } from "./source/channels.ts";
import type { ZarrRecipe } from "./testing/memory-zarr.ts";
import { createStage, gate, nextFrame, openOn, openWatched, type Stage, until } from "./testing/stage.ts";
import { createViewer } from "./viewer.ts";

// 2048 × 1536, four levels; intensity names the place: 100·column of 64 px + row, plus 1000 a channel, 5000 a plane.
const level = (n: number) => [3, 2, 1536 / n, 2048 / n];
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["z", "c", "y", "x"],
  shapes: [level(1), level(2), level(4), level(8)],
  chunks: [1, 1, 256, 256],
  fill: 700,
  value: ({ x, y, c, z }, at) => intensity(x * 2 ** at, y * 2 ** at, c, z),
};
function intensity(x: number, y: number, c = 0, z = 0): number {
  return 100 * Math.floor(x / 64) + Math.floor(y / 64) + 1000 * c + 5000 * z;
}

const WINDOW: ChannelSettings = { visible: true, min: 0, max: 10_000, gamma: 1, color: 0xff0000 };
const CHANNELS: ChannelSettings[] = [WINDOW, { ...WINDOW, color: 0x00ff00 }];
const CAMERA = { cx: 1000, cy: 700, zoom: 1, rotation: 0 };
const INIT = { channels: CHANNELS, camera: CAMERA, plane: { z: 0, t: 0 } };
const shade = (value: number) => Math.round((Math.min(value, 10_000) / 10_000) * 255);

let stage: Stage | null = null;

afterEach(() => {
  stage?.remove();
  stage = null;
  vi.restoreAllMocks();
});

describe("an open image", () => {
  it("is shown where and how it should be", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    for (const [x, y] of [
      [1000, 700],
      [870, 600],
      [1150, 810],
    ] as const) {
      const [red, green] = await stage.colorAt(x, y);
      expect(Math.abs(red! - shade(intensity(x, y)))).toBeLessThanOrEqual(1);
      expect(Math.abs(green! - shade(intensity(x, y, 1)))).toBeLessThanOrEqual(1);
      expect(stage.viewer.pixelAt(imagePoint(x, y))).toEqual([intensity(x, y), intensity(x, y, 1)]);
    }
  });

  it("opens whole and in the middle plane unless told otherwise", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE));
    expect(stage.viewer.plane()).toEqual({ z: 1, t: 0 });
    expect(stage.viewer.camera()).toMatchObject({
      cx: expect.closeTo(1024),
      cy: expect.closeTo(768),
      rotation: 0,
    });
    expect((await stage.colorAt(-30, 768))[3]).toBe(0);
    expect((await stage.colorAt(30, 768))[3]).toBe(255);
  });

  it("has a blurred picture under what has not come yet", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    await until(() => source.requests.some((request) => request.level === 3), "the coarsest level");
    const held = gate();
    source.gate = held.promise;
    await nextFrame();
    stage.viewer.setCamera({ ...CAMERA, cx: 300, cy: 1300 });
    await until(() => stage!.viewer.pixelAt(imagePoint(300, 1300))[0] !== null, "a coarse value");
    const [red, , , alpha] = await stage.colorAt(300, 1300);
    expect(alpha).toBe(255);
    expect(Math.abs(red! - shade(intensity(300, 1300)))).toBeLessThan(12);
    held.open();
  });

  it("can be replaced by another", async () => {
    stage = createStage();
    const first = await openWatched(RECIPE);
    await openOn(stage, first, INIT);
    await openOn(stage, await openWatched({ ...RECIPE, name: "two", value: () => 9000 }), INIT);
    expect(stage.viewer.source?.name).toBe("two");
    expect((await stage.colorAt(1000, 700))[0]).toBe(shade(9000));
    expect(stage.viewer.stats().textures.tiles).toBeLessThan(30);
  });

  it("shows the newest of two opened at once", async () => {
    stage = createStage();
    const [slow, fast] = [
      await openWatched({ ...RECIPE, name: "slow" }),
      await openWatched({ ...RECIPE, name: "fast" }),
    ];
    const held = gate();
    slow.gate = held.promise;
    const opened = stage.viewer.open(slow, { camera: CAMERA });
    await openOn(stage, fast, INIT);
    held.open();
    await opened;
    expect(stage.viewer.source?.name).toBe("fast");
  });

  it("reads only the channels that are visible, and others once they are shown", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, {
      ...INIT,
      channels: [WINDOW, { ...WINDOW, visible: false, color: 0x00ff00 }],
    });
    expect(new Set(source.requests.map((request) => request.channel))).toEqual(new Set([0]));
    expect((await stage.colorAt(1000, 700))[1]).toBe(0);
    const before = source.requests.length;
    stage.viewer.setChannels(CHANNELS);
    await until(() => stage!.viewer.pixelAt(imagePoint(1000, 700))[1] !== null, "the second channel");
    await stage.viewer.whenReady();
    expect(new Set(source.requests.slice(before).map((request) => request.channel))).toEqual(new Set([1]));
    expect(
      Math.abs((await stage.colorAt(1000, 700))[1]! - shade(intensity(1000, 700, 1))),
    ).toBeLessThanOrEqual(1);
    const after = source.requests.length;
    stage.viewer.setChannels([WINDOW, { ...WINDOW, visible: false }]);
    await nextFrame();
    stage.viewer.setChannels(CHANNELS);
    await nextFrame();
    await nextFrame();
    expect(source.requests.length).toBe(after);
  });

  it("shows the fill value where the file holds nothing", async () => {
    stage = createStage();
    const skip = (_: number, coords: readonly number[]) => coords[2] === 2;
    await openOn(stage, await openWatched({ ...RECIPE, skip }), INIT);
    expect((await stage.colorAt(1000, 700))[0]).toBe(shade(700));
    expect(stage.viewer.pixelAt(imagePoint(1000, 700))).toEqual([700, 700]);
  });
});

describe("a change of contrast", () => {
  it("is one frame: nothing is read, nothing uploaded", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    await nextFrame();
    stage.viewer.resetStats();
    const before = source.requests.length;
    for (let step = 1; step <= 10; step++) {
      let frames = 0;
      const off = stage.viewer.on("frame", () => frames++);
      stage.viewer.setChannels([{ ...WINDOW, max: 10_000 - step * 500, gamma: 1 + step / 10 }, CHANNELS[1]!]);
      for (let i = 0; i < 4; i++) await nextFrame();
      off();
      expect(frames).toBe(1);
    }
    expect(stage.viewer.stats()).toMatchObject({ uploads: 0, requests: 0, decodes: 0, frames: 10 });
    expect(source.requests.length).toBe(before);
  });
});

describe("a change of plane", () => {
  it("shows the old plane until the new one is there, then all of it at once", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const { viewer } = stage;
    const points = [
      [900, 620],
      [1100, 620],
      [900, 780],
      [1100, 780],
    ] as const;
    const held = gate();
    source.gate = held.promise;
    const seen = new Set<string>();
    const off = viewer.on("frame", () => {
      const planes = points.map(([x, y]) => {
        const value = viewer.pixelAt(imagePoint(x, y))[0];
        return value === null || value === undefined ? "blank" : Math.floor(value / 5000);
      });
      seen.add(planes.join());
    });
    const switched = viewer.setPlane({ z: 2, t: 0 });
    for (let i = 0; i < 5; i++) {
      viewer.setChannels([...CHANNELS]);
      await nextFrame();
    }
    expect(viewer.plane()).toEqual({ z: 0, t: 0 });
    source.gate = null;
    held.open();
    await switched;
    expect(viewer.plane()).toEqual({ z: 2, t: 0 });
    await viewer.whenReady();
    await nextFrame();
    off();
    expect([...seen].sort()).toEqual(["0,0,0,0", "2,2,2,2"]);
    const [red] = await stage.colorAt(1000, 700);
    expect(Math.abs(red! - shade(intensity(1000, 700, 0, 2)))).toBeLessThanOrEqual(1);
  });

  it("skips planes passed over while one is being read", async () => {
    stage = createStage();
    const source = await openWatched({ ...RECIPE, shapes: [[9, 1, 512, 512]], chunks: [1, 1, 256, 256] });
    await openOn(stage, source, { ...INIT, channels: [WINDOW], camera: { ...CAMERA, cx: 256, cy: 256 } });
    const shown: number[] = [];
    stage.viewer.on("plane", (plane) => shown.push(plane.z));
    const before = source.requests.length;
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map((z) => stage!.viewer.setPlane({ z, t: 0 })));
    expect(stage.viewer.plane().z).toBe(7);
    expect(shown).toEqual([1, 7]);
    expect(new Set(source.requests.slice(before).map((request) => request.z))).toEqual(new Set([1, 7]));
  });

  it("reads tiles of the new plane where one pans afterwards", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    stage.viewer.setCamera({ ...CAMERA, cx: 400 });
    await until(() => stage!.viewer.pixelAt(imagePoint(400, 700))[0] !== null, "the first place");
    await stage.viewer.setPlane({ z: 1, t: 0 });
    stage.viewer.setCamera(CAMERA);
    await until(
      () => stage!.viewer.pixelAt(imagePoint(1000, 700))[0] === intensity(1000, 700, 0, 1),
      "the new plane",
    );
  });
});

describe("tiles", () => {
  it("are no longer read once out of view, and are when one comes back", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    const held = gate();
    source.gate = held.promise;
    const before = source.requests.length;
    stage.viewer.setCamera({ ...CAMERA, cx: 1900, cy: 1400 });
    await until(() => source.requests.length > before, "requests for the other place");
    stage.viewer.setCamera(CAMERA);
    await until(() => source.aborted > 0, "aborts");
    source.gate = null;
    stage.viewer.setCamera({ ...CAMERA, cx: 1900, cy: 1400 });
    await until(() => stage!.viewer.pixelAt(imagePoint(1900, 1400))[0] !== null, "the other place");
    expect((await stage.colorAt(1900, 1400))[3]).toBe(255);
  });

  it("that cannot be read are reported, and read again later", async () => {
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) =>
      // Ours is the only wait of two seconds: it is shortened, others are not.
      window.setInterval.call(
        window,
        once(run),
        ms === 2000 ? 50 : (ms ?? 0),
      )) as unknown as typeof setTimeout);
    stage = createStage();
    const source = await openWatched(RECIPE);
    const errors: unknown[] = [];
    stage.viewer.on("tile-error", ({ error }) => errors.push(error));
    const fields = { url: "u", expected: "an answer", got: "none", next: "Try again." };
    source.failing = (request) => (request.level === 0 ? new SourceError("unreachable", fields) : null);
    await stage.viewer.open(source, INIT);
    await until(() => errors.length > 0, "an error");
    expect(errors[0]).toMatchObject({ code: "unreachable" });
    source.failing = null;
    await until(() => stage!.viewer.pixelAt(imagePoint(1000, 700))[0] === intensity(1000, 700), "the tile");
  });

  it("with one damaged channel show the others", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    const fields = { url: "u", expected: "a whole chunk", got: "half", next: "Copy it again." };
    source.failing = (request) => (request.channel === 0 ? new SourceError("malformed", fields) : null);
    const errors: unknown[] = [];
    stage.viewer.on("tile-error", ({ error }) => errors.push(error));
    await openOn(stage, source, INIT);
    const [red, green] = await stage.colorAt(1000, 700);
    expect(red).toBe(shade(700));
    expect(Math.abs(green! - shade(intensity(1000, 700, 1)))).toBeLessThanOrEqual(1);
    expect(errors.length).toBeGreaterThan(0);
  });

  it("are evicted by bytes, and their textures freed", async () => {
    stage = createStage({}, { cacheBytes: 1 });
    await openOn(
      stage,
      await openWatched({
        ...RECIPE,
        shapes: [[1, 1, 8192, 4096]],
        chunks: [1, 1, 256, 256],
        value: () => 5,
      }),
      {
        ...INIT,
        channels: [WINDOW],
      },
    );
    for (let cy = 200; cy < 8000; cy += 240) {
      stage.viewer.setCamera({ ...CAMERA, cy });
      await until(() => stage!.viewer.pixelAt(imagePoint(1000, cy))[0] === 5, `y ${cy}`);
    }
    expect(stage.viewer.stats().textures.tiles).toBeLessThanOrEqual(56);
    stage.viewer.resetStats();
    await openOn(stage, await openWatched(RECIPE), INIT);
    expect(stage.viewer.stats().textures.tiles).toBeLessThan(30);
  });
});

const once = (run: () => void) => {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
};

describe("the graphics context", () => {
  it("may be lost and come back: said, and drawn again without reading", async () => {
    stage = createStage();
    const source = await openWatched(RECIPE);
    await openOn(stage, source, INIT);
    stage.viewer.annotations.put([
      {
        id: "a",
        layerId: "l",
        color: 0xffffff,
        geometry: {
          kind: "rectangle",
          plane: { z: "all", t: "all" },
          x: 980,
          y: 680,
          width: 40,
          height: 40,
          rotation: 0,
        },
      },
    ]);
    await nextFrame();
    const before = await stage.colorAt(1000, 680);
    const requests = source.requests.length;
    const said: string[] = [];
    for (const event of ["webgl-lost", "webgl-restored"] as const)
      stage.viewer.on(event, () => said.push(event));
    const canvas = [...stage.element.querySelectorAll("canvas")].find((one) => one.getContext("webgl2"))!;
    const extension = canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
    extension.loseContext();
    await until(() => said.length === 1, "the loss");
    stage.viewer.setCamera({ ...CAMERA, zoom: 1.5 });
    await nextFrame();
    stage.viewer.setCamera(CAMERA);
    extension.restoreContext();
    await until(() => said.length === 2, "the return");
    await stage.viewer.whenReady();
    await nextFrame();
    expect(await stage.colorAt(1000, 680)).toEqual(before);
    const [red] = await stage.colorAt(900, 620);
    expect(Math.abs(red! - shade(intensity(900, 620)))).toBeLessThanOrEqual(1);
    expect(source.requests.length).toBe(requests);
  });

  it("may be missing altogether: a typed error with what to do", () => {
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
    const element = document.createElement("div");
    let caught: unknown;
    try {
      createViewer(element);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      name: "ViewerError",
      code: "webgl2-missing",
      next: expect.stringContaining("acceleration"),
    });
  });
});

describe("the camera", () => {
  it("goes where it is told, and says where it is", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    const { viewer } = stage;
    const seen: boolean[] = [];
    viewer.on("camera", ({ byUser }) => seen.push(byUser));
    for (const camera of [
      { cx: 300, cy: 400, zoom: 2.5, rotation: 33 },
      { cx: 1800, cy: 100, zoom: 0.3, rotation: -120, flip: true },
      { cx: 10, cy: 1500, zoom: 40, rotation: 0 },
    ]) {
      viewer.setCamera(camera);
      await nextFrame();
      await nextFrame();
      const now = viewer.camera();
      expect(now.cx).toBeCloseTo(camera.cx, 6);
      expect(now.cy).toBeCloseTo(camera.cy, 6);
      expect(now.zoom).toBeCloseTo(camera.zoom, 6);
      expect(now.rotation).toBeCloseTo(camera.rotation, 6);
      expect(now.flip ?? false).toBe(camera.flip ?? false);
      const middle = viewer.imageToScreen(imagePoint(camera.cx, camera.cy));
      expect(middle).toMatchObject({ x: expect.closeTo(160, 4), y: expect.closeTo(120, 4) });
      const there = viewer.screenToImage(screenPoint(17, 200));
      expect(viewer.imageToScreen(there)).toMatchObject({
        x: expect.closeTo(17, 4),
        y: expect.closeTo(200, 4),
      });
    }
    expect(seen).toEqual([false, false, false]);
  });

  it("glides there when asked, and stops when the person moves", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    const { viewer } = stage;
    viewer.setCamera({ ...CAMERA, cx: 500 }, { animateMs: 120 });
    expect(viewer.camera().cx).toBeCloseTo(1000);
    await until(() => viewer.camera().cx === 500, "the end of the glide");
    viewer.setCamera({ ...CAMERA, cx: 900 }, { animateMs: 10_000 });
    await nextFrame();
    const causes: boolean[] = [];
    viewer.on("camera", ({ byUser }) => causes.push(byUser));
    viewer.panBy(0, 10);
    expect(causes).toEqual([true]);
    for (let i = 0; i < 40; i++) await nextFrame();
    expect(viewer.camera().cx).toBeLessThan(600);
    expect(causes.every((byUser) => byUser)).toBe(true);
  });

  it("zooms about a point", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    const at = screenPoint(250, 60);
    const under = stage.viewer.screenToImage(at);
    stage.viewer.zoomBy(2, at);
    await until(() => Math.abs(stage!.viewer.camera().zoom - 2) < 1e-6, "the zoom");
    const now = stage.viewer.imageToScreen(under);
    expect(now).toMatchObject({ x: expect.closeTo(250, 1), y: expect.closeTo(60, 1) });
  });

  it("keeps place and zoom when the element changes size", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    stage.element.style.width = "500px";
    stage.element.style.height = "200px";
    await until(() => stage!.viewer.size().width === 500, "the new size");
    expect(stage.viewer.camera()).toMatchObject({
      cx: expect.closeTo(1000, 3),
      cy: expect.closeTo(700, 3),
      zoom: expect.closeTo(1, 6),
    });
    await stage.viewer.whenReady();
    const [red] = await stage.colorAt(1200, 640);
    expect(Math.abs(red! - shade(intensity(1200, 640)))).toBeLessThanOrEqual(1);
  });
});

describe("what is measured", () => {
  it("comes from what is visible", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), INIT);
    const { counts, min, max } = await stage.viewer.histogram(0);
    // 840…1160 by 580…820: columns 13…18, rows 9…12.
    expect([min, max]).toEqual([1309, 1812]);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(50_000);
    const window = await stage.viewer.autoContrast(1);
    expect(window.min).toBeGreaterThanOrEqual(2300);
    expect(window.max).toBeLessThanOrEqual(2820);
  });

  it("of a hidden channel comes from a coarse level", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(RECIPE), {
      ...INIT,
      channels: [WINDOW, { ...WINDOW, visible: false }],
    });
    const { counts } = await stage.viewer.histogram(1);
    expect(counts.some((n) => n > 0)).toBe(true);
  });

  it("has a scale bar in pixels without calibration", async () => {
    stage = createStage();
    expect(stage.viewer.scaleBar()).toBeNull();
    await openOn(stage, await openWatched(RECIPE), INIT);
    expect(stage.viewer.scaleBar()).toEqual({ lengthCss: 100, label: "100 px" });
  });
});

describe("the end", () => {
  it("leaves nothing behind, and may come at any time", async () => {
    const one = createStage();
    const source = await openWatched(RECIPE);
    source.gate = new Promise(() => {});
    await one.viewer.open(source, INIT);
    await nextFrame();
    one.viewer.destroy();
    one.viewer.destroy();
    await nextFrame();
    expect(one.element.querySelector("canvas")).toBeNull();
    await expect(one.viewer.open(source)).rejects.toMatchObject({ code: "destroyed" });
    one.element.remove();
  });
});
