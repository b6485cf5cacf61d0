import type { Geometry } from "@coscope/annotations/geometry";
import { beforeEach, describe, expect, test } from "vitest";
import { pointerFor, type RecordingHost, recordingHost } from "../testing.ts";
import type { Tool } from "../tool.ts";
import { createSelectTool } from "./select-tool.ts";

const plane = { z: 0, t: 0 };
const none = { shift: false, alt: false, ctrl: false };
const square: Geometry = { kind: "polygon", plane, parts: [[[100, 100, 200, 100, 200, 200, 100, 200]]] };
const box: Geometry = { kind: "rectangle", plane, x: 300, y: 100, width: 100, height: 50, rotation: 0 };

let host: RecordingHost;
let tool: Tool;
let pointer: ReturnType<typeof pointerFor>;

beforeEach(() => {
  host = recordingHost();
  host.put("square", square);
  host.put("box", box);
  tool = createSelectTool(host);
  pointer = pointerFor(host, tool.pointer);
});

describe("selecting", () => {
  test("says when the one selected is locked", () => {
    const { layerId, annotation } = host.annotations.get("square")!;
    host.annotations.set("square", { layerId, annotation: { ...annotation, locked: true } });
    host.select(["square"]);
    tool.refresh(none);
    expect(host.hintText).toContain("Locked");
    expect(host.shownHandles).toEqual([]);
    host.select(["square", "box"]);
    tool.refresh(none);
    expect(host.hintText).not.toContain("Locked");
    expect(host.shownHandles).not.toEqual([]);
  });

  test("of more than can be turned at once there are no handles, and it is said", () => {
    const select = (count: number) => {
      for (let i = 0; i < count; i++) host.put(`b${i}`, { ...box, x: i });
      host.select(Array.from({ length: count }, (_, i) => `b${i}`));
      tool.refresh(none);
    };
    select(5_000);
    expect(host.shownHandles).not.toEqual([]);
    select(5_001);
    expect(host.shownHandles).toEqual([]);
    expect(host.hintText).toContain("More than 5,000");
  });

  test("click, Shift-click, click beside", () => {
    pointer.click(150, 150);
    expect([...host.selection()]).toEqual(["square"]);
    pointer.click(350, 120, { shift: true });
    expect([...host.selection()]).toEqual(["square", "box"]);
    pointer.click(150, 150, { shift: true });
    expect([...host.selection()]).toEqual(["box"]);
    pointer.click(500, 500);
    expect(host.selection().size).toBe(0);
  });

  test("a click may miss the outline by 4 CSS px, at any zoom", () => {
    host.view.zoom = 0.5;
    pointer.click(150, 94);
    expect([...host.selection()]).toEqual(["square"]);
    pointer.click(130, 88);
    expect(host.selection().size).toBe(0);
  });

  test("the marquee takes what lies inside; with Shift it adds", () => {
    pointer.event("down", { x: 90, y: 90 });
    pointer.event("move", { x: 210, y: 210 });
    expect(host.box).toEqual({ minX: 90, minY: 90, maxX: 210, maxY: 210 });
    pointer.event("up", { x: 210, y: 210 });
    expect([...host.selection()]).toEqual(["square"]);
    expect(host.box).toBeNull();
    pointer.drag([290, 90], [410, 160], { shift: true });
    expect([...host.selection()]).toEqual(["square", "box"]);
  });
});

describe("moving", () => {
  test("drags what is under the pointer, previewed until released", () => {
    pointer.event("down", { x: 150, y: 150 });
    pointer.event("move", { x: 160, y: 150 });
    expect(host.previews).toMatchObject([{ id: "square" }]);
    pointer.event("up", { x: 170, y: 155 });
    expect(host.log).toEqual([["move", ["square"], 20, 5]]);
    expect(host.previews).toEqual([]);
  });

  test("drags the whole selection, straight with Shift", () => {
    host.select(["square", "box"]);
    pointer.drag([150, 150], [190, 155]);
    expect(host.log).toEqual([["move", ["square", "box"], 40, 5]]);
  });

  test("Esc puts it back; a colleague's work is not started on", () => {
    pointer.event("down", { x: 150, y: 150 });
    pointer.event("move", { x: 190, y: 150 });
    expect(tool.cancel()).toBe(true);
    pointer.event("up", { x: 190, y: 150 });
    host.mayChange = () => false;
    pointer.drag([150, 150], [190, 155]);
    expect(host.log).toEqual([]);
  });
});

