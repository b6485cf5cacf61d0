import { areaOf, type Geometry } from "@coscope/annotations/geometry";
import { describe, expect, test } from "vitest";
import { createEllipseTool } from "./ellipse/ellipse-tool.ts";
import { createFreehandTool } from "./freehand/freehand-tool.ts";
import { createLineTool } from "./line/line-tool.ts";
import { createPointTool } from "./point/point-tool.ts";
import { createPolygonTool } from "./polygon/polygon-tool.ts";
import { createRectangleTool } from "./rectangle/rectangle-tool.ts";
import { pointerFor, type RecordingHost, recordingHost } from "./testing.ts";
import type { Change } from "./tool.ts";

const plane = { z: 0, t: 0 };
const none = { shift: false, alt: false, ctrl: false };

function polygon(ring: number[]) {
  return ["apply", { add: [{ geometry: { kind: "polygon", plane, parts: [[ring]] } }] }];
}

function added(host: RecordingHost): Geometry[] {
  return (host.log as [string, Change][]).flatMap(([, { add = [] }]) => add.map(({ geometry }) => geometry));
}

function square(x: number, y: number, side: number): Geometry {
  return { kind: "polygon", plane, parts: [[[x, y, x + side, y, x + side, y + side, x, y + side]]] };
}

describe("point", () => {
  test("a click makes a point, up to 4 CSS px of wandering", () => {
    const host = recordingHost();
    const tool = createPointTool(host);
    const pointer = pointerFor(host, tool.pointer);
    pointer.drag([10, 10], [13, 12]);
    pointer.drag([10, 10], [30, 10]);
    expect(host.log).toEqual([["add", { kind: "point", plane, x: 13, y: 12 }]]);
  });
});

describe("rectangle", () => {
  test("is drawn from any corner", () => {
    const host = recordingHost();
    const tool = createRectangleTool(host);
    pointerFor(host, tool.pointer).drag([50, 40], [10, 20]);
    expect(added(host)).toEqual([
      { kind: "rectangle", plane, x: 10, y: 20, width: 40, height: 20, rotation: 0 },
    ]);
  });

  test("Shift pressed on the way makes a square, Alt draws from the centre", () => {
    const host = recordingHost();
    const { event } = pointerFor(host, createRectangleTool(host).pointer);
    event("down", { x: 100, y: 100 });
    event("move", { x: 90, y: 110 });
    event("up", { x: 80, y: 130 }, { shift: true });
    event("down", { x: 100, y: 100 });
    event("up", { x: 110, y: 120 }, { alt: true });
    expect(added(host)).toMatchObject([
      { x: 70, y: 100, width: 30, height: 30 },
      { x: 90, y: 80, width: 20, height: 40 },
    ]);
  });

  test("a click makes nothing, Esc discards, colleagues see the draft meanwhile", () => {
    const host = recordingHost();
    const tool = createRectangleTool(host);
    const pointer = pointerFor(host, tool.pointer);
    pointer.click(5, 5);
    pointer.event("down", { x: 0, y: 0 });
    pointer.event("move", { x: 20, y: 10 });
    expect(host.previews).toMatchObject([{ layerId: "layer", classId: "class", geometry: { width: 20 } }]);
    expect(tool.busy()).toBe(true);
    expect(tool.cancel()).toBe(true);
    pointer.event("up", { x: 20, y: 10 });
    expect(host.log).toEqual([]);
    expect(host.previews).toEqual([]);
  });
});

