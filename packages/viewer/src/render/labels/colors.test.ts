import { describe, expect, it } from "vitest";
import { hashLabel, labelColor } from "./colors.ts";

describe("a label's colour", () => {
  it("is nothing for 0, what was given, or its own", () => {
    expect(labelColor(0)).toEqual([0, 0, 0, 0]);
    expect(labelColor(7, new Map([[7, 0xff800040]]))).toEqual([1, 128 / 255, 0, 64 / 255]);
    expect(labelColor(7)).toEqual(labelColor(7, new Map([[8, 0xff]])));
  });

  it("never changes: it is what people tell each other about", () => {
    expect([1, 2, 3, 65_536, 4_294_967_295].map(hashLabel)).toMatchInlineSnapshot(`
      [
        1753845952,
        3507691905,
        1408362973,
        3702500880,
        1734902346,
      ]
    `);
    expect(labelColor(1).map((part) => Math.round(part * 255))).toMatchInlineSnapshot(`
      [
        59,
        160,
        225,
        255,
      ]
    `);
  });

  it("is bright and coloured, and differs between neighbours", () => {
    for (let value = 1; value < 2000; value++) {
      const [red, green, blue] = labelColor(value);
      const most = Math.max(red, green, blue);
      expect(most).toBeGreaterThanOrEqual(0.8);
      expect(most - Math.min(red, green, blue)).toBeGreaterThan(0.3);
    }
    const close = Array.from({ length: 2000 }, (_, i) => {
      const [a, b] = [labelColor(i + 1), labelColor(i + 2)];
      return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 0.15;
    }).filter(Boolean).length;
    expect(close / 2000).toBeLessThan(0.12);
  });
});