describe("corners of a polygon", () => {
  beforeEach(() => {
    pointer.click(150, 150);
  });

  test("drag one", () => {
    pointer.drag([200, 200], [230, 240]);
    expect(host.log).toEqual([
      ["reshape", "square", { ...square, parts: [[[100, 100, 200, 100, 230, 240, 100, 200]]] }],
    ]);
  });

  test("click the middle of a side to insert one", () => {
    pointer.click(150, 100);
    expect(host.log).toMatchObject([
      ["reshape", "square", { parts: [[[100, 100, 150, 100, 200, 100, 200, 200, 100, 200]]] }],
    ]);
  });

  test("drag the middle of a side out", () => {
    pointer.drag([150, 100], [150, 60]);
    expect(host.log).toMatchObject([
      ["reshape", "square", { parts: [[[100, 100, 150, 60, 200, 100, 200, 200, 100, 200]]] }],
    ]);
  });

  test("Alt-click removes one, but never below a triangle", () => {
    pointer.click(100, 100, { alt: true });
    expect(host.log).toMatchObject([["reshape", "square", { parts: [[[200, 100, 200, 200, 100, 200]]] }]]);
    host.put("square", { ...square, parts: [[[100, 100, 200, 100, 200, 200]]] } as Geometry);
    tool.refresh(none);
    pointer.click(200, 200, { alt: true });
    expect(host.log).toHaveLength(2);
    expect(host.log[1]).toMatchObject(["say", expect.stringContaining("three corners")]);
  });

  test("Delete removes the corner clicked last; without one it is left to the selection", () => {
    expect(tool.key("Delete", none)).toBe(false);
    pointer.click(200, 100);
    expect(tool.key("Delete", none)).toBe(true);
    expect(host.log).toMatchObject([["reshape", "square", { parts: [[[100, 100, 200, 200, 100, 200]]] }]]);
  });

  test("a press that does not move changes nothing", () => {
    pointer.click(200, 200);
    expect(host.log).toEqual([]);
  });
});

describe("corners of a rectangle", () => {
  test("the opposite corner stays", () => {
    pointer.click(350, 120);
    pointer.drag([300, 100], [280, 110]);
    expect(host.log).toEqual([["reshape", "box", { ...box, x: 280, y: 110, width: 120, height: 40 }]]);
  });

  test("Shift keeps the proportions", () => {
    pointer.click(350, 120);
    pointer.drag([400, 150], [500, 160], { shift: true });
    expect(host.log).toMatchObject([["reshape", "box", { x: 300, y: 100, width: 200, height: 100 }]]);
  });

  test("a turned one keeps its rotation, and turns in steps of 15° with Shift", () => {
    const turned: Geometry = { ...box, kind: "rectangle", rotation: Math.PI / 2 } as Geometry;
    host.put("box", turned);
    pointer.click(350, 120);
    const corner = host.shownHandles.find(({ id }) => id === "c2")!;
    pointer.drag([corner.x, corner.y], [corner.x - 10, corner.y + 30]);
    const [, , geometry] = host.log[0] as [
      string,
      string,
      { width: number; height: number; rotation: number },
    ];
    expect(geometry.rotation).toBe(Math.PI / 2);
    expect(geometry.width).toBeCloseTo(130);
    expect(geometry.height).toBeCloseTo(60);

    host.put("box", box);
    tool.refresh(none);
    const rotate = host.shownHandles.find(({ id }) => id === "r")!;
    pointer.drag([rotate.x, rotate.y], [400, 127], { shift: true });
    expect(host.log[1]).toMatchObject(["reshape", "box", { rotation: Math.PI / 2 }]);
  });
});

