import { type Geometry, imagePoint } from "@coscope/annotations/geometry";
import { afterEach, describe, expect, it } from "vitest";
import type { CameraState } from "../../camera/camera.ts";
import type { ZarrRecipe } from "../../testing/memory-zarr.ts";
import { seededRandom } from "../../testing/random.ts";
import { createStage, nextFrame, openOn, openWatched, type Stage, until } from "../../testing/stage.ts";
import type { SceneItem } from "./mesh.ts";

// A black image, far larger than floats are exact for; annotations are all there is to see.
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["y", "x"],
  shapes: [[100_000, 100_000]],
  chunks: [1024, 1024],
  dtype: "uint8",
  skip: () => true,
};
const SMALL: ZarrRecipe = { ...RECIPE, shapes: [[3000, 3000]] };
const ALL = { z: "all", t: "all" } as const;
const WHERE: CameraState = { cx: 1500, cy: 1200, zoom: 2, rotation: 0 };
const BLACK = [{ visible: true, min: 0, max: 255, gamma: 1, color: 0xffffff }];

let stage: Stage;
afterEach(() => stage.remove());

async function show(items: readonly SceneItem[], camera = WHERE): Promise<void> {
  stage = createStage();
  await openOn(stage, await openWatched(SMALL), { camera, channels: BLACK });
  stage.viewer.annotations.put(items);
  await nextFrame();
  await nextFrame();
}

const square = (x: number, y: number, side: number): Geometry => ({
  kind: "polygon",
  plane: ALL,
  parts: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});
const item = (id: string, geometry: Geometry, color = 0xff0000): SceneItem => ({
  id,
  layerId: "l",
  geometry,
  color,
});

/** Canvas pixels of one frame. */
async function pixels() {
  const bitmap = await createImageBitmap(await stage.viewer.screenshot());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
  return { data, width, height, at };
}

/** Middle of all red, weighted by how red it is, CSS px. */
async function centreOfRed(): Promise<{ x: number; y: number; count: number }> {
  const { data, width, height } = await pixels();
  let [sumX, sumY, weight, count] = [0, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const red = data[(y * width + x) * 4]!;
      if (red === 0) continue;
      sumX += (x + 0.5) * red;
      sumY += (y + 0.5) * red;
      weight += red;
      count++;
    }
  }
  return { x: sumX / weight, y: sumY / weight, count };
}

