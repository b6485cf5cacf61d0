import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { partsOfMask } from "../shapes/contours.ts";
import { seeded } from "../shapes/overlay.testing.ts";
import { InterchangeError } from "./errors.ts";
import {
  checkRle,
  combineRle,
  maskOfRle,
  parseRle,
  type Rle,
  rleArea,
  rleBounds,
  rleOfPolygon,
  rleText,
} from "./rle.ts";

/* pycocotools 2.0.11 wrote these: polygons, and the counts of each and of their union. */
const { vectors } = JSON.parse(
  readFileSync(new URL("../../fixtures/rle-vectors.json", import.meta.url), "utf8"),
) as {
  vectors: {
    name: string;
    polygons: number[][];
    height: number;
    width: number;
    counts: string;
    partCounts: string[];
    area: number;
    bbox: number[];
    rows?: string[];
  }[];
};

describe("COCO run lengths", () => {
  test.each(vectors)("$name: as pycocotools has it, byte for byte", (v) => {
    const parts = v.polygons.map((polygon) => rleOfPolygon(polygon, v.height, v.width));
    expect(parts.map(rleText)).toEqual(v.partCounts);
    const whole = parts.slice(1).reduce((sum, part) => combineRle(sum, part, "union"), parts[0]!);
    expect(rleText(whole)).toBe(v.counts);
    expect(rleArea(whole)).toBe(v.area);
    expect(rleBounds(whole)).toEqual(v.bbox);
    expect(parseRle(v.counts, v.height, v.width).counts).toEqual(whole.counts);
    if (!v.rows) return;
    const mask = maskOfRle(whole);
    const rows = Array.from({ length: v.height }, (_, y) =>
      Array.from({ length: v.width }, (__, x) => {
        if (!mask || x < mask.x || y < mask.y || x >= mask.x + mask.width || y >= mask.y + mask.height)
          return ".";
        return mask.data[(y - mask.y) * mask.width + x - mask.x] ? "#" : ".";
      }).join(""),
    );
    expect(rows).toEqual(v.rows);
  });

  test("the edges of pixels and the mask are the same thing, holes too", () => {
    const random = seeded(2);
    for (let run = 0; run < 200; run++) {
      const [width, height] = [4 + (run % 9), 3 + (run % 7)];
      const data = Uint8Array.from({ length: width * height }, () => (random() < 0.6 ? 1 : 0));
      const parts = partsOfMask({ x: 0, y: 0, width, height, data });
      let whole: Rle = { height, width, counts: [height * width] };
      for (const [outline, ...holes] of parts) {
        let part = rleOfPolygon(outline!, height, width);
        for (const hole of holes) part = combineRle(part, rleOfPolygon(hole, height, width), "subtract");
        whole = combineRle(whole, part, "union");
      }
      expect(rleArea(whole)).toBe(data.reduce((sum, value) => sum + value, 0));
      const mask = maskOfRle(parseRle(rleText(whole), height, width));
      expect(mask ? partsOfMask(mask).length : 0).toBe(parts.length);
    }
  });

  test("counts beyond 31 bits go there and back", () => {
    const rle = {
      height: 65_536,
      width: 65_535,
      counts: [3_000_000_000, 7, 65_536 * 65_535 - 3_000_000_007],
    };
    expect(parseRle(rleText(rle), rle.height, rle.width)).toEqual(rle);
  });

  test("what is no mask says so", () => {
    for (const read of [
      () => parseRle("!", 3, 3),
      () => parseRle("oooooooooooooo", 3, 3),
      () => parseRle("9", 3, 4),
      () => parseRle("", 3, 3),
      () => checkRle([4, -1, 6], 3, 3),
      () => checkRle([4.5, 4.5], 3, 3),
      () => checkRle([9], 1e6, 1e6),
      () => checkRle([0], 0, 9),
      () => maskOfRle({ height: 60_000, width: 60_000, counts: [0, 3_600_000_000] }),
    ])
      expect(read).toThrow(InterchangeError);
  });
});
