import { imagePoint } from "@coscope/annotations/geometry";
import { describe, expect, it } from "vitest";
import { cameraMatrix } from "./camera/transform.ts";
import { exactWindow, seenPart, valuesAt, visiblePixels } from "./measure.ts";
import type { RawTile } from "./tiles/raw-tile.ts";
import { SlotTable } from "./tiles/slots.ts";
import { pack, type Texels } from "./tiles/texels.ts";

const level = (size: number, downsample: number) => ({
  width: size,
  height: size,
  tileWidth: 4,
  tileHeight: 4,
  downsampleX: downsample,
  downsampleY: downsample,
});
const source = {
  levels: [level(8, 1), level(4, 2)],
  channels: [{}, {}, {}] as never[],
};
const slots = new SlotTable(source.channels.length);
slots.show([0, 2, 1]);
/** @param channels pixels; null is all fill, undefined is not read */
const tile = (
  index: number,
  x: number,
  y: number,
  channels: readonly (Uint16Array | null | undefined)[],
): RawTile => ({
  level: index,
  x,
  y,
  width: 4,
  height: 4,
  plane: { z: 0, t: 0 },
  groups: [packed(channels)],
  loaded: new Set(channels.flatMap((pixels, channel) => (pixels === undefined ? [] : [channel]))),
  version: 0,
});
function packed(channels: readonly (Uint16Array | null | undefined)[]): Texels {
  const data = new Uint16Array(16 * slots.lanes);
  pack(
    slots.channelsOf(0).map((channel) => (channel === null ? undefined : channels[channel])),
    data,
    9,
  );
  return { width: 4, height: 4, lanes: slots.lanes, data };
}
const ramp = (from: number) => Uint16Array.from({ length: 16 }, (_, i) => from + i);

describe("values under a point", () => {
  it("come from the finest tile there", () => {
    const tiles = [
      tile(1, 0, 0, [ramp(100), undefined, null]),
      tile(0, 1, 0, [ramp(200), undefined, undefined]),
    ];
    expect(valuesAt(tiles, source, slots, imagePoint(5.9, 1.2))).toEqual([205, null, 9]);
    expect(valuesAt(tiles, source, slots, imagePoint(1, 6.5))).toEqual([112, null, 9]);
    expect(valuesAt(tiles, source, slots, imagePoint(-0.1, 0))).toEqual([null, null, null]);
  });
});

describe("visible pixels", () => {
  it("are those inside the view, of the level that covers it", () => {
    const tiles = [tile(1, 0, 0, [ramp(100)]), tile(0, 0, 0, [ramp(0)]), tile(0, 1, 0, [ramp(50)])];
    const view = { minX: 2, minY: 1, maxX: 6, maxY: 3 };
    const planes = visiblePixels(tiles, source, slots, 0, { view });
    expect(planes.map((plane) => [...plane])).toEqual([
      [6, 7, 10, 11],
      [54, 55, 58, 59],
    ]);
  });

  it("are none where the channel is not loaded", () => {
    const view = { minX: 0, minY: 0, maxX: 8, maxY: 8 };
    expect(visiblePixels([tile(1, 0, 0, [undefined])], source, slots, 0, { view })).toEqual([]);
    expect(visiblePixels([], source, slots, 0, { view })).toEqual([]);
  });
});

describe("what is seen under a rotation", () => {
  it("is the canvas, not the rectangle around it", () => {
    const canvas = { width: 4, height: 4 };
    const camera = { cx: 4, cy: 4, zoom: 1, rotation: 45 };
    const tiles = [0, 1].flatMap((y) => [0, 1].map((x) => tile(0, x, y, [ramp(100 * x + 200 * y)])));
    const turned = visiblePixels(tiles, source, slots, 0, seenPart(cameraMatrix(camera, canvas), canvas));
    const count = (planes: readonly { length: number }[]) =>
      planes.reduce((sum, { length }) => sum + length, 0);
    // A diamond of 16 px², of the 36 around it.
    expect(count(turned)).toBe(12);
    expect(turned.some((plane) => [...plane].includes(5))).toBe(false);
    for (const quarter of [
      { ...camera, rotation: 90 },
      { ...camera, rotation: 180, flip: true },
    ]) {
      const seen = visiblePixels(tiles, source, slots, 0, seenPart(cameraMatrix(quarter, canvas), canvas));
      expect(count(seen)).toBe(16);
    }
  });
});

describe("the window of percentiles", () => {
  it("consists of values that occur", () => {
    const pixels = Uint16Array.from({ length: 1000 }, (_, i) => 10 * ((i * 7) % 1000));
    expect(exactWindow([pixels], 0.1, 99.9)).toEqual({ min: 0, max: 9980 });
    expect(exactWindow([pixels], 0, 100)).toEqual({ min: 0, max: 9990 });
    expect(exactWindow([pixels.subarray(0, 500), pixels.subarray(500)], 1, 50)).toEqual({
      min: 90,
      max: 4990,
    });
  });

  it("leaves out what is no number, and is never empty", () => {
    expect(exactWindow([Float32Array.of(Number.NaN, 0.25, Number.POSITIVE_INFINITY, 0.5)], 0, 100)).toEqual({
      min: 0.25,
      max: 0.5,
    });
    expect(exactWindow([Uint8Array.of(7, 7)], 1, 99)).toEqual({ min: 7, max: 8 });
    expect(exactWindow([Float32Array.of(Number.NaN)], 1, 99)).toBeNull();
    expect(exactWindow([], 1, 99)).toBeNull();
  });
});
