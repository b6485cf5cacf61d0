import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceFloor, scaleBarFor } from "./scale-bar.ts";

const um = (x: number) => ({ x, y: x, unit: "µm" as const });

describe("the scale bar", () => {
  it.each([
    [um(0.325), 1, "20 µm", 20 / 0.325],
    [um(0.325), 0.01, "2 mm", (2000 / 0.325) * 0.01],
    [um(0.325), 64, "500 nm", (0.5 / 0.325) * 64],
    [um(0.25), 0.5, "50 µm", 100],
    [null, 0.5, "200 px", 100],
    [null, 64, "2 px", 128],
  ])("of %j at zoom %f says %s", (calibration, zoom, label, lengthCss) => {
    const bar = scaleBarFor(calibration, zoom);
    expect(bar.label).toBe(label);
    expect(bar.lengthCss).toBeCloseTo(lengthCss, 6);
  });

  it("is always a round number that fits and is not much shorter than it could be", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 100, noNaN: true }),
        fc.double({ min: 1e-4, max: 64, noNaN: true }),
        (size, zoom) => {
          const { lengthCss, label } = scaleBarFor(um(size), zoom, 140);
          expect(lengthCss).toBeLessThanOrEqual(140.001);
          expect(lengthCss).toBeGreaterThan(140 / 2.51);
          expect(label).toMatch(/^(0\.0*[125]|[125]0*) (nm|µm|mm|cm)$/);
        },
      ),
    );
  });

  it.each([
    [1, 1],
    [9.99, 5],
    [10, 10],
    [0.3, 0.2],
    [4999, 2000],
  ])("niceFloor(%f) is %f", (value, nice) => {
    expect(niceFloor(value)).toBeCloseTo(nice, 12);
  });
});
