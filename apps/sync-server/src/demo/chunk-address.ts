import { CHANNELS, CHUNK, LEVEL_COUNT, SLIDE_SIZE } from "./slide-shape.ts";

/** One chunk of the slide (`image`, uint16) or of its nucleus labels (`labels`, uint32). */
export interface ChunkAddress {
  readonly kind: "image" | "labels";
  readonly level: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

const PATTERN = /^(labels\/nuclei\/)?(\d)\/c\/(\d)\/(\d{1,3})\/(\d{1,3})$/;

/** Reads a chunk key such as `0/c/2/17/9`; null when the slide has no such chunk. */
export function parseChunkPath(path: string): ChunkAddress | null {
  const match = PATTERN.exec(path);
  if (!match) return null;
  const kind = match[1] ? "labels" : "image";
  const [level, channel, y, x] = [match[2], match[3], match[4], match[5]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  // "007" names no chunk: a key has one spelling.
  if (path !== chunkPath({ kind, level, channel, y, x })) return null;
  if (level >= LEVEL_COUNT) return null;
  const chunks = (SLIDE_SIZE >> level) / CHUNK;
  if (channel >= (kind === "image" ? CHANNELS.length : 1) || y >= chunks || x >= chunks) return null;
  return { kind, level, channel, y, x };
}

export function chunkPath(address: ChunkAddress): string {
  const folder = address.kind === "labels" ? "labels/nuclei/" : "";
  return `${folder}${address.level}/c/${address.channel}/${address.y}/${address.x}`;
}

/** Last level of labels that is computed from the nuclei; each coarser one from the one before. */
export const LAST_COMPUTED_LABELS = 5;

/** The four chunks that a chunk of the coarsest label levels is made of, in reading order; none for other chunks. */
export function finerChunks(address: ChunkAddress): ChunkAddress[] {
  if (address.kind === "image" || address.level <= LAST_COMPUTED_LABELS) return [];
  return [0, 1, 2, 3].map((n) => ({
    ...address,
    level: address.level - 1,
    y: 2 * address.y + (n >> 1),
    x: 2 * address.x + (n & 1),
  }));
}