describe("annotations", () => {
  it("lie on the same matrix as the image, at any zoom, rotation and flip", async () => {
    await show([]);
    // Insides end under the outline and are not smoothed there, which at 45° moves their middle.
    stage.viewer.annotations.setStyle({ fill: false });
    const random = seededRandom(11);
    for (let round = 0; round < 12; round++) {
      const zoom = 2 ** (random() * 9 - 3);
      const camera = {
        cx: 800 + 1500 * random(),
        cy: 800 + 1500 * random(),
        zoom,
        rotation: 360 * random(),
        flip: random() < 0.5,
      };
      stage.viewer.setCamera(camera);
      const x = camera.cx + (random() * 120 - 60) / zoom;
      const y = camera.cy + (random() * 80 - 40) / zoom;
      const side = 30 / zoom;
      stage.viewer.annotations.put([item("a", square(x - side / 2, y - side / 2, side))]);
      await stage.viewer.whenReady();
      const centre = await centreOfRed();
      const expected = stage.viewer.imageToScreen(imagePoint(x, y));
      expect(Math.hypot(centre.x - expected.x, centre.y - expected.y), `round ${round}`).toBeLessThan(0.1);
    }
  });

  it("stay exact where floats would not: 64 CSS px per image px, 100,000 px out", async () => {
    stage = createStage();
    const camera = { cx: 99_000.5, cy: 99_000.5, zoom: 64, rotation: 0 };
    await openOn(stage, await openWatched(RECIPE), { camera, channels: BLACK });
    stage.viewer.annotations.put([item("a", square(99_000.25, 99_000.25, 0.5))]);
    await nextFrame();
    await nextFrame();
    const centre = await centreOfRed();
    expect(centre.x).toBeCloseTo(160, 1);
    expect(centre.y).toBeCloseTo(120, 1);
    expect(Math.sqrt(centre.count)).toBeGreaterThan(32);
    expect(Math.sqrt(centre.count)).toBeLessThan(37.5);
  });

  it("have an outline of one width on screen and a tinted inside", async () => {
    for (const zoom of [0.5, 2, 8]) {
      const side = 60 / zoom;
      await show([item("a", square(1500 - side / 2, 1200 - side / 2, side))], { ...WHERE, zoom });
      const { at } = await pixels();
      // From the left across the edge at x = 130.
      const row = Array.from({ length: 20 }, (_, i) => at(120 + i, 120)[0]!);
      const line = row.filter((red) => red > 90).length;
      expect(line, `zoom ${zoom}`).toBeGreaterThanOrEqual(1);
      expect(line, `zoom ${zoom}`).toBeLessThanOrEqual(3);
      expect(row[0]).toBe(0);
      const inside = at(160, 120)[0]!;
      expect(inside).toBeGreaterThan(25);
      expect(inside).toBeLessThan(60);
      if (zoom < 8) stage.remove();
    }
  });

  it("keep holes empty", async () => {
    const geometry: Geometry = {
      kind: "polygon",
      plane: ALL,
      parts: [
        [
          [1450, 1150, 1550, 1150, 1550, 1250, 1450, 1250],
          [1480, 1180, 1520, 1180, 1520, 1220, 1480, 1220],
        ],
      ],
    };
    await show([item("a", geometry)], { ...WHERE, zoom: 1 });
    const { at } = await pixels();
    expect(at(160, 120)[0]).toBe(0);
    expect(at(130, 120)[0]).toBeGreaterThan(25);
  });

  it("do not vanish when they are smaller than a pixel", async () => {
    const items = Array.from({ length: 25 }, (_, i) =>
      item(`${i}`, square(300 + (i % 5) * 600, 300 + Math.floor(i / 5) * 600, 12)),
    );
    await show(items, { ...WHERE, cy: 1500, zoom: 0.05 });
    const { data } = await pixels();
    let lit = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i]! > 60) lit++;
    expect(lit).toBeGreaterThanOrEqual(25);
    expect(lit).toBeLessThan(25 * 12);
  });

  it("show points as discs of one size", async () => {
    for (const zoom of [0.1, 10]) {
      await show([item("p", { kind: "point", plane: ALL, x: 1500, y: 1200 })], { ...WHERE, zoom });
      const { at } = await pixels();
      expect(at(160, 120)).toEqual([255, 0, 0]);
      expect(at(160 + 5, 120)[1]).toBeGreaterThan(150);
      expect(at(160 + 8, 120)).toEqual([0, 0, 0]);
      if (zoom < 10) stage.remove();
    }
  });

  it("show that they are selected", async () => {
    await show([item("a", square(1490, 1190, 20))]);
    const whites = async () => {
      const { data } = await pixels();
      let white = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i]! > 200 && data[i + 1]! > 200 && data[i + 2]! > 200) white++;
      return white;
    };
    expect(await whites()).toBe(0);
    stage.viewer.annotations.setSelected(new Set(["a"]));
    expect(await whites()).toBeGreaterThan(100);
    stage.viewer.annotations.remove(["a"]);
    expect(await whites()).toBe(0);
  });

  it("follow layers, planes and style", async () => {
    await show([
      item("a", square(1490, 1190, 20)),
      item("b", { ...square(1490, 1190, 20), plane: { z: 4, t: 0 } } as Geometry, 0x00ff00),
    ]);
    const inside = async () => (await pixels()).at(160, 120).map((value) => value > 20);
    expect(await inside()).toEqual([true, false, false]);
    stage.viewer.annotations.setHidden(new Set(["l"]));
    expect(await inside()).toEqual([false, false, false]);
    stage.viewer.annotations.setHidden(new Set());
    stage.viewer.annotations.setStyle({ fill: false });
    expect(await inside()).toEqual([false, false, false]);
    stage.viewer.annotations.setStyle({ fill: true, opacity: 0.2 });
    expect((await pixels()).at(160, 120)[0]).toBeLessThan(15);
  });

  it("are drawn anew where the last one of a place went and another came", async () => {
    await show([item("a", square(1490, 1190, 20))]);
    stage.viewer.annotations.remove(["a"]);
    stage.viewer.annotations.put([item("b", square(1490, 1190, 20), 0x00ff00)]);
    await nextFrame();
    await nextFrame();
    expect((await pixels()).at(160, 120)[1]).toBeGreaterThan(25);
    expect((await pixels()).at(160, 120)[0]).toBe(0);
  });

  it("rebuild only the bin in which something changed", async () => {
    const random = seededRandom(3);
    const items = Array.from({ length: 3000 }, (_, i) =>
      item(`${i}`, square(3000 * random(), 3000 * random(), 20)),
    );
    await show(items, { ...WHERE, cx: 1500, cy: 1500, zoom: 0.08 });
    const built = () => stage.viewer.stats().annotationBinsBuilt;
    await until(() => built() >= 1, "something built");
    for (let i = 0; i < 20; i++) await nextFrame();
    const before = built();
    stage.viewer.annotations.put([item("7", square(1500, 1500, 21))]);
    for (let i = 0; i < 5; i++) await nextFrame();
    expect(built() - before).toBeGreaterThanOrEqual(1);
    expect(built() - before).toBeLessThanOrEqual(2);
    stage.viewer.setCamera({ ...WHERE, zoom: 0.07 });
    await nextFrame();
    await nextFrame();
    expect(built() - before).toBeLessThanOrEqual(2);
  });
});

