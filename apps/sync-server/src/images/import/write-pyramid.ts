import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import type { TypedArray } from "@coscope/viewer/source";
import { type ChunkFiles, looseFiles, SHARD, SHARD_FROM, shardFiles } from "./chunk-files.ts";
import { ImportError } from "./errors.ts";
import { CHUNK, halveInto, type LevelSize, levelSizes } from "./levels.ts";
import { arrayOf, bytesPerPixel, type Pixels } from "./pixels.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const ZSTD_LEVEL = 3;
/** Chunks that are being compressed and written at once. */
const IN_FLIGHT = 8;
/** What a header claims is written only if it is a sensible number of files. */
const MAX_CHUNKS = 16_000_000;

export interface PyramidOptions {
  /** Levels hold ids: halved without mixing; no channel axis. */
  readonly labels?: boolean;
  /** Planes of a level with more chunks than this are written in shards. */
  readonly shardFrom?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share done, 0…1. */
  readonly onProgress?: (share: number) => void;
}

export type AxisName = "t" | "c" | "z" | "y" | "x";

export interface Pyramid {
  readonly axes: readonly AxisName[];
  readonly levels: readonly LevelSize[];
  /** `zarr.json` of each level. */
  readonly documents: readonly object[];
  /** Least and greatest finite value of each channel. */
  readonly ranges: readonly { readonly min: number; readonly max: number }[];
  /** Some planes of a channel at the coarsest level. */
  sample(channel: number): Promise<TypedArray[]>;
}

