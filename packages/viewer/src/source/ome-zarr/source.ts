import { abortedError, SourceError } from "../../errors.ts";
import { type AxisScale, calibrationFrom } from "../calibration.ts";
import { channelsFrom, isRgb } from "../channels.ts";
import type { ByteStore } from "../http-store.ts";
import type { ImageLevel, ImageSource, Tile, TileRequest } from "../image-source.ts";
import { tileGrid, tileSize } from "../image-source.ts";
import { copyWindow, createPixels } from "../pixels.ts";
import { type AxisOrder, orderAxes } from "./axes.ts";
import { type LevelArray, openLevelArrays } from "./chunks.ts";
import type { FirstChunks } from "./first-chunks.ts";
import type { OmeZarrManifest } from "./manifest.ts";

/**
 * Builds the source that a manifest describes; asks for nothing until the
 * first tile.
 * @throws SourceError
 */
export async function createOmeZarrSource(
  store: ByteStore,
  manifest: OmeZarrManifest,
  { onDecode, ahead }: { onDecode?: (() => void) | undefined; ahead?: FirstChunks | null } = {},
): Promise<ImageSource> {
  const { multiscale, url } = manifest;
  const arrays = await openLevelArrays(ahead?.over(store) ?? store, manifest, onDecode).catch((error) => {
    ahead?.drop();
    throw error;
  });
  const full = arrays[0]!;
  const coarsest = arrays.at(-1)!;
  ahead?.keep(coarsest.shape, coarsest.chunkShape);
  const order = orderAxes(multiscale.axes, full.shape.length);
  if (!order || arrays.some((array) => array.shape.length !== full.shape.length)) {
    throw new SourceError("malformed", {
      url,
      expected: "two to five axes that include x and y, the same at every level",
      got: `axes ${multiscale.axes.map((axis) => axis.name).join(", ") || "unnamed"} for a shape of ${full.shape.join(" × ")}`,
      next: "The axes in the metadata do not fit the data: write the image again.",
    });
  }
  const warnings = [...multiscale.warnings];
  if (order.others.some((axis) => full.shape[axis]! > 1)) {
    warnings.push(
      "The image has an axis that is neither x, y, z, channel nor time; its first position is shown.",
    );
  }
  const levels = arrays.map((array, i) => levelOf(array, i, order, manifest, full));
  const axis = (index: number | null): AxisScale | undefined =>
    index === null
      ? undefined
      : { scale: multiscale.datasets[0]!.scale[index] ?? 1, unit: multiscale.axes[index]?.unit };
  const count = order.c === null ? 1 : full.shape[order.c]!;
  const channels = channelsFrom(multiscale.channels, count);
  return {
    id: url,
    name: multiscale.name !== "" && multiscale.name !== "/" ? multiscale.name : nameOf(url),
    width: levels[0]!.width,
    height: levels[0]!.height,
    sizeZ: order.z === null ? 1 : full.shape[order.z]!,
    sizeT: order.t === null ? 1 : full.shape[order.t]!,
    channels,
    dtype: full.dtype,
    rgb: isRgb(full.dtype, channels, multiscale.channels.length > 0),
    fill: full.fill,
    levels,
    calibration: calibrationFrom({
      x: axis(order.x),
      y: axis(order.y),
      z: axis(order.z),
      t: axis(order.t),
    }),
    warnings,
    ...(multiscale.label ? { label: multiscale.label } : {}),
    getTile: (request) => readTile(request, { arrays, levels, order, url }),
  };
}

function nameOf(url: string): string {
  const last = new URL(url).pathname.split("/").filter(Boolean).at(-1) ?? url;
  return decodeURIComponent(last).replace(/(\.ome)?\.zarr$/i, "");
}

function levelOf(
  array: LevelArray,
  index: number,
  order: AxisOrder,
  manifest: OmeZarrManifest,
  full: LevelArray,
): ImageLevel {
  const { datasets } = manifest.multiscale;
  const along = (axis: number) => {
    const size = array.shape[axis]!;
    const byShape = full.shape[axis]! / size;
    const byScale = (datasets[index]!.scale[axis] ?? 1) / (datasets[0]!.scale[axis] ?? 1);
    // The stated scale is the truth for odd sizes (5001 → 2501 at exactly 2);
    // files that state none, or nonsense, are recognised by the extent being off by a pixel.
    const fits = Math.abs(size * byScale - full.shape[axis]!) <= byScale * 1.001;
    return fits ? byScale : byShape;
  };
  const width = array.shape[order.x]!;
  const height = array.shape[order.y]!;
  return {
    width,
    height,
    tileWidth: tileEdge(array.chunkShape[order.x]!, width),
    tileHeight: tileEdge(array.chunkShape[order.y]!, height),
    downsampleX: along(order.x),
    downsampleY: along(order.y),
    chunk: {
      width: array.chunkShape[order.x]!,
      height: array.chunkShape[order.y]!,
      depth: order.z === null ? 1 : array.chunkShape[order.z]!,
      channels: order.c === null ? 1 : array.chunkShape[order.c]!,
    },
  };
}

interface Reading {
  readonly arrays: LevelArray[];
  readonly levels: readonly ImageLevel[];
  readonly order: AxisOrder;
  readonly url: string;
}

