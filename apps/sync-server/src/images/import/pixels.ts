import { type ImageSource, type PixelType, type TypedArray, withTileCache } from "@coscope/viewer/source";
import { ImportError } from "./errors.ts";
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

/** Readers keep about so much of what they decoded: strips that are wider are read whole, once. */
const STRIPS_KEPT_BYTES = 64 * 2 ** 20;
const MAX_STRIP_BYTES = 512 * 2 ** 20;

/**
 * The full resolution of an image that our readers opened.
 * @throws ImportError "too-large"
 */
export function sourcePixels(opened: ImageSource): Pixels {
  const source = withTileCache(opened, { budgetBytes: TILE_CACHE_BYTES });
  const level = source.levels[0]!;
  const { tileWidth, tileHeight } = level;
  const chunk = level.chunk ?? { width: tileWidth, height: tileHeight, depth: 1, channels: 1 };
  const stripBytes = CHUNK * level.width * chunk.channels * bytesPerPixel(source.dtype);
  const inStrips = chunk.width > 2 * CHUNK && stripBytes > STRIPS_KEPT_BYTES;
  if (inStrips && stripBytes > MAX_STRIP_BYTES)
    throw new ImportError(
      "too-large",
      source.name,
      `expected strips of at most ${MAX_STRIP_BYTES / 2 ** 20} MiB in ${CHUNK} rows, got ${Math.round(stripBytes / 2 ** 20)} MiB.`,
      "Save it as a tiled TIFF.",
    );

  async function assemble({ t, c, z, x, y, width, height }: Window, signal: AbortSignal | undefined) {
    let out: TypedArray | null = null;
    for (let row = Math.floor(y / tileHeight); row * tileHeight < y + height; row++) {
      const asked: Promise<void>[] = [];
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
      await Promise.all(asked);
    }
    return out as TypedArray | null;
  }

  let strip: { key: string; rows: Promise<(TypedArray | null)[]> } | null = null;

  /** Rows of a chunk's height over the whole width, of the channels that are stored together. */
  async function readStrip({ t, c, z, y }: Window, signal: AbortSignal | undefined) {
    const top = Math.floor(y / CHUNK) * CHUNK;
    const first = Math.floor(c / chunk.channels) * chunk.channels;
    const height = Math.min(CHUNK, level.height - top);
    const rows: (TypedArray | null)[] = [];
    const end = Math.min(source.channels.length, first + chunk.channels);
    for (let at = top; at < top + height; at += tileHeight) {
      const part = { t, z, x: 0, y: at, width: level.width, height: Math.min(tileHeight, top + height - at) };
      for (let channel = first; channel < end; channel++) {
        const pixels = await assemble({ ...part, c: channel }, signal);
        if (!pixels) continue;
        const whole = rows[channel] ?? arrayOf(source.dtype, level.width * height).fill(source.fill);
        rows[channel] = whole;
        whole.set(pixels, (at - top) * level.width);
      }
    }
    return rows;
  }

  async function fromStrip(window: Window, signal: AbortSignal | undefined): Promise<TypedArray | null> {
    const { t, c, z, x, y, width, height } = window;
    const key = [t, z, Math.floor(c / chunk.channels), Math.floor(y / CHUNK)].join();
    if (strip?.key !== key) {
      // Let go before the next is made.
      strip = null;
      strip = { key, rows: readStrip(window, signal) };
    }
    const rows = (await strip.rows)[c];
    if (!rows) return null;
    const out = arrayOf(source.dtype, width * height);
    for (let row = 0; row < height; row++) {
      const from = ((y % CHUNK) + row) * level.width + x;
      out.set(rows.subarray(from, from + width), row * width);
    }
    return out;
  }

  return {
    width: level.width,
    height: level.height,
    sizeT: source.sizeT,
    sizeC: source.channels.length,
    sizeZ: source.sizeZ,
    dtype: source.dtype,
    fill: source.fill,
    block: inStrips ? { ...chunk, height: CHUNK, depth: 1 } : chunk,
    read: inStrips ? fromStrip : assemble,
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
