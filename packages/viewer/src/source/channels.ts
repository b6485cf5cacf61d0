import { type ChannelInfo, type ImageSource, type PixelType, pixelRange } from "./image-source.ts";
import { percentileWindow } from "./percentiles.ts";

/** Colour maps; `LUTS` in `render/luts.ts` holds their colours. */
export type LutName = "viridis" | "magma" | "inferno" | "plasma" | "cividis" | "turbo" | "gray";

/** How a channel is shown: each person's own, never stored with the image. */
export interface ChannelSettings {
  readonly visible: boolean;
  /** Intensity shown black. */
  readonly min: number;
  /** Intensity shown in full colour; may not equal `min`. */
  readonly max: number;
  /** Exponent applied to the 0…1 value; below 1 lifts dark parts. */
  readonly gamma: number;
  /** 0xRRGGBB */
  readonly color: number;
  /** Full colour at `min`, black at `max`. */
  readonly inverted?: boolean;
  /** Shown by this map instead of `color`. */
  readonly lut?: LutName | null;
}

const RED = 0xff0000;
const GREEN = 0x00ff00;
const BLUE = 0x0000ff;

/** For files that name no colours; bright on black, and apart for most colour-blind people. */
const PALETTE = [0x4d7dff, 0x2ee66b, 0xff5a5a, 0xffd23f, 0x38d9e8, 0xff6ad5, 0xff9a3d, 0xb58cff];

/** Channels shown at first in files that do not say: more than this is seldom readable. */
const SHOWN_AT_FIRST = 4;
/** Channels read to see how bright they are: an image of a hundred thousand channels is to open as well. */
const MOST_MEASURED = 64;

interface DeclaredChannel {
  readonly label: string | undefined;
  readonly color: number | null;
  readonly window: ChannelInfo["window"];
  readonly active: boolean | undefined;
}

export function channelsFrom(declared: readonly DeclaredChannel[], count: number): ChannelInfo[] {
  return Array.from({ length: count }, (_, i) => {
    const channel = declared[i];
    const active = channel?.active;
    return {
      name: channel?.label?.trim() || `Channel ${i + 1}`,
      color: channel?.color ?? null,
      window: channel?.window ?? null,
      ...(active === undefined ? {} : { active }),
    };
  });
}

/** Three 8-bit channels coloured or named red, green, blue; or three about which the file says nothing. */
export function isRgb(dtype: PixelType, channels: readonly ChannelInfo[], declared: boolean): boolean {
  if (dtype !== "uint8" || channels.length !== 3) return false;
  if (!declared) return true;
  const colours = [RED, GREEN, BLUE];
  if (channels.every((channel, i) => channel.color === colours[i])) return true;
  const names = [/^(r|red)$/i, /^(g|green)$/i, /^(b|blue)$/i];
  return channels.every((channel, i) => names[i]!.test(channel.name));
}

/**
 * Settings to begin with: the file's own windows and colours, else the whole
 * range of the type and a palette.
 */
export function defaultChannelSettings(
  source: Pick<ImageSource, "channels" | "dtype" | "rgb">,
): ChannelSettings[] {
  const range = pixelRange(source.dtype);
  const someActive = source.channels.some((channel) => channel.active === true);
  return source.channels.map((channel, i) => {
    if (source.rgb) {
      return { visible: true, min: 0, max: 255, gamma: 1, color: [RED, GREEN, BLUE][i]! };
    }
    const plain = source.channels.length === 1 ? 0xffffff : PALETTE[i % PALETTE.length]!;
    return {
      visible: someActive ? channel.active === true : i < SHOWN_AT_FIRST,
      min: channel.window?.start ?? range.min,
      max: channel.window?.end ?? range.max,
      gamma: 1,
      color: channel.color ?? plain,
    };
  });
}

/**
 * As `defaultChannelSettings`, but windows that the file does not state are
 * measured on the coarsest level, by one read a channel: of the visible ones
 * first, and of no more than `MOST_MEASURED`.
 */
export async function measuredChannelSettings(
  source: ImageSource,
  plane: { z: number; t: number },
  signal?: AbortSignal,
): Promise<ChannelSettings[]> {
  const level = source.levels.length - 1;
  const unmeasured = defaultChannelSettings(source);
  if (source.rgb || source.dtype === "uint8") return unmeasured;
  const worthReading = new Set(
    [...unmeasured.keys()]
      .filter((channel) => !source.channels[channel]!.window)
      .sort((a, b) => Number(unmeasured[b]!.visible) - Number(unmeasured[a]!.visible))
      .slice(0, MOST_MEASURED),
  );
  return Promise.all(
    unmeasured.map(async (settings, channel) => {
      if (!worthReading.has(channel)) return settings;
      const request = { level, x: 0, y: 0, ...plane, channel, ...(signal ? { signal } : {}) };
      // An unreadable tile must not keep the image from opening: it is reported where it is drawn.
      const tile = await source.getTile(request).catch(() => null);
      const window = tile && percentileWindow([tile.data], 0.1, 99.9);
      return window ? { ...settings, min: window.min, max: window.max } : settings;
    }),
  );
}
