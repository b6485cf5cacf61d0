import { expect, test } from "vitest";
import { type LoadedTile, type ReadViewHost, readView } from "./read-view.ts";
import type { ChannelSettings } from "./source/channels.ts";
import { SlotTable } from "./tiles/slots.ts";
import type { TilePlace } from "./tiles/view-tiles.ts";

const level = (width: number, height: number, downsample: number) => ({
  width,
  height,
  tileWidth: 4,
  tileHeight: 4,
  downsampleX: downsample,
  downsampleY: downsample,
});
const source = { width: 10, height: 8, levels: [level(10, 8, 1), level(5, 4, 2)] };
const plane = { z: 0, t: 0 };
const look = (change: Partial<ChannelSettings> = {}): ChannelSettings => ({
  visible: true,
  min: 0,
  max: 100,
  gamma: 1,
  color: 0xffffff,
  ...change,
});

/** Channel 0 holds x + 10·y of the level, channel 2 twice that. */
function tile(slots: SlotTable, place: TilePlace, channels: readonly number[]): LoadedTile {
  const shape = source.levels[place.level]!;
  const width = Math.min(4, shape.width - place.x * 4);
  const height = Math.min(4, shape.height - place.y * 4);
  slots.show(channels);
  const { lanes } = slots;
  const data = new Uint16Array(width * height * lanes);
  for (const channel of channels)
    for (let i = 0; i < width * height; i++) {
      const value = place.x * 4 + (i % width) + 10 * (place.y * 4 + Math.floor(i / width));
      data[i * lanes + slots.slotOf(channel)!.lane] = value * (channel === 2 ? 2 : 1);
    }
  return { ...place, plane, groups: [{ width, height, lanes, data }], loaded: new Set(channels) };
}

function host(change: Partial<ReadViewHost> = {}) {
  const slots = new SlotTable(3);
  const reads: string[] = [];
  const made: ReadViewHost = {
    source,
    slots,
    plane,
    settings: [look(), look({ visible: false }), look({ max: 50 })],
    devicePx: 1,
    tiles: [],
    async read(place, channels) {
      reads.push(`${place.level}/${place.x}/${place.y}`);
      return tile(slots, place, channels);
    },
    ...change,
  };
  return { host: made, slots, reads };
}

test("visible channels come as they are shown, over the edges of tiles", async () => {
  const { host: from } = host();
  const seen = await readView(from, { minX: 2.5, minY: 3, maxX: 6, maxY: 5 });
  expect(seen).toMatchObject({ x: 2, y: 3, scaleX: 1, scaleY: 1, width: 4, height: 2, missing: 0 });
  expect(seen!.goesOn).toEqual({ left: true, top: true, right: true, bottom: true });
  expect(seen!.channels.map(({ channel }) => channel)).toEqual([0, 2]);
  const expected = [32, 33, 34, 35, 42, 43, 44, 45];
  expect([...seen!.channels[0]!.samples].map((v) => Math.round(v * 100))).toEqual(expected);
  // Beyond the window everything is full.
  expect([...seen!.channels[1]!.samples].every((v) => v === 1)).toBe(true);
});

test("what is in memory is not read again, unless of another plane or without a channel", async () => {
  const { host: from, slots, reads } = host();
  const kept = tile(slots, { level: 0, x: 0, y: 0 }, [0, 2]);
  const other = { ...tile(slots, { level: 0, x: 1, y: 0 }, [0, 2]), plane: { z: 1, t: 0 } };
  const partly = tile(slots, { level: 0, x: 2, y: 0 }, [0]);
  await readView({ ...from, tiles: [kept, other, partly] }, { minX: 0, minY: 0, maxX: 10, maxY: 4 });
  expect(reads).toEqual(["0/1/0", "0/2/0"]);
});

test("the level is that of the zoom, or coarser where it would be too many pixels", async () => {
  const whole = { minX: -5, minY: -5, maxX: 50, maxY: 50 };
  const seen = await readView(host({ devicePx: 0.25 }).host, whole);
  expect(seen).toMatchObject({ x: 0, y: 0, scaleX: 2, scaleY: 2, width: 5, height: 4 });
  expect(seen!.goesOn).toEqual({ left: false, top: false, right: false, bottom: false });
  expect(await readView(host().host, whole)).toMatchObject({ scaleX: 1, width: 10, height: 8 });
  expect(await readView(host().host, whole, { maxPixels: 50 })).toMatchObject({ scaleX: 2, width: 5 });
});

test("outside of the image is nothing", async () => {
  expect(await readView(host().host, { minX: 20, minY: 0, maxX: 30, maxY: 5 })).toBeNull();
});

test("a tile that cannot be read leaves a gap and is counted; an end is an end", async () => {
  const { host: from, slots } = host();
  const failing: ReadViewHost = {
    ...from,
    async read(place, channels) {
      if (place.x === 1) throw new Error("no");
      return tile(slots, place, channels);
    },
  };
  const seen = await readView(failing, { minX: 3, minY: 0, maxX: 5, maxY: 1 });
  expect(seen!.missing).toBe(1);
  expect(seen!.channels[0]!.samples[0]).toBeCloseTo(0.03);
  expect(seen!.channels[0]!.samples[1]).toBeNaN();

  const controller = new AbortController();
  controller.abort();
  const ended: ReadViewHost = {
    ...from,
    async read() {
      throw new Error("aborted");
    },
  };
  await expect(
    readView(ended, { minX: 0, minY: 0, maxX: 2, maxY: 2 }, { signal: controller.signal }),
  ).rejects.toThrow("aborted");
});
