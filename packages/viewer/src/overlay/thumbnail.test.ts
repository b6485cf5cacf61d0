import { expect, it } from "vitest";
import { blendChannels } from "../render/contrast.ts";
import type { ChannelSettings } from "../source/channels.ts";
import { seededRandom } from "../testing/random.ts";
import { colorThumbnail } from "./thumbnail.ts";

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
