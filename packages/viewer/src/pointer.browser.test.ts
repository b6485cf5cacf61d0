import { screenPoint } from "@coscope/annotations/geometry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PointerInfo } from "./pointer.ts";
import type { ZarrRecipe } from "./testing/memory-zarr.ts";
import { createStage, nextFrame, openOn, openWatched, type Stage, until } from "./testing/stage.ts";

const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["y", "x"],
  shapes: [[800, 1000]],
  chunks: [256, 256],
  dtype: "uint8",
  value: ({ x }) => x % 256,
};
const CAMERA = { cx: 500, cy: 400, zoom: 1, rotation: 0 };

let stage: Stage;
let seen: PointerInfo[];

beforeEach(async () => {
  stage = createStage();
  await openOn(stage, await openWatched(RECIPE), { camera: CAMERA });
  seen = [];
  stage.viewer.on("pointer", (info) => seen.push(info));
});

afterEach(() => stage.remove());

const types = () => seen.map((info) => info.type);
const surface = () => stage.element.querySelector(".openseadragon-canvas")!;

function send(type: string, x: number, y: number, more: PointerEventInit = {}): PointerEvent {
  const event = new PointerEvent(type, {
    bubbles: true,
    cancelable: true,
    clientX: x,
    clientY: y,
    pointerId: 1,
    pointerType: "mouse",
    isPrimary: true,
    button: type === "pointermove" ? -1 : 0,
    buttons: type === "pointerup" ? 0 : 1,
    ...more,
  });
  surface().dispatchEvent(event);
  return event;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await nextFrame();
}

describe("a pointer", () => {
  it("is told in image px, with its keys", () => {
    send("pointermove", 170, 110, { buttons: 0, shiftKey: true });
    expect(seen).toMatchObject([
      {
        type: "hover",
        screen: { x: 170, y: 110 },
        image: { x: expect.closeTo(510, 4), y: expect.closeTo(390, 4) },
        shift: true,
        alt: false,
      },
    ]);
    send("pointerleave", 0, 0, { buttons: 0 });
    stage.element.dispatchEvent(new PointerEvent("pointerleave"));
    expect(types()).toContain("leave");
  });

  it("pans unless a tool has captured it", async () => {
    send("pointerdown", 160, 120);
    for (let x = 160; x >= 100; x -= 10) send("pointermove", x, 120);
    send("pointerup", 100, 120);
    await settled();
    expect(stage.viewer.camera().cx).toBeGreaterThan(540);
    expect(types()).toEqual(["down", ...Array(7).fill("move"), "up"]);
  });

  it("belongs to a tool that captures it: nothing pans", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    send("pointerdown", 160, 120);
    for (let x = 160; x >= 100; x -= 10) send("pointermove", x, 120);
    send("pointerup", 100, 120);
    await settled();
    expect(stage.viewer.camera().cx).toBeCloseTo(500);
    expect(types()).toEqual(["down", ...Array(7).fill("move"), "up"]);
    send("pointerdown", 160, 120);
    surface().dispatchEvent(new PointerEvent("pointercancel", { bubbles: true, pointerId: 1 }));
    expect(types().at(-1)).toBe("cancel");
  });

  it("pans with the middle button whatever the tool, and tells nobody", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    send("pointerdown", 160, 120, { button: 1, buttons: 4 });
    send("pointermove", 130, 100, { buttons: 4 });
    send("pointerup", 130, 100, { button: 1 });
    await settled();
    expect(stage.viewer.camera()).toMatchObject({ cx: expect.closeTo(530, 3), cy: expect.closeTo(420, 3) });
    expect(seen).toEqual([]);
  });

  it("opens a menu with the right button, and neither draws nor pans", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    send("pointerdown", 160, 120, { button: 2, buttons: 2 });
    for (let x = 160; x >= 100; x -= 10) send("pointermove", x, 120, { buttons: 2 });
    surface().dispatchEvent(
      new PointerEvent("contextmenu", {
        bubbles: true,
        cancelable: true,
        clientX: 100,
        clientY: 120,
        button: 2,
      }),
    );
    send("pointerup", 100, 120, { button: 2 });
    await settled();
    expect(stage.viewer.camera().cx).toBeCloseTo(500);
    expect(types()).toEqual(["context"]);
    seen = [];
    send("pointerdown", 160, 120);
    surface().dispatchEvent(new PointerEvent("contextmenu", { bubbles: true, cancelable: true, button: 2 }));
    expect(types()).toEqual(["down"]);
  });

  it("is a pen's although a hand rests on the screen, before it and after", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    const hand = { pointerId: 7, pointerType: "touch", isPrimary: false };
    const pen = { pointerId: 8, pointerType: "pen" };
    send("pointerdown", 40, 40, hand);
    send("pointerdown", 100, 100, pen);
    send("pointerdown", 30, 60, { ...hand, pointerId: 9 });
    send("pointermove", 50, 80, hand);
    send("pointermove", 120, 110, { ...pen, pressure: 0.7 });
    send("pointerup", 50, 80, hand);
    send("pointerup", 120, 110, pen);
    expect(types()).toEqual(["down", "cancel", "down", "move", "up"]);
    expect(seen.slice(2).every(({ pointerType }) => pointerType === "pen")).toBe(true);
    expect(seen[3]).toMatchObject({ pressure: expect.closeTo(0.7, 2) });
    await settled();
    expect(stage.viewer.camera()).toMatchObject({ cx: expect.closeTo(500, 3), zoom: 1 });
  });

  it("pans with Space held, and does not once it is released", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    window.dispatchEvent(new KeyboardEvent("keydown", { code: "Space", bubbles: true }));
    expect((surface() as HTMLElement).style.cursor).toBe("grab");
    send("pointerdown", 160, 120);
    expect(types()).toEqual([]);
    for (let x = 160; x >= 100; x -= 10) send("pointermove", x, 120);
    send("pointerup", 100, 120);
    window.dispatchEvent(new KeyboardEvent("keyup", { code: "Space", bubbles: true }));
    await settled();
    expect(stage.viewer.camera().cx).toBeGreaterThan(540);
    expect((surface() as HTMLElement).style.cursor).toBe("");
    send("pointerdown", 160, 120);
    expect(types().at(-1)).toBe("down");
  });

  it("leaves Space to a field that has the focus", () => {
    const field = document.createElement("input");
    document.body.append(field);
    const event = new KeyboardEvent("keydown", { code: "Space", bubbles: true, cancelable: true });
    field.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
    field.remove();
  });

  it("says a double click after the second release, near the first only", () => {
    for (const [x, gap] of [
      [100, 0],
      [102, 0],
      [160, 0],
      [200, 0],
    ] as const) {
      send("pointerdown", x, 50 + gap);
      send("pointerup", x, 50 + gap);
    }
    expect(types().filter((type) => type === "double")).toHaveLength(1);
    expect(types().slice(0, 5)).toEqual(["down", "up", "down", "up", "double"]);
  });

  it("opens no browser menu over the image, and says so instead", () => {
    const event = new MouseEvent("contextmenu", {
      bubbles: true,
      cancelable: true,
      clientX: 10,
      clientY: 20,
    });
    surface().dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    expect(seen).toMatchObject([{ type: "context", screen: { x: 10, y: 20 } }]);
  });

  it("does not reach the image through a control laid over it", () => {
    const control = document.createElement("button");
    control.dataset["viewerIgnore"] = "";
    surface().append(control);
    control.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, clientX: 5, clientY: 5 }));
    expect(seen).toEqual([]);
  });
});

