import { imagePoint } from "@coscope/annotations/geometry";
import { afterEach, describe, expect, it } from "vitest";
import type { ImageSource, TypedArray } from "../../source/image-source.ts";
import {
  createStage,
  gate,
  nextFrame,
  openOn,
  openWatched,
  type Stage,
  until,
  watched,
} from "../../testing/stage.ts";
import { labelColor } from "./colors.ts";

// Label images drawn in real WebGL2, against labelColor.

let stage: Stage | null = null;
afterEach(() => {
  stage?.remove();
  stage = null;
});

const IMAGE = {
  version: "0.5" as const,
  axes: ["z", "y", "x"] as const,
  shapes: [[3, 600, 800]],
  chunks: [1, 256, 256],
  dtype: "uint8" as const,
  value: () => 100,
};
const CHANNELS = [{ visible: true, min: 0, max: 200, gamma: 1, color: 0xffffff }];
const CAMERA = { cx: 400, cy: 300, zoom: 1, rotation: 0 };
const INIT = { channels: CHANNELS, camera: CAMERA, plane: { z: 0, t: 0 } };
/** What the image looks like where no label lies. */
const GREY = [128, 128, 128];

/** Squares of 10 label px, numbered from `first`; every third row and column of them is 0. */
function labelOf(first: number) {
  return (x: number, y: number, z = 0) => {
    const column = Math.floor(x / 10);
    const row = Math.floor(y / 10);
    return column % 3 === 2 || row % 3 === 2 ? 0 : first + column + 100 * row + 7 * z;
  };
}

/** A label image of 400 × 300 px, half the image's, with a second level. */
function labelSource(
  create: (length: number) => TypedArray,
  value: (x: number, y: number, z?: number) => number,
  sizeZ = 1,
): ImageSource {
  const levels = [1, 4].map((n) => ({
    width: 400 / n,
    height: 300 / n,
    tileWidth: 128,
    tileHeight: 100,
    downsampleX: n,
    downsampleY: n,
  }));
  return {
    id: `labels ${create(0).constructor.name}`,
    name: "labels",
    width: 400,
    height: 300,
    sizeZ,
    sizeT: 1,
    channels: [{ name: "", color: null, window: null }],
    dtype: "uint32",
    rgb: false,
    fill: 0,
    levels,
    calibration: null,
    warnings: [],
    async getTile({ level, x, y, z }) {
      const { width, height, downsampleX: n } = levels[level]!;
      const size = {
        width: Math.min(128, width - x * 128),
        height: Math.min(100, height - y * 100),
      };
      const data = create(size.width * size.height);
      for (let row = 0; row < size.height; row++) {
        for (let column = 0; column < size.width; column++) {
          data[row * size.width + column] = value((x * 128 + column) * n, (y * 100 + row) * n, z);
        }
      }
      return { ...size, data };
    },
  };
}

const POINTS = [
  [391, 303],
  [345, 280],
  [430, 331],
  [441, 263],
  [372, 347],
] as const;

function over(
  under: readonly number[],
  value: number,
  opacity: number,
  colors?: Map<number, number>,
): number[] {
  const color = labelColor(value, colors);
  const alpha = color[3] * opacity;
  return under.map((part, i) => part * (1 - alpha) + 255 * color[i]! * alpha);
}

async function expectColor(x: number, y: number, expected: readonly number[], why: string): Promise<void> {
  const seen = (await stage!.colorAt(x, y)).slice(0, 3);
  const off = Math.max(...seen.map((part, i) => Math.abs(part - expected[i]!)));
  expect(off, `${why}: ${seen} for ${expected} at ${x}, ${y}`).toBeLessThanOrEqual(1.01);
}

