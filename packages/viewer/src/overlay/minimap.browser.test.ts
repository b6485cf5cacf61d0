import { afterEach, describe, expect, it } from "vitest";
import type { ZarrRecipe } from "../testing/memory-zarr.ts";
import { createStage, nextFrame, openOn, openWatched, type Stage, until } from "../testing/stage.ts";
import { createMinimap, type Minimap } from "./minimap.ts";
import { createScaleBar } from "./scale-bar.ts";

// Left half dark, right half bright.
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["y", "x"],
  shapes: [
    [1024, 2048],
    [256, 512],
  ],
  chunks: [256, 256],
  dtype: "uint8",
  value: ({ x }, level) => (x * 4 ** level < 1024 ? 40 : 200),
  units: { x: "micrometer", y: "micrometer" },
};
const GREY = [{ visible: true, min: 0, max: 255, gamma: 1, color: 0xffffff }];

let stage: Stage;
let minimap: Minimap;
let holder: HTMLElement;

afterEach(() => {
  minimap.destroy();
  holder.remove();
  stage.remove();
});

async function show(): Promise<HTMLCanvasElement> {
  stage = createStage();
  holder = document.createElement("div");
  Object.assign(holder.style, { position: "fixed", left: "400px", top: "0", width: "180px" });
  document.body.append(holder);
  minimap = createMinimap(stage.viewer, holder);
  await openOn(stage, await openWatched(RECIPE), {
    channels: GREY,
    camera: { cx: 512, cy: 512, zoom: 1, rotation: 0 },
  });
  const canvas = holder.querySelector("canvas")!;
  await until(() => grey(canvas, 150, 80) > 150, "the picture");
  return canvas;
}

function grey(canvas: HTMLCanvasElement, x: number, y: number): number {
  const scale = canvas.width / canvas.clientWidth;
  return canvas.getContext("2d")!.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data[0]!;
}

describe("the minimap", () => {
  it("shows the whole image in its contrast", async () => {
    const canvas = await show();
    expect([canvas.clientWidth, canvas.clientHeight]).toEqual([180, 90]);
    expect(Math.abs(grey(canvas, 10, 80) - 40)).toBeLessThanOrEqual(2);
    expect(Math.abs(grey(canvas, 150, 80) - 200)).toBeLessThanOrEqual(2);
    stage.viewer.setChannels([{ ...GREY[0]!, max: 100 }]);
    await until(() => Math.abs(grey(canvas, 10, 80) - 102) <= 2, "the new contrast");
  });

  it("outlines where one looks, and where others do", async () => {
    const canvas = await show();
    // The view is 320 × 240 at (512, 512): its left edge is at (352 / 2048) · 180.
    expect(grey(canvas, 31, 45)).toBeGreaterThan(150);
    expect(grey(canvas, 45, 45)).toBeLessThan(50);
    minimap.setOthers([
      { id: "a", cx: 1500, cy: 500, zoom: 1, rotation: 0, width: 400, height: 400, color: 0xff0000 },
    ]);
    await until(() => {
      const scale = canvas.width / canvas.clientWidth;
      const [red, green] = canvas
        .getContext("2d")!
        .getImageData(Math.round(114.3 * scale), Math.round(44 * scale), 1, 1).data;
      return red! > 150 && green! < 90;
    }, "their frame");
  });

  it("goes where it is clicked", async () => {
    const canvas = await show();
    const box = canvas.getBoundingClientRect();
    const seen: boolean[] = [];
    stage.viewer.on("camera", ({ byUser }) => seen.push(byUser));
    canvas.dispatchEvent(
      new PointerEvent("pointerdown", {
        button: 0,
        pointerId: 1,
        clientX: box.left + 135,
        clientY: box.top + 45,
        bubbles: true,
      }),
    );
    await until(() => Math.abs(stage.viewer.camera().cx - 1536) < 3, "the place");
    expect(stage.viewer.camera().cy).toBeCloseTo(512, 0);
    expect(seen.every((byUser) => byUser)).toBe(true);
  });
});

describe("the scale bar on the page", () => {
  it("follows the zoom", async () => {
    await show();
    const remove = createScaleBar(stage.viewer, holder);
    const bar = holder.querySelector<HTMLElement>("[data-part=scale-bar]")!;
    expect(bar.textContent).toBe("100 µm");
    stage.viewer.setCamera({ cx: 512, cy: 512, zoom: 4, rotation: 0 });
    await nextFrame();
    await nextFrame();
    expect(bar.textContent).toBe("20 µm");
    remove();
    expect(holder.querySelector("[data-part=scale-bar]")).toBeNull();
  });
});
