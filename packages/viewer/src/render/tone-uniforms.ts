import type { ChannelSettings } from "../source/channels.ts";
import type { SlotTable } from "../tiles/slots.ts";
import { LANES } from "../tiles/texels.ts";
import { toneRange } from "./contrast.ts";
import { LUT_NAMES } from "./luts.ts";

/** What the tile shader is told of the channels in some groups; by group, then lane. */
export interface ToneUniforms {
  readonly low: Float32Array;
  readonly scale: Float32Array;
  readonly gamma: Float32Array;
  /** Red, green, blue in 0…1; black for what is not shown. */
  readonly color: Float32Array;
  /** Row of the maps' texture, or -1 for the colour. */
  readonly lut: Int32Array;
  readonly curved: boolean;
  readonly mapped: boolean;
}

/** @param loaded when given, channels that are not in it add nothing */
export function toneUniforms(
  slots: SlotTable,
  groups: readonly number[],
  settings: readonly ChannelSettings[],
  loaded: ReadonlySet<number> | null,
): ToneUniforms {
  const count = groups.length * LANES;
  const low = new Float32Array(count);
  const scale = new Float32Array(count);
  const gamma = new Float32Array(count).fill(1);
  const color = new Float32Array(count * 3);
  const lut = new Int32Array(count).fill(-1);
  let curved = false;
  let mapped = false;
  groups.forEach((group, g) => {
    slots.channelsOf(group).forEach((index, lane) => {
      const channel = index === null ? undefined : settings[index];
      if (index === null || !channel?.visible || (loaded && !loaded.has(index))) return;
      const at = g * LANES + lane;
      const range = toneRange(channel);
      low[at] = range.low;
      scale[at] = range.scale;
      gamma[at] = channel.gamma;
      curved ||= channel.gamma !== 1;
      if (channel.lut) {
        lut[at] = LUT_NAMES.indexOf(channel.lut);
        mapped ||= lut[at]! >= 0;
      }
      color[at * 3] = ((channel.color >> 16) & 255) / 255;
      color[at * 3 + 1] = ((channel.color >> 8) & 255) / 255;
      color[at * 3 + 2] = (channel.color & 255) / 255;
    });
  });
  return { low, scale, gamma, color, lut, curved, mapped };
}
