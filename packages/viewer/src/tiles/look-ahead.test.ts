import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ImageSource } from "../source/image-source.ts";
import { LookAhead } from "./look-ahead.ts";
import type { PlaneIndex } from "./raw-tile.ts";
import type { AheadPlace, ReadAhead } from "./read-ahead.ts";

const source = {
  sizeZ: 9,
  sizeT: 5,
  dtype: "uint16",
  channels: [{}, {}],
  levels: [{ width: 1000, height: 1000, tileWidth: 100, tileHeight: 100, downsampleX: 1, downsampleY: 1 }],
} as unknown as ImageSource;
/** Of one tile: two channels of two bytes. */
const TILE = 40_000;

let plane: PlaneIndex;
let complete: boolean;
let wanted: string[][];
let pauses: number;

function create(aheadBytes = 1e9): LookAhead {
  const ahead = {
    want: (places: readonly AheadPlace[]) =>
      wanted.push(places.map((place) => `${place.x},${place.y}@${place.plane.z}:${place.plane.t}`)),
    pause: () => pauses++,
  } as unknown as ReadAhead;
  return new LookAhead({
    source,
    ahead,
    aheadBytes,
    view: () => ({ part: { minX: 410, minY: 510, maxX: 490, maxY: 590 }, devicePx: 1, area: 6400 }),
    level: () => 0,
    plane: () => plane,
    channels: () => [0, 1],
    isComplete: () => complete,
    isLoaded: ({ x, y }) => x === 4 && y === 5,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  plane = { z: 4, t: 2 };
  complete = true;
  wanted = [];
  pauses = 0;
});
afterEach(() => vi.useRealTimers());

it("waits until the view rests and has come, then reads the ring around it", () => {
  const look = create();
  complete = false;
  for (let i = 0; i < 20; i++) {
    look.moved();
    vi.advanceTimersByTime(100);
  }
  expect(pauses).toBe(20);
  vi.advanceTimersByTime(1000);
  expect(wanted).toEqual([]);
  complete = true;
  expect(look.waiting).toBe(true);
  vi.advanceTimersByTime(300);
  expect(wanted).toHaveLength(1);
  expect(wanted[0]).toHaveLength(8);
  expect(wanted[0]).not.toContain("4,5@4:2");
  expect(look.waiting).toBe(false);
});

it("reads the next planes in the direction of a step at once, the one behind, and the ring later", () => {
  const look = create();
  look.planeChanged({ z: 3, t: 2 }, plane);
  expect(wanted).toEqual([["4,5@5:2", "4,5@6:2", "4,5@3:2"]]);
  vi.advanceTimersByTime(300);
  expect(wanted[1]).toHaveLength(3 + 8);
  plane = { z: 4, t: 0 };
  // Around a loop: forward is what comes next.
  look.planeChanged({ z: 4, t: 4 }, plane);
  expect(wanted[2]).toEqual(["4,5@4:1", "4,5@4:2"]);
  look.stop();
  vi.advanceTimersByTime(1000);
  expect(wanted).toHaveLength(3);
});

it("reads nothing beside a projection, and no more than its share of the bytes", () => {
  const look = create(8 * TILE);
  look.planeChanged({ z: 3, t: 2 }, plane);
  vi.advanceTimersByTime(300);
  expect(wanted[1]).toHaveLength(6);
  plane = { z: 4, t: 2, projection: "max" };
  look.planeChanged({ z: 4, t: 2 }, plane);
  vi.advanceTimersByTime(300);
  expect(wanted.slice(2)).toEqual([[], []]);
});