/** A tile, of the array as it really is where its metadata was only assumed: both are read at once. */
async function readTile(request: TileRequest, reading: Reading): Promise<Tile | null> {
  const array = reading.arrays[request.level];
  if (!array?.real) return readTileOf(array, request, reading);
  const [real, guess] = await Promise.allSettled([array.real(), readTileOf(array, request, reading)]);
  if (real.status === "rejected") throw real.reason;
  if (real.value !== array) {
    // From now on nobody reads by the wrong assumption.
    reading.arrays[request.level] = real.value;
    return readTileOf(real.value, request, reading);
  }
  if (guess.status === "rejected") throw guess.reason;
  return guess.value;
}

async function readTileOf(
  array: LevelArray | undefined,
  request: TileRequest,
  { arrays, levels, order, url }: Reading,
): Promise<Tile | null> {
  const { level: index, x, y, z, t, channel, signal } = request;
  if (signal?.aborted) throw abortedError(url);
  const level = levels[index];
  const full = arrays[0]!;
  const inside = (axis: number | null, position: number) =>
    Number.isInteger(position) && position >= 0 && position < (axis === null ? 1 : full.shape[axis]!);
  if (!level || !array || !inside(order.z, z) || !inside(order.t, t) || !inside(order.c, channel)) {
    throw new RangeError(`no level ${index}, z ${z}, t ${t}, channel ${channel} in ${url}`);
  }
  const { columns, rows } = tileGrid(level);
  if (x < 0 || y < 0 || x >= columns || y >= rows) {
    throw new RangeError(`no tile ${x},${y} at level ${index} of ${url}: it has ${columns} × ${rows}`);
  }
  const { width, height } = tileSize(level, x, y);
  const x0 = x * level.tileWidth;
  const y0 = y * level.tileHeight;
  const chunkWidth = array.chunkShape[order.x]!;
  const chunkHeight = array.chunkShape[order.y]!;

  // Position along every axis but x and y; coarser levels may have fewer planes.
  const position = array.shape.map(() => 0);
  const place = (axis: number | null, value: number) => {
    if (axis === null) return;
    const size = array.shape[axis]!;
    position[axis] = Math.min(size - 1, Math.floor((value * size) / full.shape[axis]!));
  };
  place(order.c, channel);
  place(order.z, z);
  place(order.t, t);
  const coords = position.map((value, axis) => Math.floor(value / array.chunkShape[axis]!));
  const within = position.map((value, axis) => value % array.chunkShape[axis]!);
  const keep =
    level.tileWidth < Math.min(chunkWidth, level.width) ||
    level.tileHeight < Math.min(chunkHeight, level.height) ||
    array.chunkShape.some(
      (n, axis) => axis !== order.x && axis !== order.y && Math.min(n, array.shape[axis]!) > 1,
    );

  const jobs: Promise<void>[] = [];
  let target: Tile["data"] | null = null;
  let whole: Tile["data"] | null = null;
  const pixels = () => {
    target ??= createPixels(array.dtype, width * height).fill(array.fill);
    return target;
  };
  for (let cy = Math.floor(y0 / chunkHeight); cy * chunkHeight < y0 + height; cy++) {
    for (let cx = Math.floor(x0 / chunkWidth); cx * chunkWidth < x0 + width; cx++) {
      const at = [...coords];
      at[order.x] = cx;
      at[order.y] = cy;
      jobs.push(
        array.chunk(at, keep, signal).then((chunk) => {
          if (!chunk) return;
          const strideX = chunk.stride[order.x]!;
          const strideY = chunk.stride[order.y]!;
          if (!keep && strideX === 1 && strideY === width && chunkWidth === width && chunkHeight === height) {
            whole = chunk.data;
            return;
          }
          const left = Math.max(x0, cx * chunkWidth);
          const top = Math.max(y0, cy * chunkHeight);
          const right = Math.min(x0 + width, (cx + 1) * chunkWidth);
          const bottom = Math.min(y0 + height, (cy + 1) * chunkHeight);
          const base = within.reduce((sum, value, axis) => sum + value * chunk.stride[axis]!, 0);
          const offset = base + (left - cx * chunkWidth) * strideX + (top - cy * chunkHeight) * strideY;
          copyWindow(
            { data: chunk.data, offset, strideX, strideY },
            { data: pixels(), offset: (top - y0) * width + (left - x0), strideY: width },
            right - left,
            bottom - top,
          );
        }),
      );
    }
  }
  await Promise.all(jobs);
  const data = whole ?? target;
  return data ? { width, height, data } : null;
}

const LARGE_PX = 768;
const TARGET_PX = 512;
const SMALL_PX = 256;

/**
 * Tile edge for a chunk edge, in pixels: the chunk itself where it has a
 * sensible size, an even part of a huge one, several tiny ones together.
 */
function tileEdge(chunk: number, size: number): number {
  let edge = chunk;
  if (chunk > LARGE_PX) edge = Math.ceil(chunk / Math.ceil(chunk / TARGET_PX));
  else if (chunk < SMALL_PX) edge = chunk * Math.ceil(SMALL_PX / chunk);
  return Math.min(edge, size);
}
