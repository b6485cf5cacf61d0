import { imagePoint, screenPoint } from "@coscope/annotations/geometry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMinimap } from "../overlay/minimap.ts";
import type { PointerInfo } from "../pointer.ts";
import type { ZarrRecipe } from "../testing/memory-zarr.ts";
import { createStage, nextFrame, openOn, openWatched, type Stage, until } from "../testing/stage.ts";

// Whatever the picture's orientation, all that maps points must agree with what is drawn.

const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["y", "x"],
  shapes: [
    [600, 800],
    [300, 400],
  ],
  chunks: [256, 256],
  value: ({ x, y }, level) => intensity(x * 2 ** level, y * 2 ** level),
};
/** Names the place, in squares of 40 px. */
function intensity(x: number, y: number): number {
  return 1000 + 100 * Math.floor(x / 40) + 3 * Math.floor(y / 40);
}
const CHANNELS = [{ visible: true, min: 0, max: 4000, gamma: 1, color: 0xffffff }];
const CAMERA = { cx: 400, cy: 300, zoom: 1, rotation: 0 };
const ORIENTATIONS = [
  { rotation: 90 },
  { rotation: 0, flip: true },
  { rotation: 33, flip: true, zoom: 1.6 },
  { rotation: -140, zoom: 0.9 },
].map((turned) => ({ ...CAMERA, ...turned }));

let stage: Stage;
beforeEach(async () => {
  stage = createStage();
  await openOn(stage, await openWatched(RECIPE), { channels: CHANNELS, camera: CAMERA });
});
afterEach(() => stage.remove());

async function settled(): Promise<void> {
  await nextFrame();
  await stage.viewer.whenReady();
}

describe("in any orientation", () => {
  it("what is drawn, its values, annotations, cursors and pointers are at the same place", async () => {
    const { viewer, element } = stage;
    const seen: PointerInfo[] = [];
    viewer.on("pointer", (info) => seen.push(info));
    const spot = imagePoint(440, 260);
    viewer.annotations.put([
      {
        id: "spot",
        layerId: "l",
        color: 0xff0000,
        geometry: { kind: "point", plane: { z: "all", t: "all" }, x: spot.x, y: spot.y },
      },
    ]);
    viewer.overlay.setCursors([{ id: "ada", name: "Ada", color: 0x00ff00, x: spot.x, y: spot.y }]);
    for (const camera of ORIENTATIONS) {
      viewer.setCamera(camera);
      await settled();
      for (const at of [screenPoint(100, 70), screenPoint(203, 101), screenPoint(160, 180)]) {
        const image = viewer.screenToImage(at);
        const back = viewer.imageToScreen(image);
        expect([back.x, back.y]).toEqual([expect.closeTo(at.x, 6), expect.closeTo(at.y, 6)]);
        const value = viewer.pixelAt(image)[0]!;
        expect(value).toBe(intensity(image.x, image.y));
        // Between two squares the picture is smooth, and a px of the screen wide.
        const inside = [image.x, image.y].every((v) => Math.abs(v - Math.round(v / 40) * 40) > 1.5);
        const [grey] = await stage.colorAt(image.x, image.y);
        const off = Math.abs(grey! - (value / 4000) * 255);
        expect(off).toBeLessThanOrEqual(inside ? 1 : 7.5);
        const { left, top } = element.getBoundingClientRect();
        const target = element.querySelector(".openseadragon-canvas")!;
        const move = { bubbles: true, clientX: left + at.x, clientY: top + at.y, pointerId: 1, button: -1 };
        target.dispatchEvent(new PointerEvent("pointermove", move));
        expect(seen.at(-1)?.image).toMatchObject({
          x: expect.closeTo(image.x, 6),
          y: expect.closeTo(image.y, 6),
        });
      }
      const drawn = viewer.imageToScreen(spot);
      expect(viewer.annotations.hitTest(drawn, 3)).toEqual([{ id: "spot", layerId: "l" }]);
      const [red, green] = await stage.colorAt(spot.x, spot.y);
      expect(red! - green!).toBeGreaterThan(100);
      const cursor = element.querySelector<HTMLElement>("[data-part=overlay] > div")!;
      const moved = new DOMMatrix(getComputedStyle(cursor).transform);
      // The arrow's tip is a px inside of its element.
      expect([moved.e + 1, moved.f + 1]).toEqual([expect.closeTo(drawn.x, 0), expect.closeTo(drawn.y, 0)]);
    }
  });

  it("panning moves the picture along, and zooming keeps the point under the pointer", async () => {
    const { viewer } = stage;
    for (const camera of ORIENTATIONS) {
      viewer.setCamera(camera);
      await settled();
      const point = viewer.screenToImage(screenPoint(160, 120));
      viewer.panBy(30, -20);
      await until(() => {
        const at = viewer.imageToScreen(point);
        return Math.abs(at.x - 130) < 1e-3 && Math.abs(at.y - 140) < 1e-3;
      }, `the pan at ${camera.rotation}°`);
      const at = screenPoint(220, 60);
      const under = viewer.screenToImage(at);
      viewer.zoomBy(1.5, at);
      await until(() => Math.abs(viewer.camera().zoom - camera.zoom * 1.5) < 1e-4, "the zoom");
      const now = viewer.imageToScreen(under);
      expect([now.x, now.y]).toEqual([expect.closeTo(220, 1), expect.closeTo(60, 1)]);
    }
  });

  it("the minimap leads to the place that is clicked", async () => {
    const holder = document.createElement("div");
    Object.assign(holder.style, { position: "fixed", left: "400px", top: "0", width: "160px" });
    document.body.append(holder);
    const minimap = createMinimap(stage.viewer, holder);
    const canvas = holder.querySelector("canvas")!;
    await until(() => canvas.clientWidth === 160, "the map");
    for (const [i, camera] of ORIENTATIONS.entries()) {
      stage.viewer.setCamera(camera);
      await settled();
      const [x, y] = [300 + 50 * i, 200 + 60 * i];
      const box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + x / 5, clientY: box.top + y / 5 };
      canvas.dispatchEvent(
        new PointerEvent("pointerdown", { button: 0, pointerId: 1, bubbles: true, ...at }),
      );
      await until(() => {
        const { cx, cy } = stage.viewer.camera();
        return Math.abs(cx - x) < 1 && Math.abs(cy - y) < 1;
      }, `the place at ${camera.rotation}°`);
    }
    minimap.destroy();
    holder.remove();
  });
});

