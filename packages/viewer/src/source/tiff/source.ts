import { abortedError } from "../../errors.ts";
import { ByteCache } from "../byte-cache.ts";
import { withComputedLevels } from "../computed-levels.ts";
import {
  type ImageLevel,
  type ImageSource,
  type Tile,
  type TileRequest,
  tileGrid,
  tileSize,
} from "../image-source.ts";
import { copyWindow, createPixels } from "../ome-zarr/window.ts";
import { type DecodeImage, findImageDecoder } from "../pictures/decoder.ts";
import { type RemoteFile, type RemoteFileOptions, resumeRemoteFile } from "../remote-file.ts";
import { SharedRequests } from "../shared-requests.ts";
import { type DecodedBlock, decodeBlock, unpackedBytes } from "./decode.ts";
import { asSourceError, damaged } from "./errors.ts";
import type { PlaneRef, TiffLevel } from "./levels.ts";
import type { TiffManifest } from "./manifest.ts";
import { COMPRESSION, pageAt, placeOf, type TiffPage } from "./page.ts";

const BLOCK_CACHE_BYTES = 96 * 2 ** 20;
/** Strips this close together are fetched at once. */
const GAP_BYTES = 32 * 2 ** 10;
/** Strips fetched at once, packed. */
const RUN_BYTES = 8 * 2 ** 20;

export interface TiffSourceOptions extends RemoteFileOptions {
  /** Decodes JPEG tiles; without it the platform's decoder, or else a slow one in JavaScript. */
  readonly decodeImage?: DecodeImage;
  readonly onDecode?: () => void;
}

/**
 * Builds the source that a manifest describes; asks for nothing until the
 * first tile.
 * @param file where the bytes come from, if not from the manifest's address
 */
export function createTiffSource(
  manifest: TiffManifest,
  options: TiffSourceOptions = {},
  file: RemoteFile = resumeRemoteFile(manifest.file, options),
): ImageSource {
  const full = manifest.levels[0]!.page;
  const levels = manifest.levels.map(({ page }) => levelOf(page, full));
  const reader = createReader(manifest, file, options);
  const source: ImageSource = {
    id: manifest.file.url,
    name: manifest.name,
    width: full.width,
    height: full.height,
    sizeZ: manifest.sizeZ,
    sizeT: manifest.sizeT,
    channels: manifest.channels,
    dtype: full.dtype,
    rgb: manifest.rgb,
    fill: 0,
    levels,
    calibration: manifest.calibration,
    warnings: manifest.warnings,
    getTile: (request) => readTile(request, manifest, levels, reader),
  };
  return withComputedLevels(source);
}

function levelOf(page: TiffPage, full: TiffPage): ImageLevel {
  const { width, height, blockWidth, blockHeight, tiled } = page;
  const tileWidth = Math.min(span(tiled ? blockWidth : TILE_PX), width);
  const tileHeight = Math.min(tiled ? span(blockHeight) : rowsOfStrips(page), height);
  return {
    width,
    height,
    tileWidth,
    tileHeight,
    downsampleX: ratio(full.width, width),
    downsampleY: ratio(full.height, height),
    chunk: {
      width: Math.max(blockWidth, tileWidth),
      height: Math.max(blockHeight, tileHeight),
      depth: 1,
      channels: page.channels,
    },
  };
}

const TILE_PX = 512;
/** A tile of strips needs them in their whole width: so much of them at once, unpacked. */
const STRIPS_BYTES = 32 * 2 ** 20;

function rowsOfStrips(page: TiffPage): number {
  const rows = Math.floor(STRIPS_BYTES / unpackedBytes(page, 1));
  return Math.max(2, Math.min(TILE_PX, rows - (rows % 2)));
}

const SMALLEST_TILE_PX = 256;
const LARGEST_TILE_PX = 768;

/** What is served at once: a stored tile of sensible size, several small ones, or a part; even, to be halved. */
function span(block: number): number {
  if (block > LARGEST_TILE_PX) return TILE_PX;
  const tile = block * Math.ceil(SMALLEST_TILE_PX / block);
  return tile % 2 === 0 ? tile : tile * 2;
}

/** Sizes are rounded, up or down, by writers: a ratio within a pixel of a whole number is meant to be that. */
function ratio(full: number, size: number): number {
  const whole = Math.round(full / size);
  return Math.abs(size * whole - full) <= whole ? whole : full / size;
}

