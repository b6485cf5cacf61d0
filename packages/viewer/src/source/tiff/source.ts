import { abortedError } from "../../errors.ts";
import { withComputedLevels } from "../computed-levels.ts";
import {
  type ImageLevel,
  type ImageSource,
  type Tile,
  type TileRequest,
  tileGrid,
  tileSize,
} from "../image-source.ts";
import { copyWindow, createPixels } from "../pixels.ts";
import { type RemoteFile, resumeRemoteFile } from "../remote-file.ts";
import { type BlockReader, createBlockReader, type TiffSourceOptions } from "./blocks.ts";
import { type DecodedBlock, unpackedBytes } from "./decode.ts";
import { asSourceError } from "./errors.ts";
import type { TiffManifest } from "./manifest.ts";
import type { TiffPage } from "./page.ts";

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
  const reader = createBlockReader(manifest, file, options);
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