describe("polygon", () => {
  test("Enter closes it", () => {
    const host = recordingHost();
    const tool = createPolygonTool(host);
    const { click } = pointerFor(host, tool.pointer);
    click(0, 0);
    click(50, 0);
    expect(tool.key("Enter", none)).toBe(true);
    expect(host.log).toEqual([]);
    click(50, 50);
    tool.key("Enter", none);
    expect(host.log).toEqual([polygon([0, 0, 50, 0, 50, 50])]);
    expect(tool.busy()).toBe(false);
  });

  test("a double-click places the last corner once and closes", () => {
    const host = recordingHost();
    const pointer = pointerFor(host, createPolygonTool(host).pointer);
    pointer.click(0, 0);
    pointer.click(50, 0);
    pointer.doubleClick(50, 50);
    expect(host.log).toEqual([polygon([0, 0, 50, 0, 50, 50])]);
  });

  test("a click on the first corner closes", () => {
    const host = recordingHost();
    const { click } = pointerFor(host, createPolygonTool(host).pointer);
    click(0, 0);
    click(50, 0);
    click(50, 50);
    click(3, 3);
    expect(host.log).toEqual([polygon([0, 0, 50, 0, 50, 50])]);
  });

  test("Backspace takes corners back, Esc discards all", () => {
    const host = recordingHost();
    const tool = createPolygonTool(host);
    const { click } = pointerFor(host, tool.pointer);
    click(0, 0);
    click(50, 0);
    click(90, 90);
    tool.key("Backspace", none);
    click(50, 50);
    tool.key("Enter", none);
    click(0, 0);
    expect(tool.cancel()).toBe(true);
    expect(tool.key("Enter", none)).toBe(false);
    expect(host.log).toEqual([polygon([0, 0, 50, 0, 50, 50])]);
  });

  test("Shift keeps to multiples of 45°", () => {
    const host = recordingHost();
    const tool = createPolygonTool(host);
    const { click } = pointerFor(host, tool.pointer);
    click(0, 0);
    click(50, 4, { shift: true });
    click(54, 52, { shift: true });
    tool.key("Enter", none);
    const [geometry] = added(host) as Extract<Geometry, { kind: "polygon" }>[];
    const ring = geometry!.parts[0]![0]!;
    expect(ring[3]).toBeCloseTo(0);
    expect(ring[4]).toBeCloseTo(ring[2]!);
  });

  test("says what the mouse would do now", () => {
    const host = recordingHost();
    const tool = createPolygonTool(host);
    tool.refresh(none);
    expect(host.hintText).toMatch(/first corner/);
    const { click } = pointerFor(host, tool.pointer);
    click(0, 0);
    click(50, 0);
    click(50, 50);
    expect(host.hintText).toMatch(/Double-click or Enter: close/);
    tool.refresh({ ...none, shift: true });
    expect(host.hintText).toMatch(/45°/);
  });
});

describe("polygon by hand", () => {
  test("a drag draws a piece; one that crosses itself is made sound", () => {
    const host = recordingHost();
    const tool = createPolygonTool(host);
    const pointer = pointerFor(host, tool.pointer);
    pointer.drag([0, 0], [40, 0]);
    expect(tool.busy()).toBe(true);
    pointer.click(40, 40);
    tool.key("Enter", none);
    const bow = pointerFor(host, tool.pointer);
    for (const [x, y] of [
      [100, 0],
      [140, 40],
      [140, 0],
      [100, 40],
    ])
      bow.click(x!, y!);
    tool.key("Enter", none);
    const [first, second] = added(host);
    expect(areaOf(first!)).toBeCloseTo(800, -1);
    expect(second).toMatchObject({ parts: [{ length: 1 }, { length: 1 }] });
    expect(areaOf(second!)).toBeCloseTo(800, 5);
  });
});

describe("ellipse", () => {
  test("fills the box that is dragged; Shift pressed on the way makes a circle", () => {
    const host = recordingHost();
    const { drag, event } = pointerFor(host, createEllipseTool(host).pointer);
    drag([10, 20], [50, 40]);
    event("down", { x: 0, y: 0 });
    event("up", { x: 30, y: -20 }, { shift: true });
    expect(added(host)).toEqual([
      { kind: "ellipse", plane, cx: 30, cy: 30, rx: 20, ry: 10, rotation: 0 },
      { kind: "ellipse", plane, cx: 15, cy: -15, rx: 15, ry: 15, rotation: 0 },
    ]);
  });
});

describe("line", () => {
  test("a drag is a straight line; clicks make pieces, Enter ends", () => {
    const host = recordingHost();
    const tool = createLineTool(host);
    const pointer = pointerFor(host, tool.pointer);
    pointer.drag([0, 0], [30, 40]);
    pointer.click(0, 0);
    pointer.click(10, 0);
    pointer.hover(10, 20);
    expect(host.hintText).toMatch(/^30 px · /);
    expect(host.measured).toMatchObject({ done: false, path: [{ x: 0 }, { x: 10 }, { y: 20 }] });
    pointer.click(10, 10);
    tool.key("Enter", none);
    expect(host.measured).toBeNull();
    expect(added(host)).toEqual([
      { kind: "polyline", plane, points: [0, 0, 30, 40] },
      { kind: "polyline", plane, points: [0, 0, 10, 0, 10, 10] },
    ]);
  });

  test("one place is no line", () => {
    const host = recordingHost();
    const tool = createLineTool(host);
    pointerFor(host, tool.pointer).doubleClick(5, 5);
    tool.key("Enter", none);
    expect(host.log).toEqual([]);
    expect(tool.cancel()).toBe(true);
    expect(tool.busy()).toBe(false);
  });
});

