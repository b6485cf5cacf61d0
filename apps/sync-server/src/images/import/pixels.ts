import { type ImageSource, type PixelType, type TypedArray, withTileCache } from "@coscope/viewer/source";
import { CHUNK } from "./levels.ts";
import type { Raster } from "./raster.ts";

/** A part of one full-resolution plane, px. */
export interface Window {
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What every source of pixels looks like to the pyramid writer. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly sizeT: number;
  readonly sizeC: number;
  readonly sizeZ: number;
  readonly dtype: PixelType;
  /** Value of what a source leaves out. */
  readonly fill: number;
  /** What is read at once: windows are asked for in its order, so that nothing need be read twice. */
  readonly block: {
    readonly width: number;
    readonly height: number;
    readonly depth: number;
    readonly channels: number;
  };
  /** Row-major [y, x]; null where there is nothing but `fill`. */
  read(window: Window, signal: AbortSignal | undefined): Promise<TypedArray | null>;
}

const ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export const arrayOf = (dtype: PixelType, length: number): TypedArray => new ARRAYS[dtype](length);
export const bytesPerPixel = (dtype: PixelType): number => ARRAYS[dtype].BYTES_PER_ELEMENT;

/** The memory that a tile row may take, so that tiles across two rows of chunks are decoded once. */
const TILE_CACHE_BYTES = 64 * 2 ** 20;

/** The full resolution of an image that our readers opened. */
export function sourcePixels(opened: ImageSource): Pixels {
  const source = withTileCache(opened, { budgetBytes: TILE_CACHE_BYTES });
  const level = source.levels[0]!;
  const { tileWidth, tileHeight } = level;
  const chunk = level.chunk ?? { width: tileWidth, height: tileHeight, depth: 1, channels: 1 };

  return {
    width: level.width,
    height: level.height,
    sizeT: source.sizeT,
    sizeC: source.channels.length,
    sizeZ: source.sizeZ,
    dtype: source.dtype,
    fill: source.fill,
    block: chunk,
    async read({ t, c, z, x, y, width, height }, signal) {
      const asked: Promise<void>[] = [];
      let out: TypedArray | null = null;
      for (let row = Math.floor(y / tileHeight); row * tileHeight < y + height; row++) {
        for (let column = Math.floor(x / tileWidth); column * tileWidth < x + width; column++) {
          const request = { level: 0, x: column, y: row, z, t, channel: c, ...(signal && { signal }) };
          asked.push(
            source.getTile(request).then((tile) => {
              if (!tile) return;
              out ??= arrayOf(source.dtype, width * height).fill(source.fill);
              const left = Math.max(x, column * tileWidth);
              const right = Math.min(x + width, column * tileWidth + tile.width);
              const bottom = Math.min(y + height, row * tileHeight + tile.height);
              for (let at = Math.max(y, row * tileHeight); at < bottom; at++) {
                const from = (at - row * tileHeight) * tile.width - column * tileWidth;
                out.set(tile.data.subarray(from + left, from + right), (at - y) * width + left - x);
              }
            }),
          );
        }
      }
      await Promise.all(asked);
      return out;
    },
  };
}

/** A raster's channels as planes. One strip of a chunk's height stays in memory. */
export function rasterPixels(raster: Raster): Pixels {
  const { width, height, channels } = raster;
  const dtype = `uint${raster.depth}` as const;
  let strip: { y: number; samples: Promise<TypedArray> } | null = null;
  return {
    width,
    height,
    sizeT: 1,
    sizeC: channels,
    sizeZ: 1,
    dtype,
    fill: 0,
    block: { width, height: CHUNK, depth: 1, channels },
    async read(window) {
      const top = Math.floor(window.y / CHUNK) * CHUNK;
      if (strip?.y !== top) strip = { y: top, samples: raster.read(top, Math.min(CHUNK, height - top)) };
      const samples = await strip.samples;
      const out = arrayOf(dtype, window.width * window.height);
      for (let y = 0; y < window.height; y++) {
        let from = ((window.y - top + y) * width + window.x) * channels + window.c;
        const to = y * window.width;
        for (let x = 0; x < window.width; x++, from += channels) out[to + x] = samples[from]!;
      }
      return out;
    },
  };
}