describe("the wheel", () => {
  it("zooms about the pointer, by what it turned", async () => {
    const under = stage.viewer.screenToImage(screenPoint(250, 60));
    const wheel = (deltaY: number, more: WheelEventInit = {}) =>
      surface().dispatchEvent(
        new WheelEvent("wheel", {
          bubbles: true,
          cancelable: true,
          clientX: 250,
          clientY: 60,
          deltaY,
          ...more,
        }),
      );
    wheel(-300);
    await until(() => Math.abs(stage.viewer.camera().zoom - 2) < 1e-3, "a doubling");
    expect(stage.viewer.imageToScreen(under)).toMatchObject({
      x: expect.closeTo(250, 0),
      y: expect.closeTo(60, 0),
    });
    for (let i = 0; i < 30; i++) wheel(10);
    await until(() => Math.abs(stage.viewer.camera().zoom - 1) < 1e-2, "the way back in small steps");
    const camera: boolean[] = [];
    stage.viewer.on("camera", ({ byUser }) => camera.push(byUser));
    wheel(-90, { ctrlKey: true });
    await until(() => stage.viewer.camera().zoom > 1.9, "a pinch on a trackpad");
    expect(camera.every((byUser) => byUser)).toBe(true);
  });
});

describe("two fingers", () => {
  it("take a gesture away from a tool, and pinch", async () => {
    stage.viewer.on("pointer", (info) => info.type === "down" && info.capture());
    const finger = (type: string, pointerId: number, x: number, y: number) =>
      send(type, x, y, { pointerId, pointerType: "touch", isPrimary: pointerId === 1 });
    finger("pointerdown", 1, 140, 120);
    finger("pointermove", 1, 138, 120);
    finger("pointerdown", 2, 180, 120);
    expect(types()).toEqual(["down", "move", "cancel"]);
    finger("pointermove", 1, 120, 120);
    finger("pointermove", 2, 204, 120);
    await until(() => Math.abs(stage.viewer.camera().zoom - 2) < 0.05, "the pinch");
    finger("pointerup", 1, 120, 120);
    finger("pointerup", 2, 204, 120);
    expect(types()).toEqual(["down", "move", "cancel"]);
    finger("pointerdown", 3, 140, 120);
    expect(types().at(-1)).toBe("down");
  });
});
