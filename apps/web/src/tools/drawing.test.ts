import { describe, expect, test } from "vitest";
import { createPointTool } from "./point/point-tool.ts";
import { createPolygonTool } from "./polygon/polygon-tool.ts";
import { createRectangleTool } from "./rectangle/rectangle-tool.ts";
import { pointerFor, recordingHost } from "./testing.ts";

const plane = { z: 0, t: 0 };
const none = { shift: false, alt: false, ctrl: false };

function polygon(ring: number[]) {
  return ["add", { kind: "polygon", plane, parts: [[ring]] }];
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
    expect(host.log).toEqual([
      ["add", { kind: "rectangle", plane, x: 10, y: 20, width: 40, height: 20, rotation: 0 }],
    ]);
  });

  test("Shift makes a square, Alt draws from the centre", () => {
    const host = recordingHost();
    const { drag } = pointerFor(host, createRectangleTool(host).pointer);
    drag([100, 100], [80, 130], { shift: true });
    drag([100, 100], [110, 120], { alt: true });
    expect(host.log).toMatchObject([
      ["add", { x: 70, y: 100, width: 30, height: 30 }],
      ["add", { x: 90, y: 80, width: 20, height: 40 }],
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
    const [, geometry] = host.log[0] as [string, { parts: number[][][] }];
    const ring = geometry.parts[0]![0]!;
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
