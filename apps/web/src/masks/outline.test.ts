import { type PixelMask, rasterise } from "@coscope/annotations/shapes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { outlineOfMask, pixelIou } from "./outline.ts";

function maskOf(rows: readonly string[], x = 0, y = 0): PixelMask {
  const width = rows[0]!.length;
  return {
    x,
    y,
    width,
    height: rows.length,
    data: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)),
  };
}

function disc(r: number, hole = 0): PixelMask {
  const side = Math.ceil(2 * r) + 4;
  const data = new Uint8Array(side * side);
  for (let i = 0; i < data.length; i++) {
    const d = Math.hypot((i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2);
    data[i] = d < r && d >= hole ? 1 : 0;
  }
  return { x: 100, y: 200, width: side, height: side, data };
}

const again = (mask: PixelMask, tolerance: number) => rasterise(outlineOfMask(mask, tolerance), mask).data;

describe("mask to outline", () => {
  test("before simplifying, the outline filled again is the mask", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 14 }),
        fc.infiniteStream(fc.nat(1)),
        (width, height, bits) => {
          const data = Uint8Array.from({ length: width * height }, () => bits.next().value as number);
          const mask = { x: 3, y: 5, width, height, data };
          expect(again(mask, 0)).toEqual(data);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("simplified it stays the mask, IoU ≥ 0.98, whatever the tolerance", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1.5, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        (r, hole, tolerance) => {
          const mask = disc(r, r * hole);
          expect(pixelIou(mask, again(mask, tolerance))).toBeGreaterThanOrEqual(0.98);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("an object four pixels across keeps its pixels at every zoom", () => {
    const mask = maskOf([".##.", "####", "####", ".##."], 10, 10);
    for (const tolerance of [0, 0.1, 0.5, 2, 50]) expect(again(mask, tolerance)).toEqual(mask.data);
  });

  test("holes stay holes; pixels that touch at a corner are apart", () => {
    const ring = outlineOfMask(maskOf(["#####", "#...#", "#...#", "#####"]), 0.5);
    expect(ring.map((part) => part.length)).toEqual([2]);
    const diagonal = outlineOfMask(maskOf(["##..", "##..", "..##", "..##"]), 0.5);
    expect(diagonal.map((part) => part.length)).toEqual([1, 1]);
    expect(outlineOfMask(maskOf(["#"]), 0.5)[0]![0]).toHaveLength(8);
    expect(outlineOfMask(maskOf(["..", ".."]), 0.5)).toEqual([]);
  });

  test("a staircase becomes a straight line; a round object needs few vertices", () => {
    const stairs = maskOf(["#...", "##..", "###.", "####"]);
    const [outline] = outlineOfMask(stairs, 0)[0]!;
    expect(outline!.length / 2).toBeLessThanOrEqual(8);
    const vertices = outlineOfMask(disc(12), 0.5)[0]![0]!.length / 2;
    expect(vertices).toBeLessThan(28);
  });
});