describe("a label image", () => {
  it.each<[string, (n: number) => TypedArray, number]>([
    ["uint8", (n) => new Uint8Array(n), 1],
    ["uint16", (n) => new Uint16Array(n), 60_000],
    ["uint32", (n) => new Uint32Array(n), 4_294_900_000],
    ["int32", (n) => new Int32Array(n), 70_000],
    ["64 bits, as float64", (n) => new Float64Array(n), 2 ** 40],
  ])("of %s is drawn in its values' colours, 0 left out, at any angle", async (name, create, first) => {
    stage = createStage();
    await openOn(stage, await openWatched(IMAGE), INIT);
    const { viewer } = stage;
    const value = name === "uint8" ? (x: number, y: number) => labelOf(1)(x, y) % 256 : labelOf(first);
    viewer.setLabels([{ id: "nuclei", source: labelSource(create, value), visible: true, opacity: 0.7 }]);
    for (const camera of [CAMERA, { ...CAMERA, rotation: 37, flip: true, zoom: 1.4 }]) {
      viewer.setCamera(camera);
      await viewer.whenReady();
      for (const [x, y] of POINTS) {
        const label = value(x / 2, y / 2);
        await expectColor(x, y, over(GREY, label, 0.7), `${label}`);
        expect(viewer.labelAt(imagePoint(x, y))).toEqual(label ? { id: "nuclei", value: label } : null);
      }
    }
    viewer.setLabels([]);
    await nextFrame();
    await nextFrame();
    expect(viewer.stats().labelBytes).toBe(0);
    await expectColor(399, 299, GREY, "without labels");
  });

  it("takes given colours, also transparent ones, and those that the file states", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(IMAGE), INIT);
    const value = labelOf(1000);
    const colors = new Map<number, number>();
    for (let i = 0; i < 3000; i++)
      if (i % 2) colors.set(i, (Math.imul(i, 2654435761) | (i % 5 ? 255 : 0)) >>> 0);
    const source = labelSource((n) => new Uint32Array(n), value);
    stage.viewer.setLabels([{ id: "a", source, visible: true, opacity: 1, colors }]);
    await stage.viewer.whenReady();
    for (const [x, y] of POINTS) {
      await expectColor(x, y, over(GREY, value(x / 2, y / 2), 1, colors), "given");
    }
    const stated = new Map([[value(195, 152), 0x112233ff]]);
    const labelled = { ...source, label: { colors: stated, properties: new Map() } };
    stage.viewer.setLabels([{ id: "a", source: labelled, visible: true, opacity: 1 }]);
    await stage.viewer.whenReady();
    await expectColor(391, 305, over(GREY, value(195, 152), 1, stated), "stated");
  });

  it("shows outlines alone when asked to", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(IMAGE), { ...INIT, camera: { ...CAMERA, zoom: 4 } });
    const value = labelOf(5);
    const source = labelSource((n) => new Uint16Array(n), value);
    stage.viewer.setLabels([{ id: "a", source, visible: true, opacity: 1, outline: true }]);
    await stage.viewer.whenReady();
    // A square is 20 image px: its middle, and a quarter px inside of its left edge.
    const label = value(180, 150);
    expect(label).not.toBe(0);
    await expectColor(370, 310, GREY, "inside");
    await expectColor(360.125, 310, over(GREY, label, 1), "edge");
  });

  it("follows the plane without a gap, and the one without planes lies on all", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(IMAGE), INIT);
    const { viewer } = stage;
    const value = labelOf(500);
    const stack = watched(labelSource((n) => new Uint16Array(n), value, 3));
    const flat = labelSource(
      (n) => new Uint8Array(n),
      (x) => (x > 300 ? 9 : 0),
    );
    viewer.setLabels([
      { id: "stack", source: stack, visible: true, opacity: 1 },
      { id: "flat", source: flat, visible: true, opacity: 1 },
    ]);
    await viewer.whenReady();
    const held = gate();
    stack.gate = held.promise;
    const switched = viewer.setPlane({ z: 2, t: 0 });
    const seen = new Set<number | undefined>();
    const off = viewer.on("frame", () => seen.add(viewer.labelAt(imagePoint(391, 305))?.value));
    for (let i = 0; i < 4; i++) {
      viewer.setChannels([...CHANNELS]);
      await nextFrame();
    }
    held.open();
    await switched;
    await viewer.whenReady();
    off();
    expect([...seen]).toEqual([value(195, 152, 0), value(195, 152, 2)]);
    viewer.setCamera({ ...CAMERA, cx: 640 });
    await viewer.whenReady();
    expect(viewer.labelAt(imagePoint(640, 300))).toEqual({ id: "flat", value: 9 });
  });

  it("is read coarse from afar, no longer once hidden, and kept within its bytes", async () => {
    stage = createStage({}, { labelBytes: 300_000 });
    await openOn(stage, await openWatched(IMAGE), INIT);
    const { viewer } = stage;
    const source = watched(labelSource((n) => new Uint32Array(n), labelOf(1)));
    const overlay = { id: "a", source, visible: true, opacity: 1 };
    viewer.setLabels([overlay]);
    viewer.setCamera({ ...CAMERA, zoom: 0.15 });
    await nextFrame();
    await viewer.whenReady();
    expect(source.requests.every(({ level }) => level === 1)).toBe(true);
    for (const cx of [100, 300, 500, 700]) {
      viewer.setCamera({ ...CAMERA, zoom: 3, cx });
      await viewer.whenReady();
      await until(() => viewer.stats().labelBytes <= 300_000, "eviction");
    }
    expect(source.requests.some(({ level }) => level === 0)).toBe(true);
    const before = source.requests.length;
    viewer.setLabels([{ ...overlay, visible: false }]);
    viewer.setCamera(CAMERA);
    await viewer.whenReady();
    expect(source.requests.length).toBe(before);
    expect(viewer.labelAt(imagePoint(391, 305))).toBeNull();
  });

  it("comes back with the graphics context", async () => {
    stage = createStage();
    await openOn(stage, await openWatched(IMAGE), INIT);
    const { viewer, element } = stage;
    const value = labelOf(40);
    viewer.setLabels([
      { id: "a", source: labelSource((n) => new Uint16Array(n), value), visible: true, opacity: 1 },
    ]);
    await viewer.whenReady();
    const said: string[] = [];
    for (const event of ["webgl-lost", "webgl-restored"] as const) viewer.on(event, () => said.push(event));
    const canvas = [...element.querySelectorAll("canvas")].find((one) => one.getContext("webgl2"))!;
    const extension = canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
    extension.loseContext();
    await until(() => said.length === 1, "the loss");
    extension.restoreContext();
    await until(() => said.length === 2, "the return");
    await viewer.whenReady();
    await expectColor(391, 305, over(GREY, value(195, 152), 1), "restored");
  });
});
