import { describe, expect, it } from "vitest";
import { SourceError } from "../errors.ts";
import type { ImageSource, TileRequest, TypedArray } from "../source/image-source.ts";
import { addTo, createRawTile, readTile, replaceWith, valueAt } from "./raw-tile.ts";
import { SlotTable } from "./slots.ts";
import { readTexels } from "./texels.ts";

const PLANE = { z: 0, t: 0 };
const AT = { level: 0, x: 0, y: 0 };
const SIZE = 6;

/** Channel c's pixel i is 100·c + i; channel 1 is missing, channel 2 damaged. */
function sourceOf(channels: number, dtype: ImageSource["dtype"] = "uint16") {
  const requests: number[] = [];
  const source = {
    dtype,
    fill: 7,
    channels: Array.from({ length: channels }, () => ({})),
    levels: [{ width: 3, height: 2, tileWidth: 3, tileHeight: 2, downsampleX: 1, downsampleY: 1 }],
    async getTile({ channel, z }: TileRequest) {
      requests.push(channel);
      if (channel === 1) return null;
      if (channel === 2) {
        throw new SourceError("malformed", { url: "", expected: "a chunk", got: "half of one", next: "" });
      }
      const data: TypedArray = Uint16Array.from({ length: SIZE }, (_, i) => 1000 * z + 100 * channel + i);
      return { width: 3, height: 2, data };
    },
  } as unknown as ImageSource;
  return { source, requests };
}

describe("texels", () => {
  it("interleave channels; what is missing or damaged is fill, and said", async () => {
    const { source } = sourceOf(4);
    const { texels, problems } = await readTexels(source, { ...AT, ...PLANE, channels: [3, 1, null, 2] });
    expect(texels).toMatchObject({ width: 3, height: 2, lanes: 4 });
    expect([...texels.data.subarray(0, 8)]).toEqual([300, 7, 0, 7, 301, 7, 0, 7]);
    expect(problems).toMatchObject([{ code: "malformed" }]);
  });

  it("are plain for one channel, and floats for types that textures do not have", async () => {
    const { source } = sourceOf(1, "int32");
    const { texels } = await readTexels(source, { ...AT, ...PLANE, channels: [0] });
    expect(texels.data).toEqual(Float32Array.from([0, 1, 2, 3, 4, 5]));
  });

  it("pass on what may heal by itself", async () => {
    const { source } = sourceOf(1);
    const unreachable = new SourceError("unreachable", { url: "", expected: "", got: "", next: "" });
    source.getTile = () => Promise.reject(unreachable);
    await expect(readTexels(source, { ...AT, ...PLANE, channels: [0] })).rejects.toBe(unreachable);
  });
});

describe("slots", () => {
  it("are given when first shown, and kept", () => {
    const slots = new SlotTable(40);
    slots.show([30, 2]);
    slots.show([2, 5, 7, 30, 9]);
    expect(slots.groups).toBe(2);
    expect(slots.channelsOf(0)).toEqual([30, 2, 5, 7]);
    expect(slots.channelsOf(1)).toEqual([9, null, null, null]);
    expect(slots.slotOf(9)).toEqual({ group: 1, lane: 0 });
    expect(slots.slotOf(0)).toBeNull();
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [12, 4],
  ])("for %i channels have %i lanes", (channels, lanes) => {
    expect(new SlotTable(channels).lanes).toBe(lanes);
  });
});

describe("a tile", () => {
  const report = () => {};
  const { signal } = new AbortController();

  it("reads only what is asked for, and takes more in later without reading again", async () => {
    const { source, requests } = sourceOf(8);
    const slots = new SlotTable(8);
    const read = (channels: number[]) => readTile(source, AT, PLANE, channels, slots, signal, report);
    const raw = createRawTile(source, AT, PLANE, await read([3, 0]));
    expect([...raw.loaded]).toEqual([3, 0]);
    addTo(raw, await read([4]));
    addTo(raw, await read([5, 6, 7]));
    expect(requests).toEqual([3, 0, 4, 5, 6, 7]);
    expect([0, 3, 4, 5, 6, 7, 1].map((channel) => valueAt(raw, slots, channel, 2))).toEqual([
      2,
      302,
      402,
      502,
      602,
      702,
      null,
    ]);
    expect([raw.groups.length, raw.version]).toEqual([2, 3]);
  });

  it("forgets another plane's channels", async () => {
    const { source } = sourceOf(3);
    const slots = new SlotTable(3);
    const raw = createRawTile(
      source,
      AT,
      PLANE,
      await readTile(source, AT, PLANE, [0, 1], slots, signal, report),
    );
    const next = { z: 4, t: 0 };
    replaceWith(raw, next, await readTile(source, AT, next, [0], slots, signal, report));
    expect([valueAt(raw, slots, 0, 1), valueAt(raw, slots, 1, 1), raw.plane.z]).toEqual([4001, null, 4]);
  });
});
