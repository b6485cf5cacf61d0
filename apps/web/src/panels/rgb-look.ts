import type { ChannelSettings } from "@coscope/viewer";

/** A colour picture's one look, from -100 to 100 each; gamma as for channels. */
export interface RgbLook {
  readonly brightness: number;
  readonly contrast: number;
  readonly gamma: number;
}

/** 8-bit tones: the middle, and how far full brightness moves it. */
const MIDDLE = 127.5;
const BRIGHTNESS_STEP = 1.275;
/** Contrast ±50 halves or doubles the window. */
const CONTRAST_OCTAVE = 50;

/** Red, green and blue with one window and one gamma; visibility stays. */
export function withRgbLook(channels: readonly ChannelSettings[], look: RgbLook): ChannelSettings[] {
  const centre = MIDDLE - look.brightness * BRIGHTNESS_STEP;
  const half = MIDDLE * 2 ** (-look.contrast / CONTRAST_OCTAVE);
  const tidy = (value: number) => Math.round(value * 100) / 100;
  return channels.map((channel) => ({
    ...channel,
    min: tidy(centre - half),
    max: tidy(centre + half),
    gamma: look.gamma,
  }));
}

/** What is nearest to the three channels' settings: exact for those that `withRgbLook` made. */
export function rgbLookOf(channels: readonly ChannelSettings[]): RgbLook {
  const mean = (pick: (channel: ChannelSettings) => number) =>
    channels.reduce((sum, channel) => sum + pick(channel), 0) / Math.max(1, channels.length);
  const centre = mean(({ min, max }) => (min + max) / 2);
  const half = mean(({ min, max }) => Math.max(0.5, (max - min) / 2));
  // Never -0.
  const within = (value: number) => Math.max(-100, Math.min(100, Math.round(value))) || 0;
  return {
    brightness: within((MIDDLE - centre) / BRIGHTNESS_STEP),
    contrast: within(-CONTRAST_OCTAVE * Math.log2(half / MIDDLE)),
    gamma: Math.round(mean(({ gamma }) => gamma) * 100) / 100,
  };
}
