import { toneRange } from "../render/contrast.ts";
import { LUT_SIZE, lutTable } from "../render/luts.ts";
import type { ChannelSettings } from "../source/channels.ts";
import { type ImageSource, type TypedArray, tileGrid } from "../source/image-source.ts";
import type { PlaneIndex } from "../tiles/raw-tile.ts";

/** A small picture of the whole image, one plane a channel, to be coloured again when contrast changes. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  /** By channel; null where not read. */
  readonly channels: readonly (Float32Array | null)[];
}

/** Most tiles read for it; images without coarse levels go without a picture. */
const MOST_TILES = 16;
/** Most for a projection, of all planes; with more it shows the plane alone. */
const MOST_PROJECTED = 64;

/**
 * Reads the visible channels from the coarsest level that has enough pixels.
 * @param longest px of the longer side
 * @returns null where that would take too many reads
 */
export async function readThumbnail(
  source: ImageSource,
  settings: readonly ChannelSettings[],
  plane: PlaneIndex,
  longest: number,
  signal: AbortSignal,
): Promise<Thumbnail | null> {
  const fine = source.levels.findLastIndex((level) => Math.max(level.width, level.height) >= longest);
  const index = fine < 0 ? source.levels.length - 1 : fine;
  const level = source.levels[index]!;
  const { columns, rows } = tileGrid(level);
  if (columns * rows > MOST_TILES) return null;
  const scale = Math.min(1, longest / Math.max(level.width, level.height));
  const width = Math.max(1, Math.round(level.width * scale));
  const height = Math.max(1, Math.round(level.height * scale));
  const projected = plane.projection === "max" && columns * rows * source.sizeZ <= MOST_PROJECTED;
  const zs = projected ? Array.from({ length: source.sizeZ }, (_, z) => z) : [plane.z];
  const channels = await Promise.all(
    settings.map(async ({ visible }, channel) => {
      if (!visible) return null;
      const out = new Float32Array(width * height).fill(source.fill);
      const reads: Promise<void>[] = [];
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const place = { level: index, x, y, t: plane.t, channel, signal };
          reads.push(
            Promise.all(zs.map((z) => source.getTile({ ...place, z }))).then((planes) => {
              const tile = brightest(planes.filter((one) => one !== null));
              if (!tile) return;
              const at = { left: x * level.tileWidth, top: y * level.tileHeight };
              average(tile, at, { out, width, height }, width / level.width, height / level.height);
            }),
          );
        }
      }
      await Promise.all(reads);
      return out;
    }),
  );
  return { width, height, channels };
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: TypedArray;
}

/** Pixel by pixel; null of nothing. */
function brightest(planes: readonly Pixels[]): Pixels | null {
  const [first, ...others] = planes;
  if (!first || others.length === 0) return first ?? null;
  const data = first.data.slice();
  for (const { data: other } of others)
    for (let i = 0; i < data.length; i++) if (other[i]! > data[i]!) data[i] = other[i]!;
  return { ...first, data };
}

/** Box average of the tile's pixels that fall on each pixel of the thumbnail. */
function average(
  tile: Pixels,
  at: { left: number; top: number },
  target: { out: Float32Array; width: number; height: number },
  scaleX: number,
  scaleY: number,
): void {
  const { out, width, height } = target;
  const x0 = Math.ceil(at.left * scaleX);
  const y0 = Math.ceil(at.top * scaleY);
  const x1 = Math.min(width, Math.ceil((at.left + tile.width) * scaleX));
  const y1 = Math.min(height, Math.ceil((at.top + tile.height) * scaleY));
  for (let y = y0; y < y1; y++) {
    const top = Math.max(0, Math.floor(y / scaleY) - at.top);
    const bottom = Math.min(tile.height, Math.max(top + 1, Math.floor((y + 1) / scaleY) - at.top));
    for (let x = x0; x < x1; x++) {
      const left = Math.max(0, Math.floor(x / scaleX) - at.left);
      const right = Math.min(tile.width, Math.max(left + 1, Math.floor((x + 1) / scaleX) - at.left));
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += tile.data[row * tile.width + column]!;
      }
      out[y * width + x] = sum / Math.max(1, (bottom - top) * (right - left));
    }
  }
}

/** The thumbnail as RGBA bytes under the given contrast: the drawer's arithmetic on the CPU. */
export function colorThumbnail(
  thumbnail: Thumbnail,
  settings: readonly ChannelSettings[],
): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels } = thumbnail;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  settings.forEach((channel, c) => {
    const plane = channels[c];
    if (!channel.visible || !plane) return;
    const { low, scale } = toneRange(channel);
    const red = (channel.color >> 16) & 255;
    const green = (channel.color >> 8) & 255;
    const blue = channel.color & 255;
    const table = channel.lut ? lutTable(channel.lut) : null;
    for (let i = 0; i < plane.length; i++) {
      const linear = Math.min(1, Math.max(0, (plane[i]! - low) * scale));
      const tone = channel.gamma === 1 ? linear : linear ** channel.gamma;
      if (table) {
        const entry = 4 * Math.round(tone * (LUT_SIZE - 1));
        for (let part = 0; part < 3; part++) rgba[4 * i + part] = rgba[4 * i + part]! + table[entry + part]!;
        continue;
      }
      rgba[4 * i] = rgba[4 * i]! + tone * red;
      rgba[4 * i + 1] = rgba[4 * i + 1]! + tone * green;
      rgba[4 * i + 2] = rgba[4 * i + 2]! + tone * blue;
    }
  });
  return rgba;
}
