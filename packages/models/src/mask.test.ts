import { describe, expect, it } from "vitest";
import { squaredDistance } from "./distance.ts";
import { area, components, cut, iou, type Mask, overlap, partAt, trim } from "./mask.ts";

/** Rows of "#" and "." at a place. */
const mask = (x: number, y: number, ...rows: string[]): Mask => ({
  x,
  y,
  width: (rows[0] as string).length,
  height: rows.length,
  data: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)),
});

describe("masks", () => {
  it("are compared where they lie, not in their own corners", () => {
    const a = mask(10, 10, "##", "##");
    const b = mask(11, 11, "##", "##");
    expect(overlap(a, b)).toBe(1);
    expect(iou(a, b)).toBeCloseTo(1 / 7);
    expect(iou(a, mask(50, 50, "#"))).toBe(0);
    expect(iou(mask(0, 0, "."), mask(0, 0, "."))).toBe(0);
  });

  it("are trimmed and cut without moving", () => {
    const m = mask(5, 5, "....", ".##.", "..#.");
    expect(trim(m)).toEqual(mask(6, 6, "##", ".#"));
    expect(cut(m, 7, 4, 3, 4)).toEqual(mask(7, 4, "...", "...", "#..", "#.."));
    expect(trim(mask(0, 0, "..", ".."))).toBeNull();
    expect(area(cut(m, 100, 100, 2, 2))).toBe(0);
  });

  it("fall into 4-connected parts, of which the clicked one can be kept", () => {
    const m = mask(2, 3, "#.##", ".###", "#...");
    expect(components(m).parts).toEqual([1, 5, 1]);
    expect(partAt(m, 2.5, 3.5)).toEqual(mask(2, 3, "#...", "....", "...."));
    expect(area(partAt(m, 900, 3))).toBe(5);
  });
});

describe("distance to the outside", () => {
  it("is exact, and counts everything beyond the rectangle as outside", () => {
    const m = mask(0, 0, "#####", "#####", "###.#");
    const d = squaredDistance(5, 3, (i) => m.data[i] as number);
    expect([...d]).toEqual([1, 1, 1, 1, 1, 1, 4, 2, 1, 1, 1, 1, 1, 0, 1]);
  });

  it("agrees with looking at every pair", () => {
    const inside = (i: number) => (i * 2654435761) % 97 < 80;
    const [W, H] = [19, 13];
    const d = squaredDistance(W, H, inside);
    for (let i = 0; i < W * H; i++) {
      let best = Number.POSITIVE_INFINITY;
      for (let y = -1; y <= H; y++)
        for (let x = -1; x <= W; x++) {
          const off = x < 0 || y < 0 || x === W || y === H || !inside(y * W + x);
          if (off) best = Math.min(best, (x - (i % W)) ** 2 + (y - Math.floor(i / W)) ** 2);
        }
      expect(d[i]).toBe(best);
    }
  });
});
