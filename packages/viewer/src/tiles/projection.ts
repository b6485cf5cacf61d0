import { abortedError } from "../errors.ts";
import type { ImageSource, Tile, TileRequest, TypedArray } from "../source/image-source.ts";
import { MIN_TEXEL_PX } from "./view-tiles.ts";

/** Most that one view's projection may decode, bytes; coarser levels are read where it would be more. */
export const PROJECTION_BYTES = 512 * 2 ** 20;
/** Planes read at once for a tile: enough to keep a network busy. */
const PARALLEL = 4;

/**
 * Least device px that a texel of a projection takes, so that one view decodes
 * `PROJECTION_BYTES` at most, if the image has levels that coarse.
 */
export function projectionTexelPx(devicePx: number, planes: number, bytesPerTexel: number): number {
  let texelPx = MIN_TEXEL_PX;
  while ((devicePx / texelPx ** 2) * planes * bytesPerTexel > PROJECTION_BYTES && texelPx < 64) texelPx *= 2;
  return texelPx;
}

/**
 * Of each pixel of a tile the greatest value of all z. Planes that cannot be
 * read are said and left out, as long as one could be.
 * @param planeRead after each plane
 * @throws SourceError
 */
export async function maxOverZ(
  source: Pick<ImageSource, "getTile" | "sizeZ" | "fill" | "id">,
  request: Omit<TileRequest, "z">,
  planeRead: (() => void) | undefined,
  isPassable: (error: unknown) => boolean,
  report: (error: unknown) => void,
): Promise<Tile | null> {
  let most: Tile | null = null;
  let filled = false;
  let read = 0;
  let failure: unknown = null;
  let next = 0;
  const add = (tile: Tile | null) => {
    read++;
    if (!tile) filled = true;
    else if (!most) most = { ...tile, data: tile.data.slice() };
    else takeMax(most.data, tile.data);
  };
  const run = async () => {
    while (next < source.sizeZ) {
      if (request.signal?.aborted) throw abortedError(source.id);
      const z = next++;
      try {
        add(await source.getTile({ ...request, z }));
      } catch (error) {
        if (!isPassable(error)) throw error;
        failure = error;
        report(error);
      }
      planeRead?.();
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, source.sizeZ) }, run));
  if (read === 0 && failure) throw failure;
  const result = most as Tile | null;
  if (result && filled)
    for (let i = 0; i < result.data.length; i++) result.data[i] = Math.max(result.data[i]!, source.fill);
  return result;
}

function takeMax(into: TypedArray, from: TypedArray): void {
  // NaN compares as false and so is never taken, unless it came first.
  for (let i = 0; i < into.length; i++) {
    const value = from[i]!;
    if (value > into[i]! || Number.isNaN(into[i])) into[i] = value;
  }
}
