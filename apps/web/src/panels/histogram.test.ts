import { expect, test } from "vitest";
import { histogramPath, rangeFor, tonePath } from "./histogram.ts";

const size = { width: 100, height: 50 };

const limits = { min: 0, max: 1000 };

test("an inverted channel is full at black and black at full", () => {
  const range = { min: 0, max: 10 };
  expect(tonePath(range, 1, range, { width: 100, height: 40 }, true)).toBe("M0 0L100 40");
});

test("the range covers data and window with air, and stays under a drag", () => {
  const first = rangeFor({ min: 10, max: 200 }, { min: 0, max: 100 }, limits, null);
  expect(first).toEqual({ min: 0, max: 212 });
  expect(rangeFor({ min: 10, max: 200 }, { min: 50, max: 212 }, limits, first)).toBe(first);
  expect(rangeFor({ min: 10, max: 200 }, { min: 50, max: 400 }, limits, first)).toEqual({
    min: 0,
    max: 423.4,
  });
});

test("air ends where the pixel type does, a typed window does not", () => {
  expect(rangeFor({ min: 0, max: 990 }, { min: 0, max: 5 }, limits, null)).toEqual({ min: 0, max: 1000 });
  expect(rangeFor(null, { min: -20, max: 2000 }, limits, null)).toEqual({ min: -20, max: 2000 });
});

test("a flat image still has a width", () => {
  expect(rangeFor({ min: 7, max: 7 }, { min: 7, max: 7 }, limits, null)).toEqual({ min: 7, max: 8 });
});

test("bins stand where their values are", () => {
  const histogram = { counts: Uint32Array.of(0, 4, 0, 8), min: 0, max: 100 };
  const path = histogramPath(histogram, { min: 0, max: 200 }, size, false);
  expect(path).toBe("M0 50L0 50L12.5 50L12.5 0L25 0L25 50L37.5 50L37.5 0L50 0L50 50Z");
});

test("no counts, no path", () => {
  expect(histogramPath({ counts: new Uint32Array(4), min: 0, max: 1 }, { min: 0, max: 1 }, size, true)).toBe(
    "",
  );
});

test("the tone curve runs from black to full between the handles", () => {
  expect(tonePath({ min: 50, max: 150 }, 1, { min: 0, max: 200 }, size)).toBe("M25 50L75 0");
  expect(tonePath({ min: 0, max: 200 }, 0.5, { min: 0, max: 200 }, size)).toMatch(/L100 0$/);
});
