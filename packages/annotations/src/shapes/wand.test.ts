import { describe, expect, test } from "vitest";
import { areaOf, boundsOf } from "../geometry/index.ts";
import { ShapeError } from "./errors.ts";
import { interpolateShapes, signedDistances } from "./interpolate.ts";
import { LiveWire } from "./live-wire.ts";
import { measureShape } from "./measures.ts";
import { faultOf, seeded } from "./overlay.testing.ts";
import { flood, type PixelWindow, wand } from "./wand.ts";

const plane = { z: 0, t: 0 };

describe("magic wand", () => {
  test("is the connected pixels within the tolerance, by brute force", () => {
    const random = seeded(8);
    for (let run = 0; run < 150; run++) {
      const [width, height] = [1 + Math.floor(random() * 14), 1 + Math.floor(random() * 14)];
      const channels = [0, 1].map(() => Uint16Array.from({ length: width * height }, () => random() * 6));
      const [x, y] = [Math.floor(random() * width), Math.floor(random() * height)];
      const diagonal = run % 2 === 1;
      const { data } = flood(
        { x: 100, y: 50, width, height, channels },
        { x: x + 100.7, y: y + 50.2, tolerance: [2, 3], diagonal },
      );
      const clicked = y * width + x;
      const alike = (i: number): boolean =>
        channels.every((samples, c) => Math.abs(samples[i]! - samples[clicked]!) <= [2, 3][c]!);
      const expected = new Uint8Array(width * height);
      const queue = [clicked];
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
        if (expected[at] || !alike(at)) continue;
        expected[at] = 1;
        const [cx, cy] = [at % width, Math.floor(at / width)];
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) {
            if (dx !== 0 && dy !== 0 && !diagonal) continue;
            const [nx, ny] = [cx + dx, cy + dy];
            if (nx >= 0 && ny >= 0 && nx < width && ny < height) queue.push(ny * width + nx);
          }
      }
      expect(data).toEqual(expected);
    }
  });

  test("gives a polygon with holes in image px; a click on nothing gives none", () => {
    const samples = Float32Array.from([5, 5, 5, 5, 9, 5, 5, 5, 5]);
    const window: PixelWindow = { x: 10, y: 20, width: 3, height: 3, channels: [samples] };
    const g = wand(window, { x: 10, y: 20, tolerance: 1 }, plane)!;
    expect(g.parts[0]).toHaveLength(2);
    expect(areaOf(g)).toBe(8);
    expect(boundsOf(g)).toEqual({ minX: 10, minY: 20, maxX: 13, maxY: 23 });
    samples.fill(Number.NaN);
    expect(wand(window, { x: 10, y: 20, tolerance: 1 }, plane)).toBeNull();
    expect(() => wand(window, { x: 9, y: 20, tolerance: 1 }, plane)).toThrow(ShapeError);
  });
});

describe("magnetic outline", () => {
  test("follows the edge of a disc rather than the straight way", () => {
    const size = 120;
    const samples = Uint8Array.from({ length: size * size }, (_, i) =>
      Math.hypot((i % size) - 60, Math.floor(i / size) - 60) < 40 ? 200 : 20,
    );
    const wire = new LiveWire({ x: 1000, y: 0, width: size, height: size, channels: [samples] });
    expect(wire.pathTo(1060, 20)).toBeNull();
    wire.anchor(1060, 20);
    const path = wire.pathTo(1100, 60)!;
    expect(path.slice(0, 2)).toEqual([1060.5, 20.5]);
    expect(path.slice(-2)).toEqual([1100.5, 60.5]);
    for (let i = 0; i < path.length; i += 2)
      expect(Math.abs(Math.hypot(path[i]! - 1060, path[i + 1]! - 60) - 40)).toBeLessThan(3);
    wire.anchor(1060, 20, 10);
    expect(wire.pathTo(1100, 60)).toBeNull();
    expect(() => wire.anchor(0, 0)).toThrow(ShapeError);
  });
});

describe("between planes", () => {
  test("signed distances, by brute force", () => {
    const random = seeded(12);
    const [width, height] = [17, 11];
    const data = Uint8Array.from({ length: width * height }, () => (random() < 0.4 ? 1 : 0));
    const field = signedDistances({ x: 0, y: 0, width, height, data });
    for (let i = 0; i < data.length; i++) {
      let least = Infinity;
      for (let j = 0; j < data.length; j++)
        if (data[j] !== data[i])
          least = Math.min(
            least,
            Math.hypot((i % width) - (j % width), Math.floor(i / width) - Math.floor(j / width)),
          );
      expect(field[i]).toBeCloseTo((data[i] ? -1 : 1) * (least - 0.5), 4);
    }
  });

  test("half way between two discs apart is a disc half way of half the sum of radii", () => {
    const disc = (cx: number, r: number) => ({
      kind: "ellipse" as const,
      plane,
      cx,
      cy: 0,
      rx: r,
      ry: r,
      rotation: 0,
    });
    const middle = interpolateShapes(disc(0, 10), disc(200, 30), 0.5, { z: 3, t: 0 })!;
    expect(faultOf(middle.parts)).toBeNull();
    expect(middle.plane).toEqual({ z: 3, t: 0 });
    const { centroid, equivalentDiameter } = measureShape(middle);
    expect(centroid.x).toBeCloseTo(100, 0);
    expect(equivalentDiameter).toBeGreaterThan(39);
    expect(equivalentDiameter).toBeLessThan(41);
    for (const share of [0, 1]) {
      const end = measureShape(interpolateShapes(disc(0, 10), disc(200, 30), share, plane)!);
      expect(Math.abs(end.equivalentDiameter - (share === 0 ? 20 : 60))).toBeLessThan(1);
    }
  });
});
