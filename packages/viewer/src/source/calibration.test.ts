import { describe, expect, it } from "vitest";
import { calibrationFrom } from "./calibration.ts";

describe("calibration", () => {
  it("is in micrometres and seconds whatever the file's units", () => {
    const axes = {
      x: { scale: 325, unit: "nanometer" },
      y: { scale: 0.000_325, unit: "millimeter" },
      z: { scale: 1e-6, unit: "meter" },
      t: { scale: 2, unit: "minute" },
    };
    const calibration = calibrationFrom(axes)!;
    expect(calibration.x).toBeCloseTo(0.325, 10);
    expect(calibration.y).toBeCloseTo(0.325, 10);
    expect(calibration.z).toBeCloseTo(1, 10);
    expect(calibration).toMatchObject({ t: 120, timeUnit: "s", unit: "µm" });
  });

  it.each([
    [{ scale: 0.5, unit: undefined }],
    [{ scale: 0.5, unit: "parsec" }],
    [{ scale: 0, unit: "micrometer" }],
    [{ scale: Number.NaN, unit: "micrometer" }],
    [undefined],
  ])("is unknown when x is %j", (x) => {
    expect(calibrationFrom({ x, y: { scale: 1, unit: "micrometer" } })).toBeNull();
  });

  it("leaves out what is unknown besides", () => {
    const side = { scale: 0.5, unit: "µm" };
    expect(calibrationFrom({ x: side, y: side, z: { scale: 1, unit: undefined } })).toEqual({
      x: 0.5,
      y: 0.5,
      unit: "µm",
    });
  });
});
