import { imagePoint, screenPoint } from "@coscope/annotations/geometry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CameraState } from "./camera.ts";
import {
  cameraMatrix,
  imageToScreen,
  imageToView,
  invertAffine,
  screenToImage,
  viewToImage,
  visibleRect,
  zoomOf,
} from "./transform.ts";

const camera: fc.Arbitrary<CameraState> = fc.record({
  cx: fc.double({ min: -1e5, max: 2e5, noNaN: true }),
  cy: fc.double({ min: -1e5, max: 2e5, noNaN: true }),
  zoom: fc.double({ min: -7, max: 6, noNaN: true }).map((power) => 2 ** power),
  rotation: fc.double({ min: -180, max: 180, noNaN: true }),
  flip: fc.boolean(),
});
const size = fc.record({
  width: fc.integer({ min: 1, max: 4000 }),
  height: fc.integer({ min: 1, max: 4000 }),
});
const point = fc.record({
  x: fc.double({ min: -2000, max: 4000, noNaN: true }),
  y: fc.double({ min: -2000, max: 4000, noNaN: true }),
});

describe("image ↔ screen", () => {
  it("is its own way back, with rotation, flip and any zoom", () => {
    fc.assert(
      fc.property(camera, size, point, (state, canvas, at) => {
        const m = cameraMatrix(state, canvas);
        const image = screenToImage(m, screenPoint(at.x, at.y));
        const back = imageToScreen(m, image);
        // A thousandth of a CSS px, at coordinates of 10^5 and zooms of 64.
        expect(Math.hypot(back.x - at.x, back.y - at.y)).toBeLessThan(1e-3);
        const inverse = invertAffine(m);
        expect(inverse.a * at.x + inverse.c * at.y + inverse.e).toBeCloseTo(image.x, 3);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("puts the centre in the middle and keeps lengths", () => {
    fc.assert(
      fc.property(camera, size, point, (state, canvas, d) => {
        const m = cameraMatrix(state, canvas);
        const middle = imageToScreen(m, imagePoint(state.cx, state.cy));
        expect(middle.x).toBeCloseTo(canvas.width / 2, 3);
        expect(middle.y).toBeCloseTo(canvas.height / 2, 3);
        const other = imageToScreen(m, imagePoint(state.cx + d.x, state.cy + d.y));
        const length = Math.hypot(d.x, d.y) * state.zoom;
        expect(Math.abs(Math.hypot(other.x - middle.x, other.y - middle.y) - length)).toBeLessThan(
          1e-3 + length * 1e-9,
        );
        expect(zoomOf(m)).toBeCloseTo(state.zoom, 6);
      }),
      { seed: 2 },
    );
  });

  it("turns clockwise, and mirrors on screen", () => {
    const canvas = { width: 200, height: 100 };
    const turned = cameraMatrix({ cx: 0, cy: 0, zoom: 1, rotation: 90 }, canvas);
    expect(imageToScreen(turned, imagePoint(10, 0))).toMatchObject({
      x: expect.closeTo(100),
      y: expect.closeTo(60),
    });
    const flipped = cameraMatrix({ cx: 0, cy: 0, zoom: 1, rotation: 0, flip: true }, canvas);
    expect(imageToScreen(flipped, imagePoint(10, 5))).toMatchObject({
      x: expect.closeTo(90),
      y: expect.closeTo(55),
    });
  });

  it("knows what part of the image is visible", () => {
    const m = cameraMatrix({ cx: 100, cy: 50, zoom: 2, rotation: 0 }, { width: 80, height: 40 });
    expect(visibleRect(m, { width: 80, height: 40 })).toEqual({ minX: 80, minY: 40, maxX: 120, maxY: 60 });
  });
});

describe("image ↔ view", () => {
  it("is a division by the width", () => {
    const view = imageToView(400, imagePoint(100, 300));
    expect(view).toEqual({ x: 0.25, y: 0.75 });
    expect(viewToImage(400, view)).toEqual({ x: 100, y: 300 });
  });
});
