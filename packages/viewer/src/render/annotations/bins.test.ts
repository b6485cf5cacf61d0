import { areaOf, type Geometry, outlineOf } from "@coscope/annotations/geometry";
import { deviation } from "earcut";
import { describe, expect, it } from "vitest";
import { BinIndex, meshOfEntry } from "./bins.ts";
import { dashed } from "./dash.ts";
import { meshOf, type SceneItem } from "./mesh.ts";

const ALL = { z: "all", t: "all" } as const;
const square = (x: number, y: number, side: number): Geometry => ({
  kind: "polygon",
  plane: ALL,
  parts: [[[x, y, x + side, y, x + side, y + side, x, y + side]]],
});
const item = (id: string, geometry: Geometry, layerId = "l"): SceneItem => ({
  id,
  layerId,
  geometry,
  color: 0xff8800,
});

function triangleArea(triangles: Float32Array): number {
  let area = 0;
  for (let i = 0; i < triangles.length; i += 6) {
    const [ax, ay, bx, by, cx, cy] = triangles.subarray(i, i + 6) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    area += Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
  }
  return area;
}

describe("a mesh", () => {
  it("has an edge for each side, and triangles that cover the area, holes and parts included", () => {
    const geometry: Geometry = {
      kind: "polygon",
      plane: ALL,
      parts: [
        [
          [0, 0, 100, 0, 100, 100, 0, 100],
          [20, 20, 20, 60, 60, 60, 60, 20],
        ],
        [[200, 0, 260, 0, 230, 50]],
      ],
    };
    const mesh = meshOf(geometry, { x: 0, y: 0 }, { tolerancePx: 0.1, filled: true });
    expect(mesh.chains.map((chain) => chain.length / 2 - 1)).toEqual([4, 4, 3]);
    expect(triangleArea(mesh.triangles)).toBeCloseTo(areaOf(geometry), 3);
    expect(deviation([0, 0, 10, 0, 10, 10, 0, 10], null, 2, [0, 1, 2, 0, 2, 3])).toBe(0);
  });

  it("is relative to its origin, so that floats are exact far out in a large image", () => {
    const far = 2 ** 24 + 0.25;
    const mesh = meshOf(square(far, far, 8), { x: 2 ** 24, y: 2 ** 24 }, { tolerancePx: 0.1, filled: true });
    expect([...mesh.chains[0]!.slice(0, 4)]).toEqual([0.25, 0.25, 8.25, 0.25]);
  });

  it("does not close a polyline, nor fill it", () => {
    const line: Geometry = { kind: "polyline", plane: ALL, points: [0, 0, 10, 0, 10, 10] };
    const mesh = meshOf(line, { x: 0, y: 0 }, { tolerancePx: 0.1, filled: true });
    expect([mesh.chains[0]!.length / 2, mesh.triangles.length]).toEqual([3, 0]);
  });

  it("follows a curve within the tolerance", () => {
    const ellipse: Geometry = { kind: "ellipse", plane: ALL, cx: 0, cy: 0, rx: 50, ry: 50, rotation: 0.4 };
    const ring = outlineOf(ellipse, 0.05).rings[0]!;
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length;
      const middle = Math.hypot((ring[i]! + ring[next]!) / 2, (ring[i + 1]! + ring[next + 1]!) / 2);
      expect(50 - middle).toBeLessThan(0.051);
    }
  });
});

describe("bins", () => {
  it("hold neighbours of one size, layer and plane together", () => {
    const index = new BinIndex();
    index.put(item("a", square(10, 10, 20)));
    index.put(item("b", square(60, 60, 25)));
    index.put(item("big", square(10, 10, 9000)));
    index.put(item("other", square(10, 10, 20), "layer 2"));
    index.put(item("z3", { ...square(10, 10, 20), plane: { z: 3, t: 0 } } as Geometry));
    index.put(item("far", square(60_000, 10, 20)));
    const held = [...index.bins()].map((bin) => [...bin.entries].map((entry) => entry.item.id).join());
    expect(held.sort()).toEqual(["a,b", "big", "far", "other", "z3"]);
  });

  it("are touched only when something in them changed", () => {
    const index = new BinIndex();
    const versions = () => new Map([...index.bins()].map((bin) => [bin.key, bin.version]));
    index.put(item("a", square(10, 10, 20)));
    index.put(item("far", square(60_000, 10, 20)));
    const before = versions();
    index.put(item("a", square(12, 10, 20)));
    const changed = [...versions()].filter(([key, version]) => before.get(key) !== version);
    expect(changed).toHaveLength(1);
    index.put(item("a", square(60_030, 10, 20)));
    expect(index.size).toBe(2);
    index.remove("far");
    index.remove("never there");
    expect([...index.bins()].map((bin) => [...bin.entries].map((entry) => entry.item.id))).toEqual([
      [],
      ["a"],
    ]);
  });

  it("never have a version twice, even when all went and came back", () => {
    const index = new BinIndex();
    const seen = new Set<number>();
    for (let round = 0; round < 3; round++) {
      index.put(item(`${round}`, square(10, 10, 20)));
      const [bin] = [...index.bins()];
      expect(seen.has(bin!.version)).toBe(false);
      seen.add(bin!.version).add(bin!.field.version);
      index.remove(`${round}`);
      if (round === 1) index.clear();
    }
  });

  it("keep a mesh until its item changes", () => {
    const index = new BinIndex();
    index.put(item("a", square(10, 10, 20)));
    const bin = [...index.bins()][0]!;
    const mesh = meshOfEntry(index.get("a")!, bin);
    expect(meshOfEntry(index.get("a")!, bin)).toBe(mesh);
    index.put(item("a", square(11, 10, 20)));
    expect(meshOfEntry(index.get("a")!, bin)).not.toBe(mesh);
  });
});

describe("dashes", () => {
  it("run on round corners", () => {
    const cut = dashed(Float32Array.of(0, 0, 5, 0, 5, 5), 4, 2);
    expect(cut.map((dash) => [...dash])).toEqual([
      [0, 0, 4, 0],
      [5, 1, 5, 5],
    ]);
  });

  it("leave a line whole that would need too many", () => {
    const line = Float32Array.of(0, 0, 1e6, 0);
    expect(dashed(line, 1, 1)).toEqual([line]);
  });
});
