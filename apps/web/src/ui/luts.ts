import { LUTS, type LutName, lutColor } from "@coscope/viewer";
import { hexFromNumber } from "./color.ts";

/** A CSS gradient of a colour map, dark end left. `inverted` swaps the ends. */
export function lutGradient(name: LutName, inverted = false): string {
  const { stops } = LUTS[name];
  const count = stops.length / 6;
  // A swatch is small: a dozen colours look like all.
  const step = Math.max(1, Math.floor((count - 1) / 12));
  const colors: string[] = [];
  for (let i = 0; i < count; i += step) colors.push(`#${stops.slice(6 * i, 6 * i + 6)}`);
  if (inverted) colors.reverse();
  return `linear-gradient(90deg, ${colors.join(", ")})`;
}

/** A colour that stands for a channel where one must do: its own, or one from the bright part of its map. */
export function channelTint(channel: { readonly color: number; readonly lut?: LutName | null }): string {
  if (!channel.lut) return hexFromNumber(channel.color);
  const parts = lutColor(channel.lut, 0.7).map((part) => Math.round(part * 255));
  return `rgb(${parts.join(" ")})`;
}

/** How a channel's pixels look, for swatches: its colour, or its map. */
export function channelPaint(channel: {
  readonly color: number;
  readonly lut?: LutName | null;
  readonly inverted?: boolean;
}): string {
  if (channel.lut) return lutGradient(channel.lut, channel.inverted);
  return hexFromNumber(channel.color);
}
