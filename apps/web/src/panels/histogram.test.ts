import { expect, test } from "vitest";
import { histogramPath, rangeFor, tonePath } from "./histogram.ts";

const size = { width: 100, height: 50 };

test("the range covers data and window, and never shrinks under a drag", () => {
  const first = rangeFor({ min: 10, max: 200 }, { min: 0, max: 100 }, null);
  expect(first).toEqual({ min: 0, max: 200 });
  const dragged = rangeFor({ min: 10, max: 200 }, { min: 50, max: 400 }, first);
  expect(dragged).toEqual({ min: 0, max: 400 });
  expect(rangeFor({ min: 10, max: 200 }, { min: 50, max: 60 }, dragged)).toBe(dragged);
});

test("a flat image still has a width", () => {
  expect(rangeFor({ min: 7, max: 7 }, { min: 7, max: 7 }, null)).toEqual({ min: 7, max: 8 });
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
