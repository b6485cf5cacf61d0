import {
  type AnnotationSnapshot,
  boundsOf,
  containsPoint,
  type Geometry,
  imagePoint,
} from "@coscope/annotations";
import type { ImageSource } from "@coscope/viewer/source";
import { expect, test } from "vitest";
import { type Adder, createIntensities } from "./intensity.ts";
import { levelFor, planTiles } from "./intensity-plan.ts";
import { sumInside } from "./pixels-inside.ts";
import { type ObjectRow, rowOf } from "./rows.ts";

const plane = { z: 0, t: 0 };
const SIZE = 64;
const TILE = 16;
const value = (level: number, x: number, y: number) => (level === 0 ? x * 7 + y * 13 : 1000);

const shapes: Record<string, Geometry> = {
  triangle: { kind: "polygon", plane, parts: [[[3.2, 4.1, 40.7, 9.3, 12.5, 50.9]]] },
  holed: {
    kind: "polygon",
    plane,
    parts: [
      [
        [1, 1, 33, 1, 33, 33, 1, 33],
        [8.5, 8.5, 8.5, 20, 20, 20, 20, 8.5],
      ],
      [[40, 40, 50, 40, 45, 60]],
    ],
  },
  ellipse: { kind: "ellipse", plane, cx: 30, cy: 31, rx: 20, ry: 11.3, rotation: 0.6 },
  turned: { kind: "rectangle", plane, x: 10, y: 20, width: 30, height: 12, rotation: 0.9 },
  outside: { kind: "rectangle", plane, x: -50, y: 3, width: 60, height: 12, rotation: 0 },
};

let made = 0;

function row(geometry: Geometry): ObjectRow {
  const annotation = {
    id: `a${made++}`,
    geometry,
    bounds: boundsOf(geometry),
    stamps: { geometry: "g" },
  } as unknown as AnnotationSnapshot;
  return rowOf("l", annotation);
}

/** 64 × 64 in tiles of 16, and a level half as fine. */
function fakeSource(asked: string[] = []): ImageSource {
  const level = (side: number, downsample: number) => ({
    width: side,
    height: side,
    tileWidth: TILE,
    tileHeight: TILE,
    downsampleX: downsample,
    downsampleY: downsample,
  });
  return {
    sizeZ: 1,
    sizeT: 1,
    levels: [level(SIZE, 1), level(SIZE / 2, 2)],
    async getTile({ level: l, x, y }: { level: number; x: number; y: number }) {
      asked.push(`${l}/${y}/${x}`);
      const data = Uint16Array.from({ length: TILE * TILE }, (_, i) =>
        value(l, x * TILE + (i % TILE), y * TILE + Math.floor(i / TILE)),
      );
      return { width: TILE, height: TILE, data };
    },
  } as unknown as ImageSource;
}

const adder: Adder = {
  add: async ({ geometries, downsample, block }) =>
    geometries.map((one) => sumInside(one, downsample, block)),
  destroy() {},
};

test.each(Object.entries(shapes))(
  "the mean of a %s is that of the pixels whose centres it holds",
  async (_name, shape) => {
    const asked: string[] = [];
    const means = createIntensities(fakeSource(asked), () => plane, adder);
    const one = row(shape);
    expect(means.mean(one, 0)).toBeNull();
    expect(await means.measure([one], [0])).toBe(true);
    let [sum, count] = [0, 0];
    for (let y = 0; y < SIZE; y++)
      for (let x = 0; x < SIZE; x++)
        if (containsPoint(shape, imagePoint(x + 0.5, y + 0.5))) {
          sum += value(0, x, y);
          count++;
        }
    expect(means.mean(one, 0)).toBeCloseTo(sum / count, 0);
    const before = asked.length;
    await means.measure([one], [0]);
    expect(asked).toHaveLength(before);
  },
);

test("a point is its pixel, a line and what is not on the image are nothing", async () => {
  const means = createIntensities(fakeSource(), () => plane, adder);
  const point = row({ kind: "point", plane, x: 17.9, y: 3.1 });
  const line = row({ kind: "polyline", plane, points: [0, 0, 30, 30] });
  const away = row({ kind: "rectangle", plane, x: 900, y: 900, width: 9, height: 9, rotation: 0 });
  for (const one of [point, line, away]) await means.measure([one], [0]);
  expect(means.mean(point, 0)).toBe(value(0, 17, 3));
  expect(means.mean(line, 0)).toBeNull();
  expect(means.mean(away, 0)).toBeNull();
});

test("each tile is read once for all shapes in it, and large shapes from a coarser level", () => {
  const small = row({ kind: "rectangle", plane, x: 1, y: 1, width: 4, height: 4, rotation: 0 });
  const across = row({ kind: "rectangle", plane, x: 10, y: 1, width: 10, height: 4, rotation: 0 });
  const tasks = planTiles([small, across], fakeSource(), plane);
  expect(tasks.map(({ x, rows }) => [x, rows.length])).toEqual([
    [0, 2],
    [1, 1],
  ]);
  const levels = fakeSource().levels;
  expect(levelFor(levels, { minX: 0, minY: 0, maxX: 1024, maxY: 1 })).toBe(0);
  expect(levelFor(levels, { minX: 0, minY: 0, maxX: 1025, maxY: 1 })).toBe(1);
  expect(levelFor(levels, { minX: 0, minY: 0, maxX: 1e6, maxY: 1 })).toBe(1);
});

test("what is called off stops reading", async () => {
  const asked: string[] = [];
  const means = createIntensities(fakeSource(asked), () => plane, adder);
  const stop = new AbortController();
  const all = row({ kind: "rectangle", plane, x: 0, y: 0, width: 64, height: 64, rotation: 0 });
  const onProgress = () => stop.abort();
  expect(await means.measure([all], [0], { signal: stop.signal, onProgress })).toBe(false);
  expect(asked.length).toBeLessThan(16);
  expect(means.mean(all, 0)).toBeNull();
});
