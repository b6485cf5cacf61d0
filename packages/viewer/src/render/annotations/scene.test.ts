import { type Geometry, imagePoint, screenPoint } from "@coscope/annotations/geometry";
import { describe, expect, it } from "vitest";
import { Scene } from "./scene.ts";

const ALL = { z: "all", t: "all" } as const;
const box = (x: number, y: number, side: number): Geometry => ({
  kind: "rectangle",
  plane: ALL,
  x,
  y,
  width: side,
  height: side,
  rotation: 0,
});
const item = (id: string, geometry: Geometry, layerId = "l") => ({ id, layerId, geometry, color: 0xffffff });

function sceneAt(zoom: number) {
  let redraws = 0;
  const scene = new Scene({
    screenToImage: (p) => imagePoint(p.x / zoom, p.y / zoom),
    zoom: () => zoom,
    redraw: () => redraws++,
  });
  return { scene, redraws: () => redraws };
}

describe("hit testing", () => {
  it("finds what is under the pointer, smallest first", () => {
    const { scene } = sceneAt(1);
    scene.put([item("big", box(0, 0, 100)), item("small", box(40, 40, 10)), item("away", box(300, 300, 10))]);
    expect(scene.hitTest(screenPoint(45, 45)).map((hit) => hit.id)).toEqual(["small", "big"]);
    expect(scene.hitTest(screenPoint(200, 200))).toEqual([]);
  });

  it("puts what was brought forward before what is smaller, and draws it later", () => {
    const { scene } = sceneAt(1);
    scene.put([
      { ...item("front", box(0, 0, 100)), order: 2 },
      item("small", box(40, 40, 10)),
      { ...item("back", box(42, 42, 5)), order: -1 },
    ]);
    expect(scene.hitTest(screenPoint(45, 45)).map((hit) => hit.id)).toEqual(["front", "small", "back"]);
    const drawn = () =>
      [...scene.bins.fields()].flatMap((field) =>
        [...field.bins].flatMap(({ entries }) => [...entries].map((entry) => entry.item.id)),
      );
    expect(drawn()).toEqual(["back", "small", "front"]);
    scene.put([item("front", box(0, 0, 100))]);
    expect(drawn().indexOf("front")).toBeGreaterThan(drawn().indexOf("back"));
    expect(scene.hitTest(screenPoint(45, 45)).map((hit) => hit.id)).toEqual(["small", "front", "back"]);
  });

  it("forgives missing by a few CSS px, whatever the zoom", () => {
    for (const zoom of [0.05, 1, 40]) {
      const { scene } = sceneAt(zoom);
      scene.put([item("a", box(0, 0, 100))]);
      expect(scene.hitTest(screenPoint(100 * zoom + 3.9, 50 * zoom))).toHaveLength(1);
      expect(scene.hitTest(screenPoint(100 * zoom + 4.2, 50 * zoom))).toHaveLength(0);
      expect(scene.hitTest(screenPoint(100 * zoom + 9, 50 * zoom), 10)).toHaveLength(1);
    }
  });

  it("hits points and lines, and not the inside of an open line", () => {
    const { scene } = sceneAt(2);
    scene.put([
      item("point", { kind: "point", plane: ALL, x: 10, y: 10 }),
      item("line", { kind: "polyline", plane: ALL, points: [50, 0, 50, 50, 100, 50] }),
    ]);
    expect(scene.hitTest(screenPoint(25, 20)).map((hit) => hit.id)).toEqual(["point"]);
    expect(scene.hitTest(screenPoint(101, 50)).map((hit) => hit.id)).toEqual(["line"]);
    expect(scene.hitTest(screenPoint(150, 80))).toEqual([]);
  });

  it("passes over hidden layers and other planes", () => {
    const { scene } = sceneAt(1);
    scene.put([
      item("a", box(0, 0, 10), "hidden"),
      item("b", { ...box(0, 0, 10), plane: { z: 2, t: "all" } } as Geometry),
    ]);
    scene.setHidden(new Set(["hidden"]));
    expect(scene.hitTest(screenPoint(5, 5))).toEqual([]);
    scene.setPlane({ z: 2, t: 5 });
    scene.setHidden(new Set());
    expect(
      scene
        .hitTest(screenPoint(5, 5))
        .map((hit) => hit.id)
        .sort(),
    ).toEqual(["a", "b"]);
  });
});

describe("the scene", () => {
  it("replaces by id, removes, and clears a layer", () => {
    const { scene, redraws } = sceneAt(1);
    scene.put([item("a", box(0, 0, 10)), item("b", box(100, 0, 10), "two")]);
    scene.put([item("a", box(200, 0, 10))]);
    expect(scene.size).toBe(2);
    expect(scene.hitTest(screenPoint(5, 5))).toEqual([]);
    expect(scene.hitTest(screenPoint(205, 5))).toHaveLength(1);
    scene.clear("two");
    expect([scene.size, scene.hitTest(screenPoint(105, 5)).length]).toEqual([1, 0]);
    scene.remove(["a", "unknown"]);
    scene.clear();
    expect(scene.size).toBe(0);
    expect(redraws()).toBeGreaterThan(3);
  });
});
