import { expect, test } from "vitest";
import { placeLabel } from "./ruler-label.ts";

const canvas = { width: 1000, height: 600 };

test("above a line that lies, right of one that stands", () => {
  expect(placeLabel({ x: 100, y: 300 }, { x: 300, y: 310 }, canvas)).toEqual({
    side: "above",
    x: 200,
    y: 297,
  });
  expect(placeLabel({ x: 100, y: 100 }, { x: 110, y: 300 }, canvas)).toEqual({
    side: "right",
    x: 113,
    y: 200,
  });
});

test("beside what is seen of the line, and inside the window", () => {
  // Three quarters of it lie outside.
  expect(placeLabel({ x: 900, y: 300 }, { x: 1300, y: 300 }, canvas).x).toBe(944);
  expect(placeLabel({ x: -5000, y: 300 }, { x: 5000, y: 300 }, canvas)).toEqual({
    side: "above",
    x: 500,
    y: 292,
  });
  const corner = placeLabel({ x: 2, y: 2 }, { x: 8, y: 3 }, canvas);
  expect(corner.x).toBeGreaterThan(40);
  expect(corner.y).toBeGreaterThan(20);
});
