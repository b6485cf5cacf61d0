import { isAbort, isSourceError } from "../errors.ts";
import { type ImageSource, type PixelType, type TypedArray, tileSize } from "../source/image-source.ts";
import { maxOverZ } from "./projection.ts";

/** Channels interleaved in one texel of a texture: red, green, blue, alpha. */
export const LANES = 4;

export type TexelArray = Uint8Array | Uint16Array | Float32Array;

/**
 * Several channels of one tile, interleaved as a texture takes them: row-major
 * [y, x, lane]. Packing is left to workers, so that the page only hands the
 * bytes on to the GPU.
 */
export interface Texels {
  readonly width: number;
  readonly height: number;
  readonly lanes: number;
  readonly data: TexelArray;
}

export interface TexelRequest {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly t: number;
  /** By lane: the channel, or null for one that is not needed (its values are 0). */
  readonly channels: readonly (number | null)[];
  /** "max": of all z, whatever `z` says. */
  readonly projection?: "max" | null;
  readonly signal?: AbortSignal;
  /** Of a projection, after each plane of each channel. */
  readonly planeRead?: () => void;
}

export interface ReadTexels {
  readonly texels: Texels;
  /** Channels that could not be decoded, and are shown as fill. */
  readonly problems: readonly unknown[];
}

/** A source that packs by itself, in a worker. */
export interface TexelSource extends ImageSource {
  getTexels(request: TexelRequest): Promise<ReadTexels>;
}

/** One lane for one channel, two for two: a grey image should not take the memory of four. */
export function lanesFor(channels: number): number {
  return channels <= 2 ? Math.max(1, channels) : LANES;
}

/** Bytes of one channel of a texel, in memory and in a texture. */
export function bytesPerLane({ dtype }: Pick<ImageSource, "dtype">): number {
  return dtype === "uint8" ? 1 : dtype === "uint16" ? 2 : 4;
}

/** Integers of 8 and 16 bits stay what they are; all else becomes 32-bit floats (24 bits of a larger integer). */
export function createTexels(dtype: PixelType, length: number): TexelArray {
  if (dtype === "uint8") return new Uint8Array(length);
  if (dtype === "uint16") return new Uint16Array(length);
  return new Float32Array(length);
}

/**
 * Reads channels and packs them. A damaged channel is reported and left at the
 * fill value, so that the others stay visible; a network that does not answer
 * fails the whole, to be tried again.
 * @throws SourceError
 */
export async function readTexels(source: ImageSource, request: TexelRequest): Promise<ReadTexels> {
  const { channels, projection, planeRead, ...at } = request;
  const problems: unknown[] = [];
  const planes = await Promise.all(
    channels.map(async (channel) => {
      if (channel === null) return undefined;
      try {
        const tile = projection
          ? await maxOverZ(source, { ...at, channel }, planeRead, isDamage, (error) => problems.push(error))
          : await source.getTile({ ...at, channel });
        return tile?.data ?? null;
      } catch (error) {
        if (!isDamage(error)) throw error;
        problems.push(error);
        return null;
      }
    }),
  );
  const { width, height } = tileSize(source.levels[request.level]!, request.x, request.y);
  const data = createTexels(source.dtype, width * height * channels.length);
  pack(planes, data, source.fill);
  return { texels: { width, height, lanes: channels.length, data }, problems };
}

const isDamage = (error: unknown): boolean =>
  !isAbort(error) && isSourceError(error, "malformed", "unsupported", "too-large");

/** @param planes by lane; null is all fill, undefined stays 0 */
export function pack(
  planes: readonly (TypedArray | null | undefined)[],
  data: TexelArray,
  fill: number,
): void {
  const lanes = planes.length;
  const [a, b, c, d] = planes;
  if (lanes === 1 && a) {
    data.set(a);
  } else if (lanes === LANES && a && b && c && d) {
    for (let i = 0, at = 0; at < data.length; i++) {
      data[at++] = a[i]!;
      data[at++] = b[i]!;
      data[at++] = c[i]!;
      data[at++] = d[i]!;
    }
  } else {
    planes.forEach((plane, lane) => {
      if (plane) for (let i = 0, at = lane; at < data.length; i++, at += lanes) data[at] = plane[i]!;
      else if (plane === null && fill !== 0)
        for (let at = lane; at < data.length; at += lanes) data[at] = fill;
    });
  }
}

/** Copies some lanes of one set of texels into another of the same size. */
export function mergeLanes(from: Texels, into: Texels, lanes: readonly number[]): void {
  for (const lane of lanes) {
    for (let at = lane; at < into.data.length; at += into.lanes) into.data[at] = from.data[at]!;
  }
}

/** By the source itself where it can, else here. */
export function texelsOf(source: ImageSource, request: TexelRequest): Promise<ReadTexels> {
  return "getTexels" in source ? (source as TexelSource).getTexels(request) : readTexels(source, request);
}