interface BlockReader {
  /** Decoded blocks of a plane, by index in its grid. */
  blocks(
    level: number,
    plane: PlaneRef,
    sample: number,
    indices: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Map<number, DecodedBlock | null>>;
}

function createReader(manifest: TiffManifest, file: RemoteFile, options: TiffSourceOptions): BlockReader {
  const { header } = manifest;
  const decodeImage = findImageDecoder(options.decodeImage);
  const { url } = manifest.file;
  const cache = new ByteCache<DecodedBlock | null>(BLOCK_CACHE_BYTES);
  const shared = new SharedRequests<Map<number, DecodedBlock | null>>();
  const pages = new Map<number, Promise<TiffPage>>();

  /** The directory of a plane; the first plane's is in the manifest, and fits those that ImageJ does not describe. */
  async function pageOf(level: TiffLevel, plane: PlaneRef): Promise<TiffPage> {
    if (level.planes.find((ref) => ref !== null)?.at === plane.at) return level.page;
    let page = pages.get(plane.at);
    if (!page) {
      page = pageAt(file, header, plane.at);
      page.catch(() => pages.delete(plane.at));
      // Thousands of planes are looked at in turn: keep the directories of the latest.
      if (pages.size > 512) pages.delete(pages.keys().next().value!);
      pages.set(plane.at, page);
    }
    const { width, height, dtype, channels } = level.page;
    const found = await page;
    if (
      found.width !== width ||
      found.height !== height ||
      found.dtype !== dtype ||
      found.channels !== channels
    ) {
      throw damaged(
        url,
        `planes of ${width} × ${height}, ${dtype}`,
        `one of ${found.width} × ${found.height}, ${found.dtype}`,
      );
    }
    return found;
  }

  const rowsOf = (page: TiffPage, row: number) =>
    page.tiled ? page.blockHeight : Math.min(page.blockHeight, page.height - row * page.blockHeight);

  async function locate(page: TiffPage, shift: number, index: number, sample: number, signal: AbortSignal) {
    const rows = rowsOf(page, Math.floor(index / page.columns));
    const length = unpackedBytes(page, rows);
    if (page.split) {
      const rowBytes = length / rows;
      const place = await placeOf(file, header, page, sample, signal);
      return { index, rows, offset: place.offset + shift + index * page.blockHeight * rowBytes, length };
    }
    const stored = index + sample * page.columns * page.rows;
    const place = await placeOf(file, header, page, stored, signal);
    // What is packed may grow a little, never to a multiple.
    const most = page.compression === COMPRESSION.none ? length : 2 * length + 2 ** 16;
    if (place.length > most) {
      throw damaged(url, `a tile or strip of at most ${most} bytes`, `${place.length}`);
    }
    return { index, rows, offset: place.offset + shift, length: place.length };
  }

  async function read(
    page: TiffPage,
    shift: number,
    sample: number,
    indices: readonly number[],
    signal: AbortSignal,
  ): Promise<Map<number, DecodedBlock | null>> {
    const places = await Promise.all(indices.map((index) => locate(page, shift, index, sample, signal)));
    const blocks = new Map<number, DecodedBlock | null>();
    // Sparse files leave the place of an empty tile at zero.
    for (const { index, offset, length } of places) {
      if (offset === 0 || length === 0) blocks.set(index, null);
    }
    const present = places.filter(({ index }) => !blocks.has(index)).sort((a, b) => a.offset - b.offset);
    const runs: (typeof present)[] = [];
    for (const place of present) {
      const run = runs.at(-1);
      const last = run?.at(-1);
      const near =
        run &&
        last &&
        place.offset - (last.offset + last.length) <= GAP_BYTES &&
        place.offset + place.length - run[0]!.offset <= RUN_BYTES;
      if (near) run.push(place);
      else runs.push([place]);
    }
    await Promise.all(
      runs.map(async (run) => {
        const start = run[0]!.offset;
        const end = Math.max(...run.map(({ offset, length }) => offset + length));
        const bytes = await file.read(start, end - start, signal);
        for (const { index, rows, offset, length } of run) {
          const packed = bytes.subarray(offset - start, offset - start + length);
          try {
            blocks.set(index, await decodeBlock(packed, page, rows, header.littleEndian, decodeImage));
          } catch (cause) {
            throw asSourceError(`${url} (tile ${index})`, "a whole tile or strip", cause);
          }
          options.onDecode?.();
          if (signal.aborted) throw abortedError(url);
        }
      }),
    );
    return blocks;
  }

  return {
    async blocks(level, plane, sample, indices, signal) {
      const page = await pageOf(manifest.levels[level]!, plane);
      const apart = page.blockSamples < page.samples ? sample : 0;
      const prefix = `${plane.at}+${plane.shift}:${apart}:`;
      const found = new Map<number, DecodedBlock | null>();
      const missing: number[] = [];
      for (const index of indices) {
        const kept = cache.get(prefix + index);
        if (kept === undefined) missing.push(index);
        else found.set(index, kept);
      }
      if (missing.length === 0) return found;
      const key = `${prefix}${missing[0]}-${missing.at(-1)}/${missing.length}`;
      const read_ = await shared.get(key, signal, (own) => read(page, plane.shift, apart, missing, own));
      for (const [index, block] of read_) {
        found.set(index, block);
        cache.set(prefix + index, block, 200 + (block?.data.byteLength ?? 0));
      }
      return found;
    },
  };
}

async function readTile(
  request: TileRequest,
  manifest: TiffManifest,
  levels: readonly ImageLevel[],
  reader: BlockReader,
): Promise<Tile | null> {
  const { level: index, x, y, z, t, channel, signal } = request;
  const { url } = manifest.file;
  if (signal?.aborted) throw abortedError(url);
  const level = levels[index];
  const tiff = manifest.levels[index];
  const inside = (position: number, size: number) =>
    Number.isInteger(position) && position >= 0 && position < size;
  const { sizeZ, sizeT, sizeC } = manifest;
  if (
    !level ||
    !tiff ||
    !inside(z, sizeZ) ||
    !inside(t, sizeT) ||
    !inside(channel, manifest.channels.length)
  ) {
    throw new RangeError(`no level ${index}, z ${z}, t ${t}, channel ${channel} in ${url}`);
  }
  const { columns, rows } = tileGrid(level);
  if (!inside(x, columns) || !inside(y, rows)) {
    throw new RangeError(`no tile ${x},${y} at level ${index} of ${url}: it has ${columns} × ${rows}`);
  }
  const { page } = tiff;
  const plane = tiff.planes[(t * sizeZ + z) * sizeC + Math.floor(channel / page.channels)];
  if (!plane) return null;
  const sample = channel % page.channels;
  const { width, height } = tileSize(level, x, y);
  const x0 = x * level.tileWidth;
  const y0 = y * level.tileHeight;
  const indices: number[] = [];
  const lastRow = Math.floor((y0 + height - 1) / page.blockHeight);
  const lastColumn = Math.floor((x0 + width - 1) / page.blockWidth);
  for (let row = Math.floor(y0 / page.blockHeight); row <= lastRow; row++) {
    for (let column = Math.floor(x0 / page.blockWidth); column <= lastColumn; column++) {
      indices.push(row * page.columns + column);
    }
  }
  let blocks: Map<number, DecodedBlock | null>;
  try {
    blocks = await reader.blocks(index, plane, sample, indices, signal);
  } catch (cause) {
    if (signal?.aborted) throw abortedError(url);
    throw asSourceError(url, "pixels", cause);
  }
  if ([...blocks.values()].every((block) => block === null)) return null;
  const data = createPixels(page.dtype, width * height);
  for (const [at, block] of blocks) {
    if (!block) continue;
    const left = (at % page.columns) * page.blockWidth;
    const top = Math.floor(at / page.columns) * page.blockHeight;
    const fromX = Math.max(x0, left);
    const fromY = Math.max(y0, top);
    const toX = Math.min(x0 + width, left + block.width);
    const toY = Math.min(y0 + height, top + block.rows);
    const within = block.samples === 1 ? 0 : sample;
    copyWindow(
      {
        data: block.data,
        offset: ((fromY - top) * block.width + (fromX - left)) * block.samples + within,
        strideX: block.samples,
        strideY: block.width * block.samples,
      },
      { data, offset: (fromY - y0) * width + (fromX - x0), strideY: width },
      toX - fromX,
      toY - fromY,
    );
  }
  return { width, height, data };
}