describe("what is redrawn often", () => {
  it("is drawn: draft, ghost, marquee, handles", async () => {
    await show([]);
    const { overlay } = stage.viewer;
    const lit = async () => {
      const { data } = await pixels();
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! > 60) count++;
      return count;
    };
    const steps: [() => void, () => void][] = [
      [() => overlay.setDraft(square(1490, 1190, 20), 0x00ff00), () => overlay.setDraft(null)],
      [
        () =>
          overlay.setGhosts([{ id: "g", geometry: square(1490, 1190, 20), color: 0x00ffff, dashed: true }]),
        () => overlay.setGhosts([]),
      ],
      [
        () => overlay.setMarquee({ minX: 1480, minY: 1190, maxX: 1520, maxY: 1210 }),
        () => overlay.setMarquee(null),
      ],
      [
        () => overlay.setHandles([{ id: "h", x: 1500, y: 1200, kind: "vertex" }]),
        () => overlay.setHandles([]),
      ],
      [
        () => overlay.setHandles([], { minX: 1480, minY: 1190, maxX: 1520, maxY: 1210 }),
        () => overlay.setHandles([]),
      ],
      [
        () => overlay.setDraft({ kind: "polygon", plane: ALL, parts: [[[1490, 1190, 1510, 1210]]] }),
        () => overlay.setDraft(null),
      ],
    ];
    for (const [on, off] of steps) {
      on();
      expect(await lit()).toBeGreaterThan(30);
      off();
      expect(await lit()).toBe(0);
    }
  });

  it("draws the frame of handles dashed", async () => {
    await show([]);
    stage.viewer.overlay.setHandles([], { minX: 1480, minY: 1190, maxX: 1520, maxY: 1210 });
    const { at } = await pixels();
    stage.viewer.overlay.setHandles([]);
    const bright = (x: number) => [99, 100, 101].some((y) => at(x, y).every((part) => part > 100));
    // Its upper side, from x = 120 to 200 on the canvas: 6 px of 10 drawn.
    const along = Array.from({ length: 70 }, (_, i) => 125 + i).filter(bright).length;
    expect(along).toBeGreaterThan(30);
    expect(along).toBeLessThan(64);
  });

  it("joins a stroke of the brush with its shape, or cuts it out, without an edge between", async () => {
    await show([]);
    const { overlay } = stage.viewer;
    const base = [{ geometry: square(1480, 1190, 20), color: 0xff0000 }];
    // On the canvas: the shape from x = 120 to 160, the stroke from 140 to 180, both from y = 100 to 140.
    const swept = square(1490, 1190, 20);
    const row = async () => {
      const { at } = await pixels();
      return [130, 140, 150, 160, 170, 180].map((x) => at(x, 120).reduce((sum, part) => sum + part, 0));
    };
    overlay.setStroke({ bases: base, swept, mode: "add", color: 0xff0000 });
    const [left, seam, middle, edge, right, rim] = await row();
    expect(left).toBeGreaterThan(30);
    expect([seam, middle, edge, right]).toEqual([left, left, left, left]);
    expect(rim).toBeGreaterThan(3 * left!);
    overlay.setStroke({ bases: base, swept, mode: "erase", color: 0xff0000 });
    const cut = await row();
    expect(cut[0]).toBe(left);
    expect(cut[1]).toBeGreaterThan(3 * left!);
    expect(cut.slice(2)).toEqual([0, 0, 0, 0]);
    overlay.setStroke(null);
    expect(await row()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("moves cursors with the camera, by transform only", async () => {
    await show([]);
    const { overlay, imageToScreen } = stage.viewer;
    overlay.setCursors([{ id: "1", x: 1510, y: 1190, name: "Ada", color: 0xe69f00 }]);
    const root = [...stage.element.querySelectorAll<HTMLElement>("[data-part=overlay] > div")][0]!;
    const label = root.querySelector("div")!;
    expect(label.textContent).toBe("Ada");
    const placed = () => {
      const box = root.getBoundingClientRect();
      const at = imageToScreen(imagePoint(1510, 1190));
      return Math.hypot(box.left + 1 - at.x, box.top + 1 - at.y);
    };
    expect(placed()).toBeLessThan(0.2);
    stage.viewer.setCamera({ ...WHERE, zoom: 3, rotation: 40 });
    await nextFrame();
    await nextFrame();
    expect(placed()).toBeLessThan(0.2);
    overlay.setCursors([]);
    expect(stage.element.querySelector("[data-part=overlay]")!.children).toHaveLength(0);
  });
});
