import { expect, it } from "vitest";
import { blendChannels } from "../render/contrast.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { ImageSource } from "../source/image-source.ts";
import { seededRandom } from "../testing/random.ts";
import { colorThumbnail, readThumbnail } from "./thumbnail.ts";

it("a thumbnail is coloured as the picture is, colour maps and inverted channels included", () => {
  const random = seededRandom(17);
  const plane = () => Float32Array.from({ length: 64 }, () => 1000 * random());
  const channels = [plane(), plane(), null];
  const on: ChannelSettings = { visible: true, min: 100, max: 900, gamma: 1, color: 0x804020 };
  for (const settings of [
    [on, { ...on, color: 0x103050, inverted: true, gamma: 0.6 }, on],
    [{ ...on, lut: "plasma" as const }, { ...on, visible: false }, on],
    [{ ...on, lut: "turbo" as const, inverted: true }, { ...on, color: 0x000030 }, on],
  ]) {
    const rgba = colorThumbnail({ width: 8, height: 8, channels }, settings);
    for (let i = 0; i < 64; i++) {
      const expected = blendChannels(
        channels.map((values) => values?.[i] ?? null),
        settings,
      );
      const off = expected.map((part, c) => Math.abs(rgba[4 * i + c]! - part * 255));
      // Each channel is rounded on its own; maps are not mixed between entries.
      expect(Math.max(...off)).toBeLessThanOrEqual(4);
      expect(rgba[4 * i + 3]).toBe(255);
    }
  }
});

it("a projection is read plane by plane, where they are few", async () => {
  const level = { width: 2, height: 1, tileWidth: 2, tileHeight: 1, downsampleX: 1, downsampleY: 1 };
  const read = async (sizeZ: number) => {
    const asked: number[] = [];
    const source = {
      sizeZ,
      fill: 0,
      levels: [level],
      async getTile({ z }: { z: number }) {
        asked.push(z);
        return { width: 2, height: 1, data: Uint8Array.of(10 * z, 100 - 10 * z) };
      },
    } as unknown as ImageSource;
    const shown = [{ visible: true, min: 0, max: 255, gamma: 1, color: 0xffffff }];
    const plane = { z: 1, t: 0, projection: "max" } as const;
    const thumbnail = await readThumbnail(source, shown, plane, 2, new AbortController().signal);
    return { asked, values: [...thumbnail!.channels[0]!] };
  };
  expect(await read(4)).toEqual({ asked: [0, 1, 2, 3], values: [30, 100] });
  expect(await read(400)).toEqual({ asked: [1], values: [10, 90] });
});
