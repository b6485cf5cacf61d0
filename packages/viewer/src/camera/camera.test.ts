import { imagePoint, screenPoint } from "@coscope/annotations/geometry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cameraCovering, homeCamera, interpolateCamera, wrapDegrees } from "./camera.ts";
import { cameraMatrix, imageToScreen, screenToImage } from "./transform.ts";

describe("home", () => {
  it("shows the whole image with a margin", () => {
    const camera = homeCamera({ width: 4000, height: 1000 }, { width: 800, height: 600 });
    const m = cameraMatrix(camera, { width: 800, height: 600 });
    const corner = imageToScreen(m, imagePoint(0, 0));
    expect(corner.x).toBeCloseTo(32);
    expect(corner.y).toBeCloseTo(300 - 92);
  });
});

describe("an animated camera", () => {
  const from = { cx: 100, cy: 200, zoom: 0.5, rotation: 170 };
  const to = { cx: 900, cy: 300, zoom: 8, rotation: -170 };

  it("begins and ends where it should, and turns the short way", () => {
    expect(interpolateCamera(from, to, 0)).toMatchObject({ cx: 100, cy: 200, zoom: 0.5 });
    expect(interpolateCamera(from, to, 1)).toBe(to);
    expect(interpolateCamera(from, to, 0.5)).toMatchObject({ zoom: expect.closeTo(2), rotation: 180 });
  });

  it("keeps the fixed point of a zoom where it is", () => {
    const canvas = { width: 400, height: 300 };
    const start = { cx: 0, cy: 0, zoom: 1, rotation: 0 };
    const fixed = screenPoint(300, 50);
    const under = screenToImage(cameraMatrix(start, canvas), fixed);
    const end = { cx: under.x - 100 / 4, cy: under.y + 100 / 4, zoom: 4, rotation: 0 };
    for (const share of [0.2, 0.5, 0.9]) {
      const at = imageToScreen(cameraMatrix(interpolateCamera(start, end, share), canvas), under);
      expect(at.x).toBeCloseTo(300, 6);
      expect(at.y).toBeCloseTo(50, 6);
    }
  });
});

describe("covering someone's view", () => {
  it("shows every corner of it, whatever the windows' shapes", () => {
    const side = fc.integer({ min: 50, max: 3000 });
    const sizes = fc.record({ width: side, height: side });
    fc.assert(
      fc.property(
        sizes,
        sizes,
        fc.double({ min: -180, max: 180, noNaN: true }),
        (theirs, canvas, rotation) => {
          const view = { cx: 500, cy: 700, zoom: 2, rotation, ...theirs };
          const mine = cameraMatrix(cameraCovering(view, canvas), canvas);
          const them = cameraMatrix(view, theirs);
          for (const [x, y] of [
            [0, 0],
            [theirs.width, 0],
            [0, theirs.height],
            [theirs.width, theirs.height],
          ] as const) {
            const at = imageToScreen(mine, screenToImage(them, screenPoint(x, y)));
            expect(at.x).toBeGreaterThan(-1e-6);
            expect(at.x).toBeLessThan(canvas.width + 1e-6);
            expect(at.y).toBeGreaterThan(-1e-6);
            expect(at.y).toBeLessThan(canvas.height + 1e-6);
          }
        },
      ),
      { seed: 3 },
    );
  });
});

describe("degrees", () => {
  it.each([
    [190, -170],
    [-190, 170],
    [360, 0],
    [180, 180],
    [-180, 180],
    [725, 5],
  ])("%i is %i", (given, wrapped) => {
    expect(wrapDegrees(given)).toBe(wrapped);
  });
});
