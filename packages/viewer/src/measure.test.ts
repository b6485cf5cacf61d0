import { imagePoint } from "@coscope/annotations/geometry";
import { describe, expect, it } from "vitest";
import { valuesAt, visiblePixels } from "./measure.ts";
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
    const planes = visiblePixels(tiles, source, slots, 0, view);
    expect(planes.map((plane) => [...plane])).toEqual([
      [6, 7, 10, 11],
      [54, 55, 58, 59],
    ]);
  });

  it("are none where the channel is not loaded", () => {
    const view = { minX: 0, minY: 0, maxX: 8, maxY: 8 };
    expect(visiblePixels([tile(1, 0, 0, [undefined])], source, slots, 0, view)).toEqual([]);
    expect(visiblePixels([], source, slots, 0, view)).toEqual([]);
  });
});
