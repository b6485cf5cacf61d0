import type { Calibration } from "./calibration.ts";

export type TypedArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Numeric types a source may serve. 64-bit integers and bools are converted on reading. */
export type PixelType = "uint8" | "uint16" | "uint32" | "int8" | "int16" | "int32" | "float32" | "float64";

/** One channel of one tile: row-major [y, x], `data.length === width * height`. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  readonly data: TypedArray;
}

/** One resolution. `levels[0]` is the full one; sizes are in that level's own pixels. */
export interface ImageLevel {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Full-resolution pixels per pixel of this level. Need be neither 2^n nor equal in x and y. */
  readonly downsampleX: number;
  readonly downsampleY: number;
  /**
   * What is read at once, in this level's px, planes and channels; absent where
   * it is the tile. Tiles of one chunk cost one read if one reader gets them.
   */
  readonly chunk?: {
    readonly width: number;
    readonly height: number;
    readonly depth: number;
    readonly channels: number;
  };
}

/** Intensities: `min`/`max` bound the slider, `start`/`end` are what is shown black and full. */
export interface ChannelWindow {
  readonly min: number;
  readonly max: number;
  readonly start: number;
  readonly end: number;
}

export interface ChannelInfo {
  readonly name: string;
  /** 0xRRGGBB, or null when the file does not say. */
  readonly color: number | null;
  readonly window: ChannelWindow | null;
  /** Whether the file asks for the channel to be shown at first; undefined when it does not say. */
  readonly active?: boolean;
}

export interface TileRequest {
  /** Index into `levels`; 0 is full resolution. */
  readonly level: number;
  /** Tile column and row in that level's grid. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly t: number;
  readonly channel: number;
  readonly signal?: AbortSignal;
}

/**
 * Pixels of one image, wherever they come from. Readers make one, wrappers
 * (`withTileCache`, …) take one and return one.
 */
export interface ImageSource {
  readonly id: string;
  readonly name: string;
  /** Full-resolution size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly channels: readonly ChannelInfo[];
  readonly dtype: PixelType;
  /** Three 8-bit channels that are red, green and blue of one picture. */
  readonly rgb: boolean;
  /** The value of pixels that the file leaves out. */
  readonly fill: number;
  readonly levels: readonly ImageLevel[];
  readonly calibration: Calibration | null;
  /** Things in the file that were read differently than they were meant, for people to see. */
  readonly warnings: readonly string[];
  /** Present when the image says that its values are labels. */
  readonly label?: LabelInfo;
  /**
   * One channel of one tile, clipped at the image's edge; null where the file
   * holds nothing (every pixel is `fill`).
   * @throws SourceError
   */
  getTile(request: TileRequest): Promise<Tile | null>;
  /** Frees what the source holds (workers, caches). */
  close?(): void;
}

/** What `image-label` of a label image says of its values. */
export interface LabelInfo {
  /** 0xRRGGBBAA by value; values without one have none stated. */
  readonly colors: ReadonlyMap<number, number>;
  /** Anything else that is stated of a value: a class, a score. */
  readonly properties: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
}

/** The part of an ImageSource that is plain data, so that it can cross a worker boundary. */
export type ImageDescription = Omit<ImageSource, "getTile" | "close">;

export function describeSource(source: ImageSource): ImageDescription {
  const { id, name, width, height, sizeZ, sizeT, channels, dtype, rgb, fill } = source;
  const { levels, calibration, warnings, label } = source;
  const sizes = { width, height, sizeZ, sizeT };
  return {
    id,
    name,
    ...sizes,
    channels,
    dtype,
    rgb,
    fill,
    levels,
    calibration,
    warnings,
    ...(label ? { label } : {}),
  };
}

/** Tiles across and down at a level. */
export function tileGrid(level: ImageLevel): { columns: number; rows: number } {
  return {
    columns: Math.ceil(level.width / level.tileWidth),
    rows: Math.ceil(level.height / level.tileHeight),
  };
}

/** Size in level pixels of the tile at a column and row: short at the right and lower edges. */
export function tileSize(level: ImageLevel, x: number, y: number): { width: number; height: number } {
  return {
    width: Math.min(level.tileWidth, level.width - x * level.tileWidth),
    height: Math.min(level.tileHeight, level.height - y * level.tileHeight),
  };
}

/** Lowest and highest value a pixel type holds; floats are taken as 0…1 until measured. */
export function pixelRange(dtype: PixelType): { min: number; max: number } {
  switch (dtype) {
    case "uint8":
      return { min: 0, max: 255 };
    case "uint16":
      return { min: 0, max: 65_535 };
    case "uint32":
      return { min: 0, max: 4_294_967_295 };
    case "int8":
      return { min: -128, max: 127 };
    case "int16":
      return { min: -32_768, max: 32_767 };
    case "int32":
      return { min: -2_147_483_648, max: 2_147_483_647 };
    case "float32":
    case "float64":
      return { min: 0, max: 1 };
  }
}