describe("several corners", () => {
  const ring = [100, 100, 200, 100, 200, 200, 100, 200];
  const holed: Geometry = {
    kind: "polygon",
    plane,
    parts: [[ring, [130, 130, 130, 170, 170, 170, 170, 130]]],
  };

  test("Ctrl+drag picks those inside the frame; one of them moves all", () => {
    pointer.click(150, 150);
    pointer.drag([190, 90], [210, 210], { ctrl: true });
    expect(host.shownHandles.filter(({ kind }) => kind === "picked").map(({ id }) => id)).toEqual([
      "v.0.0.1",
      "v.0.0.2",
    ]);
    pointer.drag([200, 200], [230, 210]);
    expect(host.log).toMatchObject([
      ["reshape", "square", { parts: [[[100, 100, 230, 110, 230, 210, 100, 200]]] }],
    ]);
  });

  test("Shift-click picks one more, Esc lets go of them before it deselects", () => {
    pointer.click(150, 150);
    pointer.click(100, 100);
    pointer.click(200, 100, { shift: true });
    expect(host.hintText).toContain("corner");
    expect(host.shownHandles.filter(({ kind }) => kind === "picked")).toHaveLength(2);
    expect(tool.cancel()).toBe(true);
    expect(host.selection().size).toBe(1);
    expect(tool.cancel()).toBe(false);
  });

  test("Shift+arrows move them", () => {
    pointer.click(150, 150);
    expect(tool.nudge!(1, 0)).toBe(false);
    pointer.click(100, 100);
    expect(tool.nudge!(1, 0)).toBe(true);
    expect(JSON.stringify(host.log)).toContain("[102,100,200,100");
  });

  test("a hole goes with its corners; the outline does not", () => {
    host.put("square", holed);
    pointer.click(110, 110);
    pointer.drag([125, 125], [175, 175], { ctrl: true });
    expect(tool.key("Delete", none)).toBe(true);
    expect(host.log).toMatchObject([["reshape", "square", { parts: [[ring]] }]]);
  });

  test("what would cross itself, or lose its hole, is refused with a reason", () => {
    host.put("square", holed);
    pointer.click(110, 110);
    pointer.drag([100, 100], [230, 150]);
    expect(host.log).toEqual([["say", expect.stringContaining("cross itself")]]);
    pointer.drag([125, 125], [175, 175], { ctrl: true });
    pointer.drag([130, 130], [330, 130]);
    expect(host.log[1]).toEqual(["say", expect.stringContaining("outside")]);
  });

  test("a double-click on an edge adds a corner there", () => {
    pointer.click(150, 150);
    pointer.event("double", { x: 175, y: 101 });
    expect(JSON.stringify(host.log)).toContain("[100,100,175,101,200,100");
  });

  test("thousands of corners: only those in view have handles, and not on top of each other", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => {
      const angle = (i / 10_000) * Math.PI;
      return i % 2 === 0 ? 500 + 400 * Math.cos(angle) : 500 + 400 * Math.sin(((i - 1) / 10_000) * Math.PI);
    });
    host.put("disc", { kind: "polygon", plane, parts: [[many]] });
    host.select(["disc"]);
    tool.refresh(none);
    const far = host.shownHandles.length;
    expect(far).toBeGreaterThan(50);
    expect(far).toBeLessThan(610);
    host.view = { zoom: 50, x: 895, y: 495 };
    tool.refresh(none);
    const near = host.shownHandles.filter(({ kind }) => kind === "vertex");
    expect(near.length).toBeGreaterThan(5);
    expect(near.every(({ x }) => x >= 895)).toBe(true);
  });
});

