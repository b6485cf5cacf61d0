import { describe, expect, it } from "vitest";
import { blendChannels, toneOf } from "./contrast.ts";

const GREY = { visible: true, min: 100, max: 300, gamma: 1, color: 0xffffff };

describe("one channel", () => {
  it("runs from black at min to full at max", () => {
    expect([0, 100, 200, 300, 999].map((value) => toneOf(value, GREY))).toEqual([0, 0, 0.5, 1, 1]);
    expect(toneOf(150, { ...GREY, gamma: 0.5 })).toBeCloseTo(0.5);
    expect([100, 150, 300].map((value) => toneOf(value, { ...GREY, inverted: true }))).toEqual([1, 0.75, 0]);
  });

  it("is a step where the window is empty", () => {
    const step = { ...GREY, max: 100 };
    expect([99, 101].map((value) => toneOf(value, step))).toEqual([0, 1]);
  });
});

describe("a colour map", () => {
  it("takes the place of the colour, from its first to its last entry", () => {
    const channel = { ...GREY, color: 0xff0000, lut: "viridis" as const };
    const hex = (value: number, more = {}) =>
      blendChannels([value], [{ ...channel, ...more }]).map((part) => Math.round(part * 255));
    // The ends and entry 150 as matplotlib has them.
    expect([hex(0), hex(300)]).toEqual([
      [68, 1, 84],
      [253, 231, 37],
    ]);
    expect(hex(100 + (200 * 150) / 255)).toEqual([33, 165, 133]);
    expect(hex(300, { inverted: true })).toEqual([68, 1, 84]);
    expect(hex(200, { lut: "gray" })).toEqual([128, 128, 128]);
  });
});

describe("several channels", () => {
  it("add up, and stop at white", () => {
    const red = { ...GREY, color: 0xff0000 };
    const teal = { ...GREY, color: 0x008080 };
    expect(blendChannels([200, 300], [red, teal])).toEqual([0.5, 128 / 255, 128 / 255]);
    expect(blendChannels([300, 300], [GREY, GREY])).toEqual([1, 1, 1]);
  });

  it("add nothing when hidden or not loaded", () => {
    expect(blendChannels([300, null], [{ ...GREY, visible: false }, GREY])).toEqual([0, 0, 0]);
  });
});
