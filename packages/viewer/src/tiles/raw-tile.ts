import { isAbort, isSourceError } from "../errors.ts";
import type { ImageSource, TypedArray } from "../source/image-source.ts";
import { tileSize } from "../source/image-source.ts";

export interface PlaneIndex {
  readonly z: number;
  readonly t: number;
}

/** All channels of one tile, as read. What OpenSeadragon's cache holds, and what textures are made from. */
export interface RawTile {
  /** Index into the source's levels; 0 is full resolution. */
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** Level px. */
  readonly width: number;
  readonly height: number;
  plane: PlaneIndex;
  /** By channel: pixels; null where the file holds nothing; undefined while not asked for. */
  channels: (TypedArray | null | undefined)[];
  /** Counts changes of `channels`, so that textures know that they are old. */
  version: number;
}

export type ReportTileError = (error: unknown) => void;

/**
 * Reads some channels of a tile at once. A damaged channel is reported and
 * shown empty, so that the others stay visible; a network that does not answer
 * fails the tile, to be tried again.
 */
export async function readChannels(
  source: ImageSource,
  at: { level: number; x: number; y: number },
  plane: PlaneIndex,
  channels: readonly number[],
  signal: AbortSignal,
  report: ReportTileError,
): Promise<Map<number, TypedArray | null>> {
  const pixels = new Map<number, TypedArray | null>();
  await Promise.all(
    channels.map(async (channel) => {
      try {
        const tile = await source.getTile({ ...at, ...plane, channel, signal });
        pixels.set(channel, tile?.data ?? null);
      } catch (error) {
        if (isAbort(error) || !isSourceError(error, "malformed", "unsupported", "too-large")) throw error;
        report(error);
        pixels.set(channel, null);
      }
    }),
  );
  return pixels;
}

export function createRawTile(
  source: ImageSource,
  at: { level: number; x: number; y: number },
  plane: PlaneIndex,
  pixels: ReadonlyMap<number, TypedArray | null>,
): RawTile {
  return {
    ...at,
    ...tileSize(source.levels[at.level]!, at.x, at.y),
    plane,
    channels: source.channels.map((_, channel) => pixels.get(channel)),
    version: 0,
  };
}