describe("turning and resizing", () => {
  test("a frame lies around what turns and grows together, at the corners' handles", () => {
    host.select(["square", "box"]);
    tool.refresh(none);
    expect(host.frame).toEqual({ minX: 88, minY: 88, maxX: 412, maxY: 212 });
    expect(host.shownHandles.find(({ id }) => id === "s2")).toMatchObject({ x: 412, y: 212 });
    host.select(["box"]);
    tool.refresh(none);
    expect(host.frame).toBeNull();
    host.select([]);
    tool.refresh(none);
    expect(host.frame).toBeNull();
  });

  test("several together, as one change", () => {
    host.select(["square", "box"]);
    tool.refresh(none);
    const corner = host.shownHandles.find(({ id }) => id === "s2")!;
    pointer.drag([corner.x, corner.y], [corner.x + 300, corner.y + 100]);
    const [, change] = host.log[0] as [
      string,
      { reshape: { target: { annotation: { id: string } }; geometry: Geometry }[] },
    ];
    expect(change.reshape.map(({ target }) => target.annotation.id)).toEqual(["square", "box"]);
    expect(change.reshape[0]!.geometry).toMatchObject({
      parts: [[[100, 100, 300, 100, 300, 300, 100, 300]]],
    });
    expect(change.reshape[1]!.geometry).toMatchObject({
      kind: "rectangle",
      x: 500,
      y: 100,
      width: 200,
      height: 100,
    });
  });

  test("a polygon turns about its middle, by 15° with Shift", () => {
    pointer.click(150, 150);
    const turn = host.shownHandles.find(({ id }) => id === "t")!;
    pointer.drag([turn.x, turn.y], [300, 148], { shift: true });
    const [, change] = host.log[0] as [string, { reshape: { geometry: { parts: number[][][] } }[] }];
    const turned = change.reshape[0]!.geometry.parts[0]![0]!;
    expect(turned.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([
      200, 100, 200, 200, 100, 200, 100, 100,
    ]);
  });
});

describe("resizing far down", () => {
  const shrink = async () => {
    host.select(["fine"]);
    tool.refresh(none);
    const corner = host.shownHandles.find(({ id }) => id === "s2")!;
    const to = host.shownHandles.find(({ id }) => id === "s0")!;
    // The handles lie 12 px beside the corners.
    pointer.drag([corner.x, corner.y], [to.x + 24, to.y + 24]);
    await expect.poll(() => host.log.length).toBe(1);
    return host.log[0] as [what: string, { reshape: { geometry: { parts: number[][][] } }[] }];
  };

  test("a hole that comes to nothing is gone, its area stays", async () => {
    host.put("fine", {
      kind: "polygon",
      plane,
      parts: [
        [
          [600, 100, 800, 100, 800, 300, 600, 300],
          [700, 200, 700, 200.5, 700.5, 200],
        ],
      ],
    });
    const [, change] = await shrink();
    expect(change.reshape[0]!.geometry.parts.map((rings) => rings.length)).toEqual([1]);
  });

  test("what would be nothing is refused in words, and stays", async () => {
    host.put("fine", { kind: "polygon", plane, parts: [[[600, 100, 608, 108, 600, 101]]] });
    expect(await shrink()).toEqual(["say", expect.stringContaining("Nothing was changed")]);
  });
});

describe("overlaps and marquees", () => {
  test("a click at the same place selects what lies below, in turn", () => {
    host.put("below", { ...square, parts: [[[90, 90, 210, 90, 210, 210, 90, 210]]] } as Geometry);
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      pointer.click(150, 150);
      order.push([...host.selection()].join());
    }
    expect(order).toEqual(["below", "square", "below"]);
  });

  test("towards the left it takes what it touches", () => {
    pointer.drag([210, 110], [320, 130]);
    expect(host.selection().size).toBe(0);
    pointer.event("down", { x: 310, y: 210 });
    pointer.event("move", { x: 290, y: 110 });
    expect(host.hintText).toContain("touches");
    pointer.event("up", { x: 190, y: 110 });
    expect([...host.selection()]).toEqual(["square", "box"]);
  });
});
