import { CHANNELS, CHUNK, LEVEL_COUNT, SLIDE_SIZE } from "./slide-shape.ts";
import { STACK } from "./stack/stack-shape.ts";

/** One chunk of the slide (`image`, uint16) or of its nucleus labels (`labels`, uint32). */
export interface SlideChunk {
  readonly of: "slide";
  readonly kind: "image" | "labels";
  readonly level: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** One chunk of the stack (uint16): a part of one plane of one channel at one time. */
export interface StackChunk {
  readonly of: "stack";
  readonly kind: "image";
  readonly level: number;
  readonly t: number;
  readonly channel: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
}

export type ChunkAddress = SlideChunk | StackChunk;

const SLIDE = /^slide\.zarr\/(labels\/nuclei\/)?(\d)\/c\/(\d)\/(\d{1,3})\/(\d{1,3})$/;
const STACK_PATTERN = /^stack\.zarr\/(\d)\/c\/(\d)\/(\d)\/(\d{1,2})\/(\d)\/(\d)$/;

/** Reads a chunk's path below `/demo/`, such as `slide.zarr/0/c/2/17/9`; null when there is no such chunk. */
export function parseChunkPath(path: string): ChunkAddress | null {
  const address = parseSlide(path) ?? parseStack(path);
  // "007" names no chunk: a key has one spelling.
  return address && path === chunkPath(address) ? address : null;
}

function parseSlide(path: string): SlideChunk | null {
  const match = SLIDE.exec(path);
  if (!match) return null;
  const kind = match[1] ? "labels" : "image";
  const [level, channel, y, x] = match.slice(2).map(Number) as [number, number, number, number];
  const chunks = (SLIDE_SIZE >> level) / CHUNK;
  const channels = kind === "image" ? CHANNELS.length : 1;
  if (level >= LEVEL_COUNT || channel >= channels || y >= chunks || x >= chunks) return null;
  return { of: "slide", kind, level, channel, y, x };
}

function parseStack(path: string): StackChunk | null {
  const match = STACK_PATTERN.exec(path);
  if (!match) return null;
  const numbers = match.slice(1).map(Number) as [number, number, number, number, number, number];
  const [level, t, channel, z, y, x] = numbers;
  const chunks = (STACK.size >> level) / CHUNK;
  if (level >= STACK.levels || t >= STACK.times || channel >= STACK.channels.length || z >= STACK.planes)
    return null;
  if (y >= chunks || x >= chunks) return null;
  return { of: "stack", kind: "image", level, t, channel, z, y, x };
}

/** The path of a chunk below `/demo/`. */
export function chunkPath(address: ChunkAddress): string {
  const { level, channel, y, x } = address;
  if (address.of === "stack") return `stack.zarr/${level}/c/${address.t}/${channel}/${address.z}/${y}/${x}`;
  const folder = address.kind === "labels" ? "labels/nuclei/" : "";
  return `slide.zarr/${folder}${level}/c/${channel}/${y}/${x}`;
}

/** Last level of labels that is computed from the nuclei; each coarser one from the one before. */
const LAST_COMPUTED_LABELS = 5;

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
