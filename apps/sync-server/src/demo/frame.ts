import { CHUNK } from "./slide-shape.ts";

/** One chunk's raster: pixel (i, j) has its centre at (originX + (i + ½)·scale, originY + (j + ½)·scale). */
export interface Frame {
  readonly level: number;
  /** Full-resolution pixels per pixel of this level. */
  readonly scale: number;
  /** Full-resolution coordinates of the top-left corner. */
  readonly originX: number;
  readonly originY: number;
  /** Index of the top-left pixel in its level. */
  readonly firstX: number;
  readonly firstY: number;
  readonly size: number;
}

export function frameOf(level: number, chunkY: number, chunkX: number): Frame {
  const scale = 2 ** level;
  return {
    level,
    scale,
    firstX: chunkX * CHUNK,
    firstY: chunkY * CHUNK,
    originX: chunkX * CHUNK * scale,
    originY: chunkY * CHUNK * scale,
    size: CHUNK,
  };
}
