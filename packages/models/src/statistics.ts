import type { ImageSource, TypedArray } from "@coscope/viewer/source";
import type { Manifest } from "./manifest.ts";
import { type Range, rangeOfValues } from "./preprocess.ts";

/** What is fixed of one channel of an image, whoever looks at it and however. */
export interface ChannelRange extends Range {
  readonly channel: number;
}

export interface ImageStatistics {
  /** In the order that was asked for. An RGB picture's channels share one range. */
  readonly channels: readonly ChannelRange[];
  /** What was looked at. */
  readonly level: number;
  readonly z: number;
  readonly t: number;
}

/** Below this an image's objects are lost in a coarser level: levels finer than this (image px a level px) will do. */
const COARSEST = 4;
/** A level of at most this many tiles is read whole … */
const FEW_TILES = 12;
/** … of a larger one this many tiles, where there is most to see. */
const SAMPLED = 6;
/** Tiles that are read at once. */
const AT_ONCE = 3;
/** Values kept of one tile. */
const PER_TILE = 1 << 15;

/**
 * The ranges of channels, from a level that is coarse but still shows single nuclei, at the middle plane: the same for
 * everybody, so that everybody's embeddings are. Of a large image only the fullest tiles are read, and some others.
 * @throws SourceError
 */
export async function measureStatistics(
  source: ImageSource,
  channels: readonly number[],
  normalisation: Manifest["normalisation"],
  signal?: AbortSignal,
): Promise<ImageStatistics> {
  const level = levelFor(source);
  const z = source.sizeZ >> 1;
  const t = source.sizeT >> 1;
  const plane = { z, t, ...(signal ? { signal } : {}) };
  const tiles = await tilesFor(source, level, channels[0] ?? 0, plane);
  const read = async (channel: number): Promise<Float32Array> => {
    const samples: Float32Array[] = [];
    for (let i = 0; i < tiles.length; i += AT_ONCE) {
      const reads = tiles
        .slice(i, i + AT_ONCE)
        .map(({ x, y }) => source.getTile({ level, x, y, channel, ...plane }));
      for (const tile of await Promise.all(reads))
        samples.push(tile ? sample(tile.data) : Float32Array.of(source.fill));
    }
    return joined(samples);
  };
  const values: Float32Array[] = [];
  for (const channel of channels) values.push(await read(channel));
  const ranges = source.rgb
    ? values.fill(joined(values)).map((all) => rangeOfValues(all.slice(), normalisation))
    : values.map((own) => rangeOfValues(own, normalisation));
  return { channels: ranges.map((range, i) => ({ channel: channels[i] as number, ...range })), level, z, t };
}

/** The coarsest level that is no coarser than `COARSEST`; of an image with few px the full one. */
function levelFor({ levels }: ImageSource): number {
  let best = 0;
  for (const [i, level] of levels.entries())
    if (
      Math.max(level.downsampleX, level.downsampleY) <= COARSEST * 1.01 &&
      level.width * level.height >= 4096
    )
      best = i;
  return best;
}

async function tilesFor(
  source: ImageSource,
  level: number,
  channel: number,
  plane: { z: number; t: number; signal?: AbortSignal },
): Promise<{ x: number; y: number }[]> {
  const { width, height, tileWidth, tileHeight } = source.levels[level] as ImageSource["levels"][number];
  const [columns, rows] = [Math.ceil(width / tileWidth), Math.ceil(height / tileHeight)];
  const all = Array.from({ length: rows * columns }, (_, i) => ({
    x: i % columns,
    y: Math.floor(i / columns),
  }));
  if (all.length <= FEW_TILES) return all;
  const rank = await fullness(source, columns, rows, channel, plane);
  const fullest = [...all.keys()].sort((a, b) => (rank[b] as number) - (rank[a] as number) || a - b);
  // Apart from each other: one dense corner is not the image.
  const chosen: number[] = [];
  const far = Math.max(columns, rows) / 6;
  const apart = (i: number) =>
    chosen.every((j) => Math.hypot(all[i]!.x - all[j]!.x, all[i]!.y - all[j]!.y) >= far);
  for (const i of fullest) if (chosen.length < SAMPLED && apart(i)) chosen.push(i);
  return chosen.map((i) => all[i]!);
}

/** How much there is to see in each tile of a grid, by the spread of the coarsest level's values below it. */
async function fullness(
  source: ImageSource,
  columns: number,
  rows: number,
  channel: number,
  plane: { z: number; t: number; signal?: AbortSignal },
): Promise<Float64Array> {
  const last = source.levels.length - 1;
  const { width, height, tileWidth, tileHeight } = source.levels[last] as ImageSource["levels"][number];
  const sum = new Float64Array(columns * rows);
  const squares = new Float64Array(columns * rows);
  const count = new Float64Array(columns * rows);
  const grid = {
    x: Math.min(4, Math.ceil(width / tileWidth)),
    y: Math.min(4, Math.ceil(height / tileHeight)),
  };
  for (let y = 0; y < grid.y; y++)
    for (let x = 0; x < grid.x; x++) {
      const tile = await source.getTile({ level: last, x, y, channel, ...plane });
      if (!tile) continue;
      for (let i = 0; i < tile.data.length; i++) {
        const px = x * tileWidth + (i % tile.width);
        const py = y * tileHeight + Math.floor(i / tile.width);
        const at =
          Math.min(rows - 1, Math.floor((py / height) * rows)) * columns +
          Math.min(columns - 1, Math.floor((px / width) * columns));
        const v = tile.data[i] as number;
        if (!Number.isFinite(v)) continue;
        sum[at]! += v;
        squares[at]! += v * v;
        count[at]!++;
      }
    }
  return Float64Array.from(sum, (s, i) => (count[i] ? (squares[i]! - (s * s) / count[i]!) / count[i]! : -1));
}

function sample(data: TypedArray): Float32Array {
  const step = Math.max(1, Math.floor(data.length / PER_TILE));
  return Float32Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data[i * step] as number);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