describe("freehand", () => {
  function circle(host: RecordingHost, held = {}, radius = 100) {
    const tool = createFreehandTool(host);
    const { event } = pointerFor(host, tool.pointer);
    event("down", { x: radius, y: 0 }, held);
    for (let i = 1; i <= 360; i++) {
      const angle = (i * Math.PI) / 180;
      event("move", { x: radius * Math.cos(angle), y: radius * Math.sin(angle) }, held);
    }
    event("up", { x: radius, y: 0 }, held);
  }

  test("is an outline with few corners, within half a px of the screen", () => {
    const host = recordingHost();
    circle(host);
    const [geometry] = added(host) as Extract<Geometry, { kind: "polygon" }>[];
    const ring = geometry!.parts[0]![0]!;
    expect(ring.length / 2).toBeLessThan(80);
    for (let i = 0; i < ring.length; i += 2)
      expect(Math.abs(Math.hypot(ring[i]!, ring[i + 1]!) - 100)).toBeLessThan(0.6);
  });

  test("a click, and a line there and back, draw nothing", () => {
    const host = recordingHost();
    const pointer = pointerFor(host, createFreehandTool(host).pointer);
    pointer.click(0, 0);
    pointer.event("down", { x: 0, y: 0 });
    for (const x of [20, 40, 20, 0]) pointer.event("move", { x, y: 0 });
    pointer.event("up", { x: 0, y: 0 });
    expect(host.log).toEqual([]);
  });
});

describe("add and subtract", () => {
  test("Shift at the start adds to the touched area, and to the selected one before", () => {
    const host = recordingHost();
    host.put("a", square(0, 0, 40));
    host.put("b", square(100, 0, 40));
    const { drag } = pointerFor(host, createRectangleTool(host).pointer);
    drag([20, 10], [60, 30], { shift: true });
    host.select(["b"]);
    drag([20, 10], [60, 30], { shift: true });
    const [touched, selected] = host.log as [string, Change][];
    expect(touched![1].reshape).toMatchObject([{ target: { annotation: { id: "a" } } }]);
    expect(areaOf(touched![1].reshape![0]!.geometry!)).toBeCloseTo(1600 + 400, 5);
    expect(selected![1].reshape).toMatchObject([{ target: { annotation: { id: "b" } } }]);
    expect(areaOf(selected![1].reshape![0]!.geometry!)).toBeCloseTo(1600 + 800, 5);
  });

  test("Shift where nothing is draws a new one; it was held from the start and makes no square", () => {
    const host = recordingHost();
    pointerFor(host, createRectangleTool(host).pointer).drag([0, 0], [40, 20], { shift: true });
    expect(added(host)).toMatchObject([{ width: 40, height: 20 }]);
  });

  test("Alt at the start cuts all that is touched; what is cut away is removed; one step", () => {
    const host = recordingHost();
    host.put("cut", square(0, 0, 40));
    host.put("gone", square(30, 50, 10));
    host.put("away", square(200, 0, 40));
    host.put("point", { kind: "point", plane, x: 35, y: 35 });
    pointerFor(host, createRectangleTool(host).pointer).drag([20, 0], [60, 60], { alt: true });
    expect(host.log).toHaveLength(1);
    const [, change] = host.log[0] as [string, Change];
    expect(change.reshape).toMatchObject([{ target: { annotation: { id: "cut" } } }]);
    expect(areaOf(change.reshape![0]!.geometry!)).toBeCloseTo(800, 5);
    expect(change.remove).toMatchObject([{ annotation: { id: "gone" } }]);
  });

  test("a polygon and a freehand outline follow the same keys", () => {
    const host = recordingHost();
    host.put("a", square(0, 0, 40));
    const tool = createPolygonTool(host);
    const pointer = pointerFor(host, tool.pointer);
    pointer.click(20, -10, { alt: true });
    pointer.click(60, -10);
    pointer.click(60, 60);
    pointer.click(20, 60);
    tool.key("Enter", none);
    const hand = pointerFor(host, createFreehandTool(host).pointer);
    hand.event("down", { x: 20, y: 20 }, { shift: true });
    for (const [x, y] of [
      [80, 20],
      [80, 60],
      [20, 60],
    ])
      hand.event("move", { x: x!, y: y! });
    hand.event("up", { x: 20, y: 20 });
    const [cut, added] = (host.log as [string, Change][]).map(([, { reshape }]) =>
      areaOf(reshape![0]!.geometry!),
    );
    expect(cut).toBeCloseTo(800, 5);
    expect(added).toBeCloseTo(1600 + 2400 - 400, 5);
  });

  test("'Overwrite empty only' leaves out what others cover; nothing left draws nothing", () => {
    const host = recordingHost();
    host.brush.emptyOnly = true;
    host.put("there", square(0, 0, 40));
    const { drag } = pointerFor(host, createRectangleTool(host).pointer);
    drag([20, 0], [80, 40]);
    drag([10, 10], [30, 30]);
    expect(added(host)).toHaveLength(1);
    expect(areaOf(added(host)[0]!)).toBeCloseTo(40 * 40, 5);
  });
});
