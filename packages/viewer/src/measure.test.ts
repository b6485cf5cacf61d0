import { imagePoint } from "@coscope/annotations/geometry";
import { describe, expect, it } from "vitest";
import { valuesAt, visiblePixels } from "./measure.ts";
import type { RawTile } from "./tiles/raw-tile.ts";

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
  fill: 9,
  channels: [{}, {}, {}] as never[],
};
const tile = (index: number, x: number, y: number, channels: RawTile["channels"]): RawTile => ({
  level: index,
  x,
  y,
  width: 4,
  height: 4,
  plane: { z: 0, t: 0 },
  channels,
  version: 0,
});
const ramp = (from: number) => Uint16Array.from({ length: 16 }, (_, i) => from + i);

describe("values under a point", () => {
  it("come from the finest tile there", () => {
    const tiles = [
      tile(1, 0, 0, [ramp(100), undefined, null]),
      tile(0, 1, 0, [ramp(200), undefined, undefined]),
    ];
    expect(valuesAt(tiles, source, imagePoint(5.9, 1.2))).toEqual([205, null, 9]);
    expect(valuesAt(tiles, source, imagePoint(1, 6.5))).toEqual([112, null, 9]);
    expect(valuesAt(tiles, source, imagePoint(-0.1, 0))).toEqual([null, null, null]);
  });
});

describe("visible pixels", () => {
  it("are those inside the view, of the level that covers it", () => {
    const tiles = [tile(1, 0, 0, [ramp(100)]), tile(0, 0, 0, [ramp(0)]), tile(0, 1, 0, [ramp(50)])];
    const view = { minX: 2, minY: 1, maxX: 6, maxY: 3 };
    const planes = visiblePixels(tiles, source, 0, view);
    expect(planes.map((plane) => [...plane])).toEqual([
      [6, 7, 10, 11],
      [54, 55, 58, 59],
    ]);
  });

  it("are none where the channel is not loaded", () => {
    const view = { minX: 0, minY: 0, maxX: 8, maxY: 8 };
    expect(visiblePixels([tile(1, 0, 0, [undefined])], source, 0, view)).toEqual([]);
    expect(visiblePixels([], source, 0, view)).toEqual([]);
  });
});
