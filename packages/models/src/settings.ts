import type { Manifest } from "./manifest.ts";

/** How levels are chosen and joined; the defaults are what the page uses. Diameters in px of the level that is looked at. */
export interface Settings {
  /** Above this diameter the next coarser level is looked at, … */
  readonly coarserAbove: number;
  /** … and below this one the level at which it is larger, as far as the finest. */
  readonly finerBelow: number;
  /** After a click: below this diameter the answers of the finest level and of that enlarged twice are averaged. */
  readonly blendBelow: number;
  /** In a box whose sides' geometric mean is below this, the enlarged image alone … */
  readonly boxFinerBelow: number;
  /** … and below this both, as after a click. */
  readonly boxBlendBelow: number;
}

/**
 * Measured on images that were trained on, mean IoU of one click by diameter: 8 to 12 px 0.713 at the full resolution,
 * 0.749 enlarged, 0.753 averaged; 25 to 32 px 0.819, 0.842, 0.840; 32 to 45 px 0.868, 0.863, 0.870; above 45 px
 * the full resolution alone. Boxes: below 8 px 0.629, 0.747, 0.703; 20 to 25 px 0.825, 0.829, 0.830.
 */
const OURS = { blendBelow: 40, boxFinerBelow: 20, boxBlendBelow: 32 };

/** SAM's candidates come in the order of its own scores: those of two levels are not each other's counterparts. */
const SAM = { finerBelow: 24, blendBelow: 0, boxFinerBelow: 32, boxBlendBelow: 0 };

export function settingsOf({ sam, levels }: Manifest, given: Partial<Settings> = {}): Settings {
  return {
    ...(sam ? SAM : { ...OURS, finerBelow: levels.coarserAbove / 2 }),
    coarserAbove: levels.coarserAbove,
    ...given,
  };
}
