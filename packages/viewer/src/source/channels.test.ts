import { describe, expect, it } from "vitest";
import { channelsFrom, defaultChannelSettings, isRgb, measuredChannelSettings } from "./channels.ts";
import type { ChannelInfo, ImageSource, PixelType } from "./image-source.ts";

const declared = (label: string | undefined, color: number | null = null) => ({
  label,
  color,
  window: null,
  active: undefined,
});
const image = (dtype: PixelType, channels: ChannelInfo[], rgb = false) => ({ dtype, channels, rgb });

describe("RGB", () => {
  it("is three 8-bit channels coloured or named so, or about which nothing is said", () => {
    const colours = [0xff0000, 0x00ff00, 0x0000ff].map((color, i) => declared(`c${i}`, color));
    expect(isRgb("uint8", channelsFrom(colours, 3), true)).toBe(true);
    expect(
      isRgb(
        "uint8",
        channelsFrom(
          ["Red", "g", "BLUE"].map((name) => declared(name)),
          3,
        ),
        true,
      ),
    ).toBe(true);
    expect(isRgb("uint8", channelsFrom([], 3), false)).toBe(true);
  });

  it("is nothing else", () => {
    const markers = ["DAPI", "GFP", "RFP"].map((name) => declared(name, 0x0000ff));
    expect(isRgb("uint8", channelsFrom(markers, 3), true)).toBe(false);
    expect(isRgb("uint16", channelsFrom([], 3), false)).toBe(false);
    expect(isRgb("uint8", channelsFrom([], 4), false)).toBe(false);
  });
});

describe("settings to begin with", () => {
  it("are the file's", () => {
    const window = { min: 0, max: 4095, start: 20, end: 800 };
    const channels = channelsFrom(
      [
        { label: "DAPI", color: 0x0000ff, window, active: false },
        { ...declared("GFP"), active: true },
      ],
      2,
    );
    expect(defaultChannelSettings(image("uint16", channels))).toMatchObject([
      { visible: false, min: 20, max: 800, color: 0x0000ff, gamma: 1 },
      { visible: true, min: 0, max: 65_535 },
    ]);
  });

  it("are white for one channel, and a palette of which the first four are shown for many", () => {
    expect(defaultChannelSettings(image("uint8", channelsFrom([], 1)))).toMatchObject([
      { color: 0xffffff, max: 255 },
    ]);
    const many = defaultChannelSettings(image("uint16", channelsFrom([], 40)));
    expect(many.filter((channel) => channel.visible)).toHaveLength(4);
    expect(new Set(many.slice(0, 8).map((channel) => channel.color)).size).toBe(8);
  });

  it("are the primaries for RGB", () => {
    const settings = defaultChannelSettings(image("uint8", channelsFrom([], 3), true));
    expect(settings.map(({ color, min, max }) => [color, min, max])).toEqual([
      [0xff0000, 0, 255],
      [0x00ff00, 0, 255],
      [0x0000ff, 0, 255],
    ]);
  });

  it("are measured where the file states no window, and survive an unreadable tile", async () => {
    const data = Uint16Array.from({ length: 10_000 }, (_, i) => 500 + (i % 1000));
    const source = {
      ...image("uint16", channelsFrom([], 2)),
      levels: [{}],
      getTile: async ({ channel }: { channel: number }) => {
        if (channel === 1) throw new Error("no");
        return { width: 100, height: 100, data };
      },
    } as unknown as ImageSource;
    const [measured, fallback] = await measuredChannelSettings(source, { z: 0, t: 0 });
    expect(measured!.min).toBeGreaterThanOrEqual(500);
    expect(measured!.min).toBeLessThan(510);
    expect(measured!.max).toBeGreaterThan(1490);
    expect(measured!.max).toBeLessThanOrEqual(1500);
    expect(fallback).toMatchObject({ min: 0, max: 65_535 });
  });

  it("are measured of the visible channels first, and of a bounded number", async () => {
    const read: number[] = [];
    const channels = channelsFrom([], 10_000).map((channel, i) => ({ ...channel, active: i === 9_000 }));
    const source = {
      ...image("uint16", channels),
      levels: [{}],
      getTile: async ({ channel }: { channel: number }) => {
        read.push(channel);
        return null;
      },
    } as unknown as ImageSource;
    expect(await measuredChannelSettings(source, { z: 0, t: 0 })).toHaveLength(10_000);
    expect(read).toContain(9_000);
    expect(read.length).toBeLessThan(100);
  });
});
