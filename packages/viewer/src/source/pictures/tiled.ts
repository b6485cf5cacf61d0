import { abortedError, isAbort, SourceError } from "../../errors.ts";
import { ByteCache } from "../byte-cache.ts";
import { fetchWhole } from "../fetch-whole.ts";
import {
  type ImageLevel,
  type ImageSource,
  type Tile,
  type TileRequest,
  tileGrid,
  tileSize,
} from "../image-source.ts";
import { copyWindow } from "../pixels.ts";
import type { RemoteFileOptions } from "../remote-file.ts";
import { SharedRequests } from "../shared-requests.ts";
import { type DecodedPicture, type DecodeImage, imageDecoder } from "./decoder.ts";
import { pictureType, readPictureHeader } from "./header.ts";
import { MAX_TILE_BYTES, MAX_TILE_EDGE } from "./limits.ts";

/** Where a tile's picture is, and which pixel of it is the tile's first. */
export interface TilePicture {
  readonly url: string;
  readonly left: number;
  readonly top: number;
}

export interface PictureOptions extends RemoteFileOptions {
  readonly decodeImage?: DecodeImage;
  readonly onDecode?: () => void;
}

export interface TiledPicture {
  readonly url: string;
  readonly name: string;
  readonly levels: readonly ImageLevel[];
  readonly warnings: readonly string[];
  locate(level: number, x: number, y: number): TilePicture;
}

const RGB = [
  { name: "Red", color: 0xff0000, window: null },
  { name: "Green", color: 0x00ff00, window: null },
  { name: "Blue", color: 0x0000ff, window: null },
] as const;

/** What all sources of ordinary pictures have in common. */
export function rgbSource(
  description: { url: string; name: string; levels: readonly ImageLevel[]; warnings: readonly string[] },
  getTile: ImageSource["getTile"],
): ImageSource {
  const { url, name, levels, warnings } = description;
  const { width, height } = levels[0]!;
  return {
    id: url,
    name,
    width,
    height,
    sizeZ: 1,
    sizeT: 1,
    channels: RGB,
    dtype: "uint8",
    rgb: true,
    fill: 0,
    levels,
    calibration: null,
    warnings,
    getTile,
  };
}

/** @throws RangeError for a place that the image does not have */
export function checkPlace(
  source: { url: string; levels: readonly ImageLevel[] },
  request: TileRequest,
): ImageLevel {
  const { level: index, x, y, z, t, channel } = request;
  const level = source.levels[index];
  const grid = level && tileGrid(level);
  const inside = (position: number, size: number) =>
    Number.isInteger(position) && position >= 0 && position < size;
  if (
    !grid ||
    z !== 0 ||
    t !== 0 ||
    !inside(channel, 3) ||
    !inside(x, grid.columns) ||
    !inside(y, grid.rows)
  ) {
    throw new RangeError(`no tile ${x},${y} at level ${index}, channel ${channel} in ${source.url}`);
  }
  return level;
}

/** One channel of a part of a decoded picture. */
export function channelOf(
  picture: DecodedPicture,
  channel: number,
  part: { left: number; top: number; width: number; height: number },
): Tile {
  const data = new Uint8Array(part.width * part.height);
  const pixels = new Uint8Array(picture.data.buffer, picture.data.byteOffset, picture.data.byteLength);
  copyWindow(
    {
      data: pixels,
      offset: (part.top * picture.width + part.left) * 4 + channel,
      strideX: 4,
      strideY: picture.width * 4,
    },
    { data, offset: 0, strideY: part.width },
    part.width,
    part.height,
  );
  return { width: part.width, height: part.height, data };
}

const CACHE_BYTES = 64 * 2 ** 20;
/** Servers round the size of a reduced tile each in their own way. */
const ROUNDING_PX = 2;

/** A picture with its last column and row repeated. */
function extended(picture: DecodedPicture, width: number, height: number): DecodedPicture {
  const pixels = new Uint32Array(picture.data.slice().buffer);
  const data = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.min(y, picture.height - 1) * picture.width;
    for (let x = 0; x < width; x++) data[y * width + x] = pixels[row + Math.min(x, picture.width - 1)]!;
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** A picture that a server keeps as tiles, each a PNG or JPEG. */
export function createTiledSource(picture: TiledPicture, options: PictureOptions): ImageSource {
  const decode = imageDecoder(picture.url, options.decodeImage);
  const cache = new ByteCache<DecodedPicture | null>(CACHE_BYTES);
  const shared = new SharedRequests<DecodedPicture | null>();

  async function read(url: string, signal: AbortSignal): Promise<DecodedPicture | null> {
    const bytes = await fetchWhole(url, MAX_TILE_BYTES, { ...options, signal });
    if (!bytes) return null;
    const decoded = await decodePicture(url, bytes, decode, MAX_TILE_EDGE ** 2);
    options.onDecode?.();
    return decoded;
  }

  return rgbSource(picture, async (request) => {
    if (request.signal?.aborted) throw abortedError(picture.url);
    const level = checkPlace(picture, request);
    const { url, left, top } = picture.locate(request.level, request.x, request.y);
    let decoded = cache.get(url);
    if (decoded === undefined) {
      // All three channels are asked for together: one request, one decode.
      decoded = await shared.get(url, request.signal, (signal) => read(url, signal));
      cache.set(url, decoded, 200 + (decoded?.data.byteLength ?? 0));
    }
    if (!decoded) return null;
    const size = tileSize(level, request.x, request.y);
    const short = { x: left + size.width - decoded.width, y: top + size.height - decoded.height };
    if (short.x > ROUNDING_PX || short.y > ROUNDING_PX) {
      throw new SourceError("malformed", {
        url,
        expected: `a tile of ${left + size.width} × ${top + size.height} pixels`,
        got: `${decoded.width} × ${decoded.height}`,
        next: "The tiles do not fit the image's description: make them again.",
      });
    }
    if (short.x > 0 || short.y > 0) decoded = extended(decoded, left + size.width, top + size.height);
    return channelOf(decoded, request.channel, { left, top, ...size });
  });
}

/**
 * Decodes a picture whose size was looked at first.
 * @throws SourceError
 */
export async function decodePicture(
  url: string,
  bytes: Uint8Array,
  decode: DecodeImage,
  maxPixels: number,
): Promise<DecodedPicture> {
  const header = readPictureHeader(bytes);
  const damaged = (got: string, cause?: unknown) =>
    new SourceError(
      "malformed",
      {
        url,
        expected: "a PNG, JPEG or WebP picture",
        got,
        next: "The picture is damaged: copy or make it again.",
      },
      { cause },
    );
  if (!header) throw damaged(pictureType(bytes) ? "one without a size" : "other bytes");
  if (!(header.width * header.height <= maxPixels)) {
    throw new SourceError("too-large", {
      url,
      expected: `at most ${Math.floor(maxPixels / 2 ** 20)} megapixels`,
      got: `${header.width} × ${header.height}`,
      next: "Convert the image to OME-Zarr, which is read in pieces: `bioformats2raw in out.zarr`.",
    });
  }
  try {
    const decoded = await decode(bytes, header.mime);
    const { width, height, data } = decoded;
    if (width !== header.width || height !== header.height || data.length !== width * height * 4) {
      throw damaged(`${width} × ${height} where it says ${header.width} × ${header.height}`);
    }
    return decoded;
  } catch (cause) {
    if (cause instanceof SourceError || isAbort(cause)) throw cause;
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
