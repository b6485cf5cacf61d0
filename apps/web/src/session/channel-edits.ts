import { SHARED_LUTS } from "@coscope/annotations/presence";
import type { ChannelSettings, LutName } from "@coscope/viewer";
import type { SavedChannel } from "../state/rows.ts";

/** Changes of the channels' display settings; pure. */

export function withVisible(
  channels: readonly ChannelSettings[],
  shown: (index: number) => boolean,
): readonly ChannelSettings[] {
  return channels.map((channel, i) =>
    channel.visible === shown(i) ? channel : { ...channel, visible: shown(i) },
  );
}

export function isSolo(channels: readonly ChannelSettings[], index: number): boolean {
  return channels.every(({ visible }, i) => visible === (i === index));
}

/** As rows on the server keep them. */
export function toSaved(channel: ChannelSettings): SavedChannel {
  const { visible, min, max, gamma, color, inverted, lut } = channel;
  return {
    visible,
    min,
    max,
    gamma,
    color: `#${(color & 0xffffff).toString(16).padStart(6, "0")}`,
    ...(inverted && { inverted }),
    ...(lut && { lut }),
  };
}

/** A map that this page does not know gives the channel's colour. */
export function fromSaved({ visible, min, max, gamma, color, inverted, lut }: SavedChannel): ChannelSettings {
  const known = SHARED_LUTS.find((name): name is LutName => name === lut);
  return {
    visible,
    min,
    max,
    gamma,
    color: Number.parseInt(color.slice(1), 16),
    ...(inverted && { inverted }),
    ...(known && { lut: known }),
  };
}

type Named = Pick<ChannelSettings, never> & { readonly name: string };

/**
 * The settings that a preset gives an image with channels of these names; null where it does not fit. Channels are
 * matched by name when all of the image's are in the preset, else by place when there are as many.
 */
export function presetFor(
  preset: readonly (SavedChannel & Named)[],
  names: readonly string[],
): ChannelSettings[] | null {
  const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();
  const unique = new Set(names.map((name) => name.trim().toLowerCase())).size === names.length;
  const byName = unique ? names.map((name) => preset.find((channel) => same(channel.name, name))) : [];
  if (unique && byName.every((channel) => channel !== undefined)) return byName.map(fromSaved);
  return preset.length === names.length ? preset.map(fromSaved) : null;
}
