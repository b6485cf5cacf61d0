import type { ImageRect } from "@coscope/annotations/geometry";
import { isAbort } from "./errors.ts";
import { toneOf } from "./render/contrast.ts";
import type { ChannelSettings } from "./source/channels.ts";
import type { ImageSource } from "./source/image-source.ts";
import { type PlaneIndex, samePlane } from "./tiles/raw-tile.ts";
import type { SlotTable } from "./tiles/slots.ts";
import type { Texels } from "./tiles/texels.ts";
import { levelFor, type TilePlace, tilesWithin } from "./tiles/view-tiles.ts";

/** What a person sees of a part of the image, by channel. */
export interface ViewPixels {
  /** Of the upper left corner, image px. */
  readonly x: number;
  readonly y: number;
  /** Image px that a pixel here is wide and high. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** Pixels here. */
  readonly width: number;
  readonly height: number;
  /**
   * The visible channels, in the image's order: `samples[y * width + x]` after contrast and gamma, 0 to 1; NaN where
   * nothing could be read.
   */
  readonly channels: readonly { readonly channel: number; readonly samples: Float32Array<ArrayBuffer> }[];
  /** Whether the image goes on beyond that side. */
  readonly goesOn: {
    readonly left: boolean;
    readonly top: boolean;
    readonly right: boolean;
    readonly bottom: boolean;
  };
  /** Tiles that could not be read. */
  readonly missing: number;
}

export interface ReadViewOptions {
  /** Most pixels of the result, 4 Mpx unless given: a coarser level is read where it would be more. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
}

/** Texels of one tile, by group of the slot table. */
export interface LoadedTile extends TilePlace {
  readonly plane: PlaneIndex;
  readonly groups: readonly (Texels | undefined)[];
  readonly loaded: ReadonlySet<number>;
}

export interface ReadViewHost {
  readonly source: Pick<ImageSource, "levels" | "width" | "height">;
  readonly slots: SlotTable;
  readonly plane: PlaneIndex;
  readonly settings: readonly ChannelSettings[];
  /** On screen: device px per image px. */
  readonly devicePx: number;
  /** Tiles in memory. */
  readonly tiles: readonly LoadedTile[];
  read(place: TilePlace, channels: readonly number[], signal: AbortSignal): Promise<LoadedTile>;
}

const MOST_PIXELS = 4 * 2 ** 20;

/**
 * The visible channels of a part of the image at the level that is on screen; tiles that are not in memory are
 * waited for. Null where the part lies outside of the image.
 * @throws SourceError "aborted"
 */
export async function readView(
  host: ReadViewHost,
  part: ImageRect,
  { maxPixels = MOST_PIXELS, signal = new AbortController().signal }: ReadViewOptions = {},
): Promise<ViewPixels | null> {
  const { source, settings } = host;
  const level = boundedLevel(host, part, maxPixels);
  const { downsampleX, downsampleY, width, height } = source.levels[level]!;
  // A corner on the edge of a pixel asks for none beyond it.
  const x0 = Math.max(0, Math.floor(part.minX / downsampleX));
  const y0 = Math.max(0, Math.floor(part.minY / downsampleY));
  const x1 = Math.min(width, Math.ceil(part.maxX / downsampleX));
  const y1 = Math.min(height, Math.ceil(part.maxY / downsampleY));
  if (x1 <= x0 || y1 <= y0) return null;
  const window = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
  const shown = settings.flatMap(({ visible }, channel) => (visible ? [channel] : []));
  const channels = shown.map((channel) => ({
    channel,
    samples: new Float32Array(window.width * window.height).fill(Number.NaN),
  }));
  let missing = 0;
  const exact = {
    minX: x0 * downsampleX,
    minY: y0 * downsampleY,
    maxX: x1 * downsampleX,
    maxY: y1 * downsampleY,
  };
  await Promise.all(
    tilesWithin(source, level, exact).map(async (place) => {
      try {
        const tile = inMemory(host, place, shown) ?? (await host.read(place, shown, signal));
        for (const { channel, samples } of channels) copy(host, tile, channel, samples, window);
      } catch (error) {
        if (signal.aborted || isAbort(error)) throw error;
        missing++;
      }
    }),
  );
  return {
    x: exact.minX,
    y: exact.minY,
    scaleX: downsampleX,
    scaleY: downsampleY,
    width: window.width,
    height: window.height,
    channels,
    goesOn: { left: x0 > 0, top: y0 > 0, right: x1 < width, bottom: y1 < height },
    missing,
  };
}

/** The level on screen, or the finest coarser one of which the part has few enough pixels. */
function boundedLevel({ source, devicePx }: ReadViewHost, part: ImageRect, maxPixels: number): number {
  const width = Math.min(part.maxX, source.width) - Math.max(0, part.minX);
  const height = Math.min(part.maxY, source.height) - Math.max(0, part.minY);
  let level = levelFor(source, devicePx);
  while (level < source.levels.length - 1) {
    const { downsampleX, downsampleY } = source.levels[level]!;
    if ((width / downsampleX + 1) * (height / downsampleY + 1) <= maxPixels) break;
    level++;
  }
  return level;
}

function inMemory(
  { tiles, plane }: ReadViewHost,
  { level, x, y }: TilePlace,
  channels: readonly number[],
): LoadedTile | undefined {
  return tiles.find(
    (tile) =>
      tile.level === level &&
      tile.x === x &&
      tile.y === y &&
      samePlane(tile.plane, plane) &&
      channels.every((channel) => tile.loaded.has(channel)),
  );
}

/** @param window level px */
function copy(
  { source, slots, settings }: ReadViewHost,
  tile: LoadedTile,
  channel: number,
  samples: Float32Array,
  window: { x: number; y: number; width: number; height: number },
): void {
  const slot = slots.slotOf(channel);
  const texels = slot && tile.groups[slot.group];
  if (!texels) return;
  const { tileWidth, tileHeight } = source.levels[tile.level]!;
  const look = settings[channel]!;
  const left = tile.x * tileWidth - window.x;
  const top = tile.y * tileHeight - window.y;
  const { width, height, lanes, data } = texels;
  const fromX = Math.max(0, -left);
  const toX = Math.min(width, window.width - left);
  for (let y = Math.max(0, -top); y < Math.min(height, window.height - top); y++) {
    let from = (y * width + fromX) * lanes + slot.lane;
    let to = (y + top) * window.width + fromX + left;
    for (let x = fromX; x < toX; x++, from += lanes, to++) samples[to] = toneOf(data[from]!, look);
  }
}