describe("turning by hand", () => {
  it("keeps the middle, turns clockwise on screen also when mirrored, and counts as the person's", async () => {
    const { viewer } = stage;
    const causes: boolean[] = [];
    viewer.on("camera", ({ byUser }) => causes.push(byUser));
    for (const flip of [false, true]) {
      viewer.setCamera({ ...CAMERA, rotation: 20, flip: !flip });
      await settled();
      causes.length = 0;
      viewer.setFlip(flip);
      await settled();
      const right = viewer.screenToImage(screenPoint(200, 120));
      viewer.rotateBy(90);
      await settled();
      const now = viewer.imageToScreen(right);
      expect([now.x, now.y]).toEqual([expect.closeTo(160, 4), expect.closeTo(160, 4)]);
      expect(viewer.camera()).toMatchObject({ cx: expect.closeTo(400, 6), cy: expect.closeTo(300, 6) });
      expect(viewer.camera().flip ?? false).toBe(flip);
      expect(causes.length).toBeGreaterThan(0);
      expect(causes.every(Boolean)).toBe(true);
    }
  });

  it("the window follows what is seen, not the rectangle around it", async () => {
    const { viewer } = stage;
    viewer.setCamera({ ...CAMERA, rotation: 45 });
    await settled();
    const { min, max } = await viewer.histogram(0);
    const on = (value: number) => {
      const column = Math.floor((value - 1000) / 100);
      // Half the canvas' diagonal width at 45°: 198 px from the middle.
      return column * 40 + 40 > 400 - 199 && column * 40 < 400 + 199;
    };
    expect([on(min), on(max)]).toEqual([true, true]);
    expect(await viewer.autoContrast(0, { low: 0, high: 100 })).toEqual({ min, max });
  });
});
