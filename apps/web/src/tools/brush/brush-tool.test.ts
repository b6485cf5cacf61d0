import { areaOf, type Geometry } from "@coscope/annotations/geometry";
import { brushed, type Dab } from "@coscope/annotations/shapes";
import { describe, expect, test } from "vitest";
import { pointerFor, type RecordingHost, recordingHost } from "../testing.ts";
import type { Change } from "../tool.ts";
import { createBrushTool } from "./brush-tool.ts";

const plane = { z: 0, t: 0 };
const none = { shift: false, alt: false, ctrl: false };

function square(x: number, y: number, side: number): Geometry {
  return { kind: "polygon", plane, parts: [[[x, y, x + side, y, x + side, y + side, x, y + side]]] };
}

function brush(id?: "brush" | "eraser") {
  const host = recordingHost();
  const tool = createBrushTool(host, id);
  return { host, tool, pointer: pointerFor(host, tool.pointer) };
}

function changes(host: RecordingHost): Change[] {
  return (host.log as [string, Change][]).map(([, change]) => change);
}

describe("brush", () => {
  test("a stroke is a new area as wide as the brush, whatever the zoom", () => {
    for (const zoom of [0.25, 1, 8]) {
      const { host, pointer } = brush();
      host.view.zoom = zoom;
      pointer.drag([100 / zoom, 100 / zoom], [200 / zoom, 100 / zoom]);
      const [change] = changes(host);
      expect(host.log).toHaveLength(1);
      const area = areaOf(change!.add![0]!.geometry) * zoom ** 2;
      expect(area).toBeGreaterThan(0.97 * (100 * 20 + Math.PI * 100));
      expect(area).toBeLessThan(1.03 * (100 * 20 + Math.PI * 100));
    }
  });

  test("a click is a dab", () => {
    const { host, pointer } = brush();
    pointer.click(50, 50);
    const area = areaOf(changes(host)[0]!.add![0]!.geometry);
    expect(area / (Math.PI * 100)).toBeGreaterThan(0.97);
    expect(area / (Math.PI * 100)).toBeLessThan(1.01);
  });

  test("from inside an area of the active class it grows that one; from beside it makes another", () => {
    const { host, pointer } = brush();
    host.put("same", square(0, 0, 60), "class");
    host.put("other", square(200, 0, 60), "another");
    pointer.drag([30, 30], [90, 30]);
    pointer.drag([230, 30], [290, 30]);
    pointer.drag([500, 30], [560, 30]);
    expect(changes(host)).toMatchObject([
      { brush: [{ target: { annotation: { id: "same" } }, mode: "add" }] },
      { add: [{}] },
      { add: [{}] },
    ]);
    expect(areaOf(brushedBy(host, 0, square(0, 0, 60)))).toBeGreaterThan(60 * 60 + 30 * 20);
  });

  test("Shift adds to what is selected, wherever; Ctrl makes a new one, even inside", () => {
    const { host, pointer } = brush();
    host.put("other", square(200, 0, 60), "another");
    host.select(["other"]);
    pointer.drag([0, 0], [40, 0], { shift: true });
    pointer.drag([230, 30], [290, 30], { ctrl: true });
    expect(changes(host)).toMatchObject([
      { brush: [{ target: { annotation: { id: "other" } }, mode: "add" }] },
      { add: [{}] },
    ]);
  });

  test("Alt erases; what is not touched is left alone", () => {
    const { host, pointer } = brush();
    host.put("a", square(0, 0, 60), "class");
    host.put("b", square(100, 0, 60), "another");
    // Its bounds are met, and not its area.
    host.put("c", { kind: "polygon", plane, parts: [[[0, -300, 400, -300, 400, 60, 390, -290]]] });
    pointer.drag([-20, 30], [130, 30], { alt: true });
    const [change] = changes(host);
    expect(change!.brush!.map(({ target, mode }) => [target.annotation.id, mode])).toEqual([
      ["a", "erase"],
      ["b", "erase"],
    ]);
    expect(areaOf(brushedBy(host, 0, square(0, 0, 60)))).toBeCloseTo(60 * 40, -1);
  });

  test("the eraser cuts only what is selected, when anything is", () => {
    const { host, pointer } = brush("eraser");
    host.put("a", square(0, 0, 60));
    host.put("b", square(100, 0, 60));
    host.select(["b"]);
    pointer.drag([-20, 30], [180, 30]);
    expect(changes(host)[0]!.brush).toMatchObject([{ target: { annotation: { id: "b" } } }]);
    pointer.drag([400, 400], [420, 420]);
    expect(host.log).toHaveLength(1);
  });

  test("with 'Overwrite empty only' neither a new area nor one that grows enters others", () => {
    const { host, pointer } = brush();
    host.brush.emptyOnly = true;
    host.put("wall", square(50, -100, 200), "another");
    host.put("mine", square(-200, -20, 40), "class");
    pointer.drag([0, 0], [100, 0]);
    pointer.drag([-180, 0], [100, 0]);
    const [drawn, grown] = changes(host);
    expect(Math.max(...xs(drawn!.add![0]!.geometry))).toBeCloseTo(50, 5);
    expect(grown!.brush![0]!.avoid).toHaveLength(1);
    expect(Math.max(...xs(brushedBy(host, 1, square(-200, -20, 40))))).toBeCloseTo(50, 5);
    // All of it is taken: nothing is made.
    pointer.drag([100, 0], [120, 0], { ctrl: true });
    expect(host.log).toHaveLength(2);
  });

  test("shows the stroke and the rim meanwhile; Esc discards", () => {
    const { host, tool, pointer } = brush();
    host.put("same", square(0, 0, 60), "class");
    pointer.hover(10, 10);
    expect(host.circle).toMatchObject({ at: { x: 10, y: 10 }, radius: 10, erases: false });
    tool.refresh({ ...none, alt: true });
    expect(host.circle!.erases).toBe(true);
    pointer.event("down", { x: 30, y: 30 });
    pointer.event("move", { x: 80, y: 30 });
    expect(host.shownStroke).toMatchObject({
      mode: "add",
      targets: [{ annotation: { id: "same" } }],
      swept: { kind: "polygon" },
      ghost: { kind: "polygon" },
    });
    expect(tool.busy()).toBe(true);
    expect(tool.cancel()).toBe(true);
    pointer.event("up", { x: 80, y: 30 });
    expect([host.shownStroke, host.circle, host.log]).toMatchObject([null, { radius: 10 }, []]);
  });

  test("a stroke round something leaves a hole", () => {
    const { host, pointer } = brush();
    pointer.event("down", { x: 100, y: 0 });
    for (let i = 1; i <= 40; i++) {
      const angle = (2 * Math.PI * i) / 40;
      pointer.event("move", { x: 100 * Math.cos(angle), y: 100 * Math.sin(angle) });
    }
    pointer.event("up", { x: 100, y: 0 });
    const { geometry } = changes(host)[0]!.add![0]!;
    expect(geometry.kind === "polygon" && geometry.parts.map((rings) => rings.length)).toEqual([2]);
  });

  test("a pen that presses less paints less, and every place it was at counts", () => {
    const { host, tool } = brush();
    const at = (x: number, y: number, pressure: number) => ({ image: { x, y }, screen: { x, y }, pressure });
    const event = (type: "down" | "move" | "up", x: number, trail?: ReturnType<typeof at>[]) =>
      tool.pointer({
        ...none,
        ...at(x, 0, 0.25),
        type,
        capture: () => {},
        ...(trail && { trail: () => trail }),
      });
    event("down", 0);
    event("move", 100, [at(50, 50, 1), at(100, 0, 0.25)]);
    event("up", 100);
    const { geometry } = changes(host)[0]!.add![0]!;
    expect(Math.max(...ys(geometry))).toBeGreaterThan(58);
    expect(Math.min(...xs(geometry))).toBeGreaterThan(-5);
  });

  test("draws nothing where one may not draw, or on what may not be changed", () => {
    const { host, tool, pointer } = brush();
    host.put("same", square(0, 0, 60), "class");
    Object.assign(host, { mayChange: () => false });
    pointer.drag([30, 30], [90, 30]);
    Object.assign(host, { mayDraw: () => false });
    pointer.drag([300, 30], [390, 30]);
    expect([host.log, tool.busy()]).toEqual([[], false]);
  });
});

function brushedBy(host: RecordingHost, index: number, base: Geometry): Geometry {
  const { dabs, mode, avoid } = changes(host)[index]!.brush![0]!;
  return brushed(base, dabs as Dab[], { mode, plane, ...(avoid && { avoid }) })!;
}

function xs(geometry: Geometry): number[] {
  return geometry.kind === "polygon" ? geometry.parts.flat(2).filter((_, i) => i % 2 === 0) : [];
}

function ys(geometry: Geometry): number[] {
  return geometry.kind === "polygon" ? geometry.parts.flat(2).filter((_, i) => i % 2 === 1) : [];
}
