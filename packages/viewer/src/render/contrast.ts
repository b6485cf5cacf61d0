import type { ChannelSettings } from "../source/channels.ts";
import { lutColor } from "./luts.ts";

/**
 * The reference for the shader in `tile-program.ts`, and what the histogram's
 * curve is drawn from: one channel's intensity → 0…1 of its colour.
 */
export function toneOf(
  value: number,
  settings: Pick<ChannelSettings, "min" | "max" | "gamma" | "inverted">,
): number {
  const { low, scale } = toneRange(settings);
  const linear = Math.min(1, Math.max(0, (value - low) * scale));
  return settings.gamma === 1 ? linear : linear ** settings.gamma;
}

/** Inverting is the same line drawn from the other end, so the shader knows nothing of it. */
export function toneRange(settings: Pick<ChannelSettings, "min" | "max" | "inverted">): {
  low: number;
  scale: number;
} {
  const { min, max, inverted } = settings;
  const low = inverted ? max : min;
  const span = inverted ? min - max : max - min;
  // An empty window is a step rather than a division by zero.
  return { low, scale: 1 / (span === 0 ? 1e-6 : span) };
}

/** Red, green, blue in 0…1 of one channel's tone: its map's, or so much of its colour. */
export function colorOf(
  tone: number,
  { color, lut }: Pick<ChannelSettings, "color" | "lut">,
): [number, number, number] {
  if (lut) return lutColor(lut, tone);
  return [
    (tone * ((color >> 16) & 255)) / 255,
    (tone * ((color >> 8) & 255)) / 255,
    (tone * (color & 255)) / 255,
  ];
}

/**
 * Additive blend of all visible channels.
 * @param values one intensity per channel; null is not loaded and adds nothing
 * @returns red, green, blue in 0…1
 */
export function blendChannels(
  values: readonly (number | null)[],
  settings: readonly ChannelSettings[],
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  settings.forEach((channel, i) => {
    const value = values[i];
    if (!channel.visible || value === null || value === undefined) return;
    const shown = colorOf(toneOf(value, channel), channel);
    sum[0] += shown[0];
    sum[1] += shown[1];
    sum[2] += shown[2];
  });
  return [Math.min(1, sum[0]), Math.min(1, sum[1]), Math.min(1, sum[2])];
}
