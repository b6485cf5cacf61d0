import { describe, expect, test } from "vitest";
import { areaOf, containsPoint, type Geometry, imagePoint, type PolygonGeometry } from "../geometry/index.ts";
import { BrushStroke, brushed, capsule, type Dab, sweep } from "./brush.ts";
import { ShapeError } from "./errors.ts";
import { faultOf, seeded } from "./overlay.testing.ts";

const plane = { z: 0, t: 0 };
const sound = (g: PolygonGeometry | null): PolygonGeometry => {
  if (!g) throw new Error("nothing left");
  expect(faultOf(g.parts)).toBeNull();
  return g;
};
const path = (seed: number, count: number, radius = 6): Dab[] => {
  const random = seeded(seed);
  let [x, y] = [50, 50];
  return Array.from({ length: count }, () => {
    x += random() * 20 - 10;
    y += random() * 20 - 10;
    return { x, y, radius };
  });
};
const distance = (dabs: readonly Dab[], x: number, y: number): number => {
  let least = Infinity;
  dabs.forEach((b, i) => {
    const a = dabs[i - 1] ?? b;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length2 = dx * dx + dy * dy;
    const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / length2));
    least = Math.min(least, Math.hypot(x - a.x - t * dx, y - a.y - t * dy));
  });
  return least;
};

describe("brush", () => {
  test("a dab is a disc, a stretch a capsule", () => {
    const disc = sound(sweep([{ x: 10, y: 10, radius: 8 }], plane));
    expect(areaOf(disc)).toBeGreaterThan(Math.PI * 64 * 0.99);
    expect(areaOf(disc)).toBeLessThanOrEqual(Math.PI * 64 * 1.002);
    const stretch = sound(
      sweep(
        [
          { x: 0, y: 0, radius: 4 },
          { x: 30, y: 0, radius: 4 },
        ],
        plane,
      ),
    );
    expect(Math.abs(areaOf(stretch) - (240 + Math.PI * 16))).toBeLessThan(2);
    expect(() => capsule({ x: 0, y: 0, radius: 0 }, { x: 0, y: 0, radius: 0 })).toThrow(ShapeError);
    expect(() => capsule({ x: Number.NaN, y: 0, radius: 5 }, { x: 0, y: 0, radius: 5 })).toThrow(ShapeError);
  });

  test("covers what is within the radius of its way, and nothing else", () => {
    for (let seed = 0; seed < 8; seed++) {
      const dabs = path(seed, 25);
      const shape = sound(sweep(dabs, plane));
      const random = seeded(seed + 100);
      for (let i = 0; i < 200; i++) {
        const [x, y] = [random() * 160 - 30, random() * 160 - 30];
        const gap = distance(dabs, x, y) - 6;
        if (Math.abs(gap) > 0.15) expect(containsPoint(shape, imagePoint(x, y))).toBe(gap < 0);
      }
    }
  });

  test("goes round something: a hole; the eraser cuts in two, and takes all", () => {
    const round = Array.from({ length: 33 }, (_, i) => ({
      x: 40 + 20 * Math.cos((i * Math.PI) / 16),
      y: 40 + 20 * Math.sin((i * Math.PI) / 16),
      radius: 5,
    }));
    const stroke = new BrushStroke(null, { mode: "add", plane });
    for (const dab of round) stroke.extend(dab);
    const ring = sound(stroke.shape);
    expect(ring.parts.map((rings) => rings.length)).toEqual([2]);
    const eraser = new BrushStroke(ring, { mode: "erase", plane });
    eraser.extend({ x: 40, y: 0, radius: 3 });
    const cut = sound(eraser.extend({ x: 40, y: 80, radius: 3 }));
    expect(cut.parts.map((rings) => rings.length)).toEqual([1, 1]);
    expect(eraser.extend({ x: 40, y: 40, radius: 60 })).toBeNull();
  });

  test("live, stroke by stroke, is the whole stroke at once", () => {
    for (let seed = 0; seed < 6; seed++) {
      const base: Geometry = { kind: "ellipse", plane, cx: 50, cy: 50, rx: 30, ry: 20, rotation: 1 };
      for (const mode of ["add", "erase"] as const) {
        const stroke = new BrushStroke(base, { mode, plane });
        for (const dab of path(seed, 40, 3 + (seed % 7))) stroke.extend(dab);
        const live = stroke.shape;
        const atOnce = brushed(base, stroke.dabs, { mode, plane });
        if (live) sound(live);
        expect(Math.abs((live ? areaOf(live) : 0) - (atOnce ? areaOf(atOnce) : 0))).toBeLessThan(1);
      }
    }
  });

  test("overwrite empty only: a neighbour keeps what it has", () => {
    const avoid: Geometry[] = [
      { kind: "rectangle", plane, x: 20, y: 0, width: 10, height: 100, rotation: 0 },
    ];
    const stroke = new BrushStroke(null, { mode: "add", plane, avoid });
    stroke.extend({ x: 10, y: 50, radius: 5 });
    const shape = sound(stroke.extend({ x: 40, y: 50, radius: 5 }));
    expect(shape.parts).toHaveLength(2);
    expect(containsPoint(shape, imagePoint(25, 50))).toBe(false);
    expect(areaOf(sound(brushed(null, stroke.dabs, { mode: "add", plane, avoid })))).toBeCloseTo(
      areaOf(shape),
      0,
    );
  });

  test("pen pressure: the radius may change on the way", () => {
    const cone = sound(
      sweep(
        [
          { x: 0, y: 0, radius: 2 },
          { x: 40, y: 0, radius: 12 },
        ],
        plane,
      ),
    );
    expect(containsPoint(cone, imagePoint(20, 6))).toBe(true);
    expect(containsPoint(cone, imagePoint(20, 9))).toBe(false);
  });
});
