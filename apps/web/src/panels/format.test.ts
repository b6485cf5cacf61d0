import { expect, test } from "vitest";
import {
  formatArea,
  formatCount,
  formatLength,
  formatMeasured,
  formatPosition,
  formatSeconds,
  formatWhen,
  formatZoom,
  plural,
} from "./format.ts";

const calibration = { x: 0.25, y: 0.25, unit: "µm" } as const;

test("lengths choose their unit, and pixels stand in where nothing is known", () => {
  expect(formatLength(100, calibration)).toBe("25 µm");
  expect(formatLength(8000, calibration)).toBe("2 mm");
  expect(formatLength(0.2, calibration)).toBe("50 nm");
  expect(formatLength(12.34, null)).toBe("12.3 px");
});

test("a measured length takes each axis by its own calibration", () => {
  const from = { x: 10, y: 10 };
  const to = { x: 40, y: 50 };
  expect(formatMeasured(from, to, { ...calibration, x: 1, y: 1 })).toBe("50 µm");
  expect(formatMeasured(from, to, { ...calibration, x: 2, y: 0 })).toBe("60 µm");
  expect(formatMeasured(from, to, null)).toBe("50 px");
});

test("times", () => {
  expect([0, 0.5, 90, 720, 7_200, 43_260].map(formatSeconds)).toEqual([
    "0 s",
    "0.5 s",
    "90 s",
    "12 min",
    "2 h 0 min",
    "12 h 1 min",
  ]);
});

test("areas", () => {
  expect(formatArea(1600, calibration)).toBe("100 µm²");
  expect(formatArea(16_000_000, calibration)).toBe("1 mm²");
  expect(formatArea(9, null)).toBe("9 px²");
});

test("a moving position keeps its digits", () => {
  expect(formatPosition(4, 40_000, calibration)).toEqual({ x: "1.0", y: "10,000.0", unit: "µm" });
  expect(formatPosition(4.7, 2, null)).toEqual({ x: "4", y: "2", unit: "px" });
});

test("zoom, counts and plurals", () => {
  expect([0.0031, 0.05, 1, 12].map(formatZoom)).toEqual(["0.31 %", "5.0 %", "100 %", "1200 %"]);
  expect(formatCount(12_345)).toBe("12,345");
  expect(plural(1, "annotation")).toBe("1 annotation");
  expect(plural(2, "class", "classes")).toBe("2 classes");
});

test("when something was made", () => {
  const now = Date.UTC(2026, 4, 5, 12);
  expect(formatWhen(now - 20_000, now)).toBe("just now");
  expect(formatWhen(now - 300_000, now)).toBe("5 min ago");
  expect(formatWhen(now - 86_400_000 * 40, now)).toContain("2026");
});
