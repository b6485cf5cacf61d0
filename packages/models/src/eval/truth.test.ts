import { describe, expect, it } from "vitest";
import type { Mask } from "../mask.ts";
import { averagePrecision, match } from "./average-precision.ts";
import { thresholdAndWatershed } from "./baseline.ts";
import { clicksTo, summarise } from "./score.ts";
import { mostInterior, nextClick, objectsOf, randomInterior, seeded } from "./truth.ts";

const mask = (x: number, y: number, ...rows: string[]): Mask => ({
  x,
  y,
  width: (rows[0] as string).length,
  height: rows.length,
  data: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)),
});

describe("true objects", () => {
  it("come out of a label image in their boxes, small ones left out", () => {
    // 0 3 0 0 0
    // 3 0 0 1 1
    // 0 0 0 1 0
    // 7 0 0 0 0
    const data = Uint16Array.from("03000300110001070000", Number);
    expect(objectsOf({ width: 5, height: 4, data }, 2)).toEqual([
      { id: 1, area: 3, mask: mask(3, 1, "##", "#.") },
      { id: 3, area: 2, mask: mask(0, 0, ".#", "#.") },
    ]);
    expect(objectsOf({ width: 5, height: 4, data }, 3).map((o) => o.id)).toEqual([1]);
  });

  it("are clicked at the px farthest from their outside, the image's border being outside", () => {
    expect(mostInterior(mask(10, 20, "#######", "#######", "#######"))).toEqual({ x: 11.5, y: 21.5 });
    expect(mostInterior(mask(0, 0, "#####", "###..", "###..", "###.."))).toEqual({ x: 1.5, y: 1.5 });
  });

  it("are clicked at random, the same way for the same seed, off the rim where there is more", () => {
    const m = mask(0, 0, "#####", "#####", "#####");
    const clicks = Array.from(
      { length: 50 },
      (
        (r) => () =>
          randomInterior(m, r)
      )(seeded("a")),
    );
    expect(new Set(clicks.map((c) => `${c.x} ${c.y}`))).toEqual(new Set(["1.5 1.5", "2.5 1.5", "3.5 1.5"]));
    expect(randomInterior(m, seeded("b"))).toEqual(randomInterior(m, seeded("b")));
    expect(randomInterior(mask(4, 4, "#"), () => 0.99)).toEqual({ x: 4.5, y: 4.5 });
  });
});

describe("the next click", () => {
  const truth = mask(10, 10, "######", "######", "######");
  it("goes to the middle of the largest wrong part, of either kind", () => {
    expect(nextClick(mask(10, 10, "##....", "##....", "##...."), truth)).toEqual({
      x: 13.5,
      y: 11.5,
      inside: true,
    });
    const tooMuch = mask(10, 10, "######", "#####.", "######", "######", "######", "######");
    expect(nextClick(tooMuch, truth)).toMatchObject({ y: 14.5, inside: false });
  });
  it("is not asked for where nothing is wrong", () => {
    expect(nextClick(truth, truth)).toBeNull();
  });
  it("goes into the object where nothing was found", () => {
    expect(nextClick(mask(0, 0, "."), truth)).toMatchObject({ inside: true, y: 11.5 });
  });
});

describe("figures", () => {
  it("count clicks until the first time, and the cap where it never comes", () => {
    expect(clicksTo([0.5, 0.86, 0.7], 0.85)).toBe(2);
    expect(clicksTo([0.5, 0.6], 0.85)).toBe(20);
    const one = { id: 1, diameter: 9, best: 0.8, random: 0.7, box: 0.9, trace: [0.8, 0.9], quality: 0.8 };
    expect(summarise([one, { ...one, best: 0.5, trace: [] }], 1)).toEqual({
      miou1: 0.65,
      miou1_random: 0.7,
      at50: 1,
      at75: 0.5,
      at85: 0,
      noc85: 2,
      noc90: 2,
      box_miou: 0.9,
      images: 1,
      objects: 2,
    });
    expect(summarise([], 0)).toMatchObject({ miou1: 0, noc85: null, objects: 0 });
  });

  it("match each object once", () => {
    const a = mask(0, 0, "####");
    const counts = match([a, a, mask(9, 9, "#")], [a, mask(20, 20, "##")], 0.5);
    expect(counts).toEqual({ hits: 1, alarms: 2, misses: 1 });
    expect(averagePrecision(counts)).toBe(0.25);
  });

  it("have a baseline that separates two touching discs, dark on bright too", () => {
    const [width, height] = [64, 40];
    for (const invert of [false, true]) {
      const data = new Float32Array(3 * width * height);
      for (let i = 0; i < data.length; i++) {
        const [x, y] = [i % width, Math.floor(i / width) % height];
        const on = Math.hypot(x - 20, y - 20) < 11 || Math.hypot(x - 41, y - 20) < 11;
        data[i] = on !== invert ? 0.9 : 0.1;
      }
      const found = thresholdAndWatershed({ channels: 3, width, height, data }, 20);
      expect(found.map((m) => m.x + m.width / 2).sort()).toEqual([20.5, 41.5]);
    }
  });
});
