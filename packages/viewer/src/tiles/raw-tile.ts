import { type ImageSource, tileSize } from "../source/image-source.ts";
import type { SlotTable } from "./slots.ts";
import { mergeLanes, type Texels, texelsOf } from "./texels.ts";

export interface PlaneIndex {
  readonly z: number;
  readonly t: number;
  /** "max": of each pixel the greatest value of all z at `t`; annotations on `z` are shown meanwhile. */
  readonly projection?: "max" | null;
}

export function samePlane(a: PlaneIndex, b: PlaneIndex): boolean {
  return planeKey(a) === planeKey(b);
}

/** Equal for planes that show the same pixels. */
export function planeKey({ z, t, projection }: PlaneIndex): string {
  return projection ? `${projection}/${t}` : `${z}/${t}`;
}

/** The plane of an image that is nearest to one asked for. */
export function planeWithin({ sizeZ, sizeT }: ImageSource, { z, t, projection }: PlaneIndex): PlaneIndex {
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.round(value)));
  const plane = { z: within(z, sizeZ), t: within(t, sizeT) };
  // The brightest of one plane is that plane.
  return projection && sizeZ > 1 ? { ...plane, projection } : plane;
}

/** The channels of one tile that have been read. What OpenSeadragon's cache holds, and what textures are made from. */
export interface RawTile {
  /** Index into the source's levels; 0 is full resolution. */
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** Level px. */
  readonly width: number;
  readonly height: number;
  plane: PlaneIndex;
  /** By group of the slot table; a group none of whose channels was read is missing. */
  groups: (Texels | undefined)[];
  /** Channels whose texels have been read. */
  loaded: Set<number>;
  /** Counts changes of `groups`, so that textures know that they are old. */
  version: number;
}

export type ReportTileError = (error: unknown) => void;

/** What one read of a tile gave: texels by group, and the lanes of them that were asked for. */
export interface TileRead {
  readonly groups: readonly {
    readonly group: number;
    readonly texels: Texels;
    readonly lanes: readonly number[];
  }[];
  readonly channels: readonly number[];
}

/** Reads some channels of a tile, each group of them as one. */
export async function readTile(
  source: ImageSource,
  at: { readonly level: number; readonly x: number; readonly y: number },
  plane: PlaneIndex,
  channels: readonly number[],
  slots: SlotTable,
  signal: AbortSignal,
  report: ReportTileError,
  planeRead?: () => void,
): Promise<TileRead> {
  slots.show(channels);
  const { level, x, y } = at;
  const wanted = Array.from({ length: slots.groups }, (_, group) => ({
    group,
    channels: slots
      .channelsOf(group)
      .map((channel) => (channel !== null && channels.includes(channel) ? channel : null)),
  })).filter((group) => group.channels.some((channel) => channel !== null));
  const groups = await Promise.all(
    wanted.map(async ({ group, channels: lanes }) => {
      const { texels, problems } = await texelsOf(source, {
        level,
        x,
        y,
        ...plane,
        channels: lanes,
        signal,
        ...(planeRead ? { planeRead } : {}),
      });
      for (const problem of problems) report(problem);
      return { group, texels, lanes: lanes.flatMap((channel, lane) => (channel === null ? [] : [lane])) };
    }),
  );
  return { groups, channels };
}

export function createRawTile(
  source: ImageSource,
  at: { readonly level: number; readonly x: number; readonly y: number },
  plane: PlaneIndex,
  read: TileRead,
): RawTile {
  const raw: RawTile = {
    ...at,
    ...tileSize(source.levels[at.level]!, at.x, at.y),
    plane,
    groups: [],
    loaded: new Set(),
    version: 0,
  };
  replaceWith(raw, plane, read);
  return raw;
}

/** All that the tile held goes: another plane is shown. */
export function replaceWith(raw: RawTile, plane: PlaneIndex, read: TileRead): void {
  raw.plane = plane;
  raw.groups = [];
  for (const { group, texels } of read.groups) raw.groups[group] = texels;
  raw.loaded = new Set(read.channels);
  raw.version++;
}

/** As `replaceWith`, by what another tile of the same place holds. */
export function become(raw: RawTile, next: RawTile): void {
  raw.plane = next.plane;
  raw.groups = next.groups;
  raw.loaded = next.loaded;
  raw.version++;
}

/** Channels that were shown later join what is there. */
export function addTo(raw: RawTile, read: TileRead): void {
  for (const { group, texels, lanes } of read.groups) {
    const present = raw.groups[group];
    if (present) mergeLanes(texels, present, lanes);
    else raw.groups[group] = texels;
  }
  for (const channel of read.channels) raw.loaded.add(channel);
  raw.version++;
}

/** One channel's value at a pixel of the tile; null while not read. */
export function valueAt(raw: RawTile, slots: SlotTable, channel: number, pixel: number): number | null {
  const slot = raw.loaded.has(channel) ? slots.slotOf(channel) : null;
  const texels = slot && raw.groups[slot.group];
  return texels ? texels.data[pixel * texels.lanes + slot.lane]! : null;
}
