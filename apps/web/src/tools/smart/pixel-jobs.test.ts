import { areaOf, containsPoint, imagePoint } from "@coscope/annotations/geometry";
import { describe, expect, test } from "vitest";
import { PixelJobs, type SeenPixels, softened } from "./pixel-jobs.ts";

const plane = { z: 0, t: 0 };
const SIDE = 120;
const inner = { left: true, top: true, right: true, bottom: true };

/** Image px from 1000, 2000 on, two of them to a pixel. */
function seen(value: (x: number, y: number) => number, goesOn = inner): SeenPixels {
  const samples = Float32Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE)));
  return { x: 1000, y: 2000, scaleX: 2, scaleY: 2, width: SIDE, height: SIDE, channels: [samples], goesOn };
}

const place = (x: number, y: number) => ({ x: 1000 + 2 * x, y: 2000 + 2 * y });
const disc = (cx: number, cy: number, radius: number) => (x: number, y: number) =>
  Math.hypot(x + 0.5 - cx, y + 0.5 - cy) <= radius ? 0.8 : 0.2;

function jobsOn(pixels: SeenPixels): PixelJobs {
  const jobs = new PixelJobs();
  jobs.open(pixels);
  return jobs;
}

describe("the wand", () => {
  test("takes what looks alike and is connected, in image px", () => {
    const both = (x: number, y: number) => Math.max(disc(40, 60, 20)(x, y), disc(95, 60, 10)(x, y));
    const { geometry, cut } = jobsOn(seen(both)).wand(place(40, 60), 0.3, 1, plane);
    expect(cut).toBe(false);
    expect(areaOf(geometry!) / (Math.PI * 40 ** 2)).toBeCloseTo(1, 1);
    const at = (x: number, y: number) => containsPoint(geometry!, imagePoint(place(x, y).x, place(x, y).y));
    expect(at(55, 60)).toBe(true);
    expect(at(95, 60)).toBe(false);
    // Not the staircase of the pixels.
    expect(geometry!.parts[0]![0]!.length / 2).toBeLessThan(80);
  });

  test("more tolerance takes more", () => {
    const ramp = seen((x) => x / SIDE);
    const area = (tolerance: number) =>
      areaOf(jobsOn(ramp).wand(place(60, 60), tolerance, 0.5, plane).geometry!);
    expect(area(0.1)).toBeLessThan(area(0.2));
    expect(area(0.1) / (2 * SIDE * 2 * 0.2 * SIDE)).toBeCloseTo(1, 1);
  });

  test("says when the area goes on beyond the pixels, and not at the image's own edge", () => {
    const flat = () => 0.5;
    expect(jobsOn(seen(flat)).wand(place(5, 5), 0.1, 1, plane).cut).toBe(true);
    const whole = { left: false, top: false, right: false, bottom: false };
    expect(jobsOn(seen(flat, whole)).wand(place(5, 5), 0.1, 1, plane).cut).toBe(false);
  });

  test("keeps holes, but no specks; nothing where nothing was read", () => {
    const ring = (x: number, y: number) => (Math.hypot(x - 60, y - 60) < 12 ? 0.1 : disc(60, 60, 40)(x, y));
    const speck = (x: number, y: number) => (x >= 30 && x < 33 && y >= 60 && y < 63 ? 0.1 : ring(x, y));
    const { geometry } = jobsOn(seen(speck)).wand(place(60, 90), 0.3, 1, plane);
    expect(geometry!.parts).toHaveLength(1);
    expect(geometry!.parts[0]).toHaveLength(2);
    expect(jobsOn(seen(() => Number.NaN)).wand(place(60, 60), 0.3, 1, plane).geometry).toBeNull();
    expect(jobsOn(seen(ring)).wand({ x: 0, y: 0 }, 0.3, 1, plane).geometry).toBeNull();
    expect(new PixelJobs().wand({ x: 0, y: 0 }, 0.3, 1, plane).geometry).toBeNull();
  });
});

describe("the magnetic outline", () => {
  test("goes along an edge between two places near it", () => {
    const jobs = jobsOn(seen(disc(60, 60, 40)));
    const path = jobs.path(place(20, 60), place(60, 20))!;
    expect(path.slice(0, 2)).toEqual([1040, 2120]);
    expect(path.slice(-2)).toEqual([1120, 2040]);
    for (let i = 2; i < path.length - 2; i += 2) {
      const distance = Math.hypot((path[i]! - 1000) / 2 - 60, (path[i + 1]! - 2000) / 2 - 60);
      expect(Math.abs(distance - 40)).toBeLessThan(3);
    }
    expect(jobs.path(place(20, 60), { x: 0, y: 0 })).toBeNull();
  });

  test("closes into a sound polygon even where it crosses itself", () => {
    const jobs = new PixelJobs();
    const eight = [0, 0, 40, 40, 80, 0, 80, 40, 40, 0, 0, 40];
    const outline = jobs.outline(eight, 0.5, plane)!;
    expect(areaOf(outline)).toBeGreaterThan(0);
    expect(jobs.outline([0, 0, 1, 1, 2, 2], 0.5, plane)).toBeNull();
    expect(jobs.outline([0, 0, 1, 1], 0.5, plane)).toBeNull();
  });
});

test("softening keeps what is flat and spreads what is single", () => {
  const one = new Float32Array(25);
  one[12] = 16;
  expect([...softened(one, 5, 5)].filter((v) => v > 0)).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1]);
  expect([...softened(new Float32Array(25).fill(3), 5, 5)]).toEqual(Array(25).fill(3));
});