interface Plane {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

/**
 * Writes all levels as the zarr v3 arrays `0`, `1`, … [t, c, z, y, x] (t and z where there are several, c not for labels) of `folder`.
 * The full resolution is copied chunk by chunk in the order in which the source reads it; each further level is made from the
 * files of the one before. Memory: what the source keeps, and a dozen chunks of 512 × 512, whatever the size of the image.
 * @throws ImportError
 */
export async function writePyramid(
  folder: string,
  pixels: Pixels,
  options: PyramidOptions = {},
): Promise<Pyramid> {
  const { labels = false, shardFrom = SHARD_FROM, signal, onProgress } = options;
  const { sizeT, sizeC, sizeZ, dtype, fill } = pixels;
  const levels = levelSizes(pixels.width, pixels.height);
  const axes = axesOf(pixels, labels);
  const planes = sizeT * sizeC * sizeZ;
  const total = planes * levels.reduce((sum, size) => sum + across(size.width) * across(size.height), 0);
  if (!(total <= MAX_CHUNKS))
    throw new ImportError(
      "too-large",
      "",
      `expected an image of at most ${MAX_CHUNKS.toLocaleString("en")} chunks, got ${total.toLocaleString("en")}.`,
      "Split it, or convert it to a sharded OME-Zarr and offer its folder with --images.",
    );
  const sharded = (size: LevelSize) => across(size.width) * across(size.height) > shardFrom;
  const documents = levels.map((size) => arrayDocument(pixels, size, axes, sharded(size)));
  const bytes = CHUNK * CHUNK * bytesPerPixel(dtype);
  const ranges = Array.from({ length: sizeC }, () => ({
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  }));
  for (const [i, document] of documents.entries()) {
    await mkdir(join(folder, `${i}`), { recursive: true });
    await writeFile(join(folder, `${i}`, "zarr.json"), JSON.stringify(document));
  }

  const files = levels.map((size, i): ChunkFiles => {
    const at = join(folder, `${i}`);
    return sharded(size) ? shardFiles(at) : looseFiles(at);
  });
  const prefixOf = ({ t, c, z }: Plane): number[] => {
    const indices: Record<AxisName, number> = { t, c, z, y: 0, x: 0 };
    return axes.slice(0, -2).map((axis) => indices[axis]);
  };

  const flying = new Set<Promise<void>>();
  let failure: unknown = null;

  /** Compresses and writes beside what goes on; resolves when there is room for the next. */
  async function put(level: number, plane: Plane, y: number, x: number, chunk: TypedArray): Promise<void> {
    const job = (async () => {
      const raw = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const packed = await compress(raw, {
        // Stated in the frame: readers allocate by it.
        pledgedSrcSize: raw.length,
        params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
      });
      await files[level]!.put(prefixOf(plane), y, x, packed);
    })().catch((cause) => {
      failure ??= cause;
    });
    flying.add(job);
    void job.then(() => flying.delete(job));
    if (flying.size >= IN_FLIGHT) await Promise.race(flying);
    if (failure) throw failure;
  }

  async function settle(level: number): Promise<void> {
    await Promise.all(flying);
    if (failure) throw failure;
    await files[level]!.finish();
  }

  async function load(level: number, plane: Plane, y: number, x: number): Promise<TypedArray | null> {
    const packed = await files[level]!.get(prefixOf(plane), y, x);
    if (!packed) return null;
    const raw = await decompress(packed, { maxOutputLength: bytes });
    const chunk = arrayOf(dtype, CHUNK * CHUNK);
    new Uint8Array(chunk.buffer).set(raw);
    return chunk;
  }

  let done = 0;
  const step = () => {
    onProgress?.(++done / total);
    if (signal?.aborted) throw new ImportError("aborted", "", "Cancelled.");
  };

  try {
    for (const { t, c, z, x, y, width, height } of windowsOf(pixels)) {
      step();
      const part = await pixels.read({ t, c, z, x, y, width, height }, signal);
      if (!part) continue;
      widen(ranges[c]!, part);
      await put(0, { t, c, z }, y / CHUNK, x / CHUNK, padded(part, width, height, pixels));
    }
    await settle(0);
    for (let level = 1; level < levels.length; level++) {
      const finer = levels[level - 1]!;
      const size = levels[level]!;
      for (const plane of planesOf(pixels)) {
        for (let y = 0; y < across(size.height); y++) {
          for (let x = 0; x < across(size.width); x++) {
            step();
            const chunk = await coarser(plane, level - 1, finer, y, x);
            if (chunk) await put(level, plane, y, x, chunk);
          }
        }
      }
      await settle(level);
    }
  } finally {
    // Nothing may be written any more when the folder is removed after a failure.
    await Promise.all(flying);
  }

  async function coarser(plane: Plane, level: number, finer: LevelSize, y: number, x: number) {
    const quarters = await Promise.all(
      [0, 1, 2, 3].map(async (i) => {
        const [column, row] = [2 * x + (i & 1), 2 * y + (i >> 1)];
        const inside = column < across(finer.width) && row < across(finer.height);
        if (!inside) return null;
        const width = Math.min(CHUNK, finer.width - column * CHUNK);
        const height = Math.min(CHUNK, finer.height - row * CHUNK);
        return { i, width, height, data: await load(level, plane, row, column) };
      }),
    );
    if (quarters.every((quarter) => !quarter?.data)) return null;
    const chunk = arrayOf(dtype, CHUNK * CHUNK).fill(fill);
    for (const quarter of quarters) {
      if (!quarter?.data) continue;
      const { i, width, height, data } = quarter;
      halveInto(
        chunk,
        ((i >> 1) * CHUNK * CHUNK) / 2 + ((i & 1) * CHUNK) / 2,
        { data, width, height },
        labels,
      );
    }
    return chunk;
  }

  return {
    axes,
    levels,
    documents,
    ranges: ranges.map(({ min, max }) => (min > max ? { min: fill, max: fill } : { min, max })),
    async sample(channel) {
      const level = levels.length - 1;
      const { width, height } = levels[level]!;
      const found: TypedArray[] = [];
      for (const { t, z } of someOf(sizeT, sizeZ)) {
        const chunk = await load(level, { t, c: channel, z }, 0, 0);
        const plane = arrayOf(dtype, width * height).fill(fill);
        if (chunk) {
          for (let y = 0; y < height; y++) plane.set(chunk.subarray(y * CHUNK, y * CHUNK + width), y * width);
        }
        found.push(plane);
      }
      return found;
    },
  };
}

const across = (length: number): number => Math.ceil(length / CHUNK);

function axesOf({ sizeT, sizeZ }: Pixels, labels: boolean): AxisName[] {
  const all: (AxisName | null)[] = [
    sizeT > 1 ? "t" : null,
    labels ? null : "c",
    sizeZ > 1 ? "z" : null,
    "y",
    "x",
  ];
  return all.filter((axis) => axis !== null);
}

/** Planes whose values tell how bright an image is: of a long series the ends and the middle. */
function someOf(sizeT: number, sizeZ: number): { t: number; z: number }[] {
  const some = (size: number) => [...new Set([0, Math.floor(size / 2), size - 1])];
  return some(sizeT).flatMap((t) => some(sizeZ).map((z) => ({ t, z })));
}

function* planesOf({ sizeT, sizeC, sizeZ }: Pixels): Generator<Plane> {
  for (let t = 0; t < sizeT; t++)
    for (let c = 0; c < sizeC; c++) for (let z = 0; z < sizeZ; z++) yield { t, c, z };
}

/** All chunks of the full resolution, those that the source reads together one after another. */
function* windowsOf(pixels: Pixels) {
  const { width, height, sizeT, sizeC, sizeZ, block } = pixels;
  const step = (size: number) => Math.max(1, Math.floor(size / CHUNK)) * CHUNK;
  const [blockWidth, blockHeight] = [step(block.width), step(block.height)];
  for (let t = 0; t < sizeT; t++)
    for (let c0 = 0; c0 < sizeC; c0 += block.channels)
      for (let z0 = 0; z0 < sizeZ; z0 += block.depth)
        for (let y0 = 0; y0 < height; y0 += blockHeight)
          for (let x0 = 0; x0 < width; x0 += blockWidth)
            for (let y = y0; y < Math.min(height, y0 + blockHeight); y += CHUNK)
              for (let x = x0; x < Math.min(width, x0 + blockWidth); x += CHUNK)
                for (let z = z0; z < Math.min(sizeZ, z0 + block.depth); z++)
                  for (let c = c0; c < Math.min(sizeC, c0 + block.channels); c++)
                    yield {
                      ...{ t, c, z, x, y },
                      width: Math.min(CHUNK, width - x),
                      height: Math.min(CHUNK, height - y),
                    };
}

function widen(range: { min: number; max: number }, part: TypedArray): void {
  for (let i = 0; i < part.length; i++) {
    const value = part[i]!;
    if (value < range.min && value !== Number.NEGATIVE_INFINITY) range.min = value;
    if (value > range.max && value !== Number.POSITIVE_INFINITY) range.max = value;
  }
}

/** As a whole chunk: zarr's are of full size at the edges too. */
function padded(part: TypedArray, width: number, height: number, { dtype, fill }: Pixels): TypedArray {
  if (width === CHUNK && height === CHUNK) return part;
  const chunk = arrayOf(dtype, CHUNK * CHUNK).fill(fill);
  for (let y = 0; y < height; y++) chunk.set(part.subarray(y * width, (y + 1) * width), y * CHUNK);
  return chunk;
}

function arrayDocument(
  pixels: Pixels,
  { width, height }: LevelSize,
  axes: readonly AxisName[],
  sharded: boolean,
): object {
  const { sizeT: t, sizeC: c, sizeZ: z, dtype, fill } = pixels;
  const shape = { t, c, z, y: height, x: width };
  const shapeOf = (side: number) => axes.map((axis) => (axis === "y" || axis === "x" ? side : 1));
  const littleEndian = { name: "bytes", configuration: { endian: "little" } };
  const codecs = [
    // What every machine that runs Node today has in memory.
    littleEndian,
    { name: "zstd", configuration: { level: ZSTD_LEVEL, checksum: false } },
  ];
  const sharding = {
    chunk_shape: shapeOf(CHUNK),
    codecs,
    index_codecs: [littleEndian, { name: "crc32c" }],
    index_location: "end",
  };
  return {
    zarr_format: 3,
    node_type: "array",
    shape: axes.map((axis) => shape[axis]),
    data_type: dtype,
    chunk_grid: {
      name: "regular",
      configuration: { chunk_shape: shapeOf(sharded ? SHARD * CHUNK : CHUNK) },
    },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: fill,
    codecs: sharded ? [{ name: "sharding_indexed", configuration: sharding }] : codecs,
    attributes: {},
    dimension_names: axes,
  };
}
