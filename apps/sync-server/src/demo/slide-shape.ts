/** Size, levels, channels and calibration of the demo slide. */

export const DEMO_SEED = 20_260_731;

/** Part of every ETag: raise it with any change that changes a pixel. */
export const DEMO_VERSION = 1;

/** Side of the full-resolution level in pixels: 21.3 mm. */
export const SLIDE_SIZE = 65_536;

export const CHUNK = 512;

/** Levels 0…7, each half of the one before, the last a single chunk. */
export const LEVEL_COUNT = 8;

/** Micrometres per pixel: 20×, 0.8 NA, 6.5 µm camera pixels. */
export const PIXEL_UM = 0.325;

export interface DemoChannel {
  readonly name: string;
  /** "RRGGBB". */
  readonly color: string;
  readonly window: {
    readonly min: number;
    readonly max: number;
    readonly start: number;
    readonly end: number;
  };
}

export const CHANNELS: readonly DemoChannel[] = [
  { name: "DAPI", color: "3D6BFF", window: { min: 0, max: 65535, start: 115, end: 2200 } },
  { name: "Membrane", color: "3DFF8A", window: { min: 0, max: 65535, start: 115, end: 1400 } },
  { name: "Cytoplasm", color: "FF3D6E", window: { min: 0, max: 65535, start: 115, end: 1150 } },
  { name: "Puncta", color: "FFD83D", window: { min: 0, max: 65535, start: 115, end: 900 } },
];
