// Tiny OME-Zarr images in memory, for tests. Pixels follow a formula, so that
// every tile can be checked against it.
import * as zarr from "zarrita";
import type { ByteStore } from "../source/http-store.ts";
import type { PixelType, TypedArray } from "../source/image-source.ts";
import { PIXEL_ARRAYS } from "../source/pixels.ts";

export interface Position {
  x: number;
  y: number;
  z: number;
  c: number;
  t: number;
}

export interface ZarrRecipe {
  readonly version: "0.4" | "0.5";
  /** Any of x, y, z, c, t, outermost first. */
  readonly axes: readonly ("x" | "y" | "z" | "c" | "t")[];
  /** Shape of each level, in the order of `axes`. */
  readonly shapes: readonly (readonly number[])[];
  readonly chunks: readonly number[];
  /** Outer chunk in elements; makes the arrays sharded (0.5 only). */
  readonly shards?: readonly number[];
  readonly dtype?: PixelType;
  readonly codec?: "raw" | "gzip" | "zstd" | "blosc" | "zlib";
  readonly separator?: "." | "/";
  readonly fill?: number;
  /** Per level, per axis; by default the ratio of the shapes. */
  readonly scales?: readonly (readonly number[])[];
  readonly units?: Readonly<Record<string, string>>;
  readonly omero?: unknown;
  readonly name?: string;
  readonly consolidated?: boolean;
  /** Value of a pixel; by default `pixelValue`. */
  readonly value?: (position: Position, level: number) => number;
  /** Chunks left out of the file. */
  readonly skip?: (level: number, coords: readonly number[]) => boolean;
}

/** Differs between neighbours along every axis, and fits 16 bits. */
export function pixelValue({ x, y, z, c, t }: Position, level: number): number {
  return (x * 7 + y * 131 + z * 1009 + c * 4001 + t * 17 + level * 9001) % 65521;
}

export interface MemoryZarr {
  readonly files: Map<string, Uint8Array>;
  readonly store: ByteStore;
  /** Keys asked for, in order. */
  readonly asked: string[];
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const V2_TYPES: Record<PixelType, string> = {
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
  int8: "|i1",
  int16: "<i2",
  int32: "<i4",
  float32: "<f4",
  float64: "<f8",
};

export async function memoryZarr(recipe: ZarrRecipe): Promise<MemoryZarr> {
  const files = new Map<string, Uint8Array>();
  const dtype = recipe.dtype ?? "uint16";
  const metadata: Record<string, unknown> = {};
  for (const [level, shape] of recipe.shapes.entries()) {
    const document = arrayDocument(recipe, shape, dtype);
    metadata[String(level)] = document;
    if (recipe.version === "0.5") {
      if (!recipe.consolidated) files.set(`/${level}/zarr.json`, encode(document));
    } else {
      files.set(`/${level}/.zarray`, encode(document));
    }
    await writeChunks(files, recipe, level, shape, dtype);
  }
  const ome = omeAttributes(recipe);
  if (recipe.version === "0.5") {
    files.set(
      "/zarr.json",
      encode({
        zarr_format: 3,
        node_type: "group",
        attributes: { ome },
        ...(recipe.consolidated
          ? { consolidated_metadata: { kind: "inline", must_understand: false, metadata } }
          : {}),
      }),
    );
  } else {
    files.set("/.zgroup", encode({ zarr_format: 2 }));
    files.set("/.zattrs", encode(ome));
  }
  return { files, ...memoryStore(files) };
}

export function memoryStore(files: ReadonlyMap<string, Uint8Array>): { store: ByteStore; asked: string[] } {
  const asked: string[] = [];
  const store: ByteStore = {
    locate: (key) => `http://memory.test/image.zarr${key.startsWith("/") || key === "" ? key : `/${key}`}`,
    async get(key, options) {
      asked.push(key);
      await Promise.resolve();
      options?.signal?.throwIfAborted();
      const bytes = files.get(key);
      if (bytes) options?.onBytes?.();
      return bytes;
    },
    async getRange(key, range, options) {
      asked.push(`${key}#${"suffixLength" in range ? `-${range.suffixLength}` : range.offset}`);
      await Promise.resolve();
      options?.signal?.throwIfAborted();
      const bytes = files.get(key);
      if (!bytes) return undefined;
      options?.onBytes?.();
      return "suffixLength" in range
        ? bytes.slice(-range.suffixLength)
        : bytes.slice(range.offset, range.offset + range.length);
    },
  };
  return { store, asked };
}

function omeAttributes(recipe: ZarrRecipe): Record<string, unknown> {
  const type = { x: "space", y: "space", z: "space", c: "channel", t: "time" } as const;
  const full = recipe.shapes[0]!;
  return {
    version: recipe.version,
    ...(recipe.omero ? { omero: recipe.omero } : {}),
    multiscales: [
      {
        version: recipe.version,
        name: recipe.name ?? "",
        axes: recipe.axes.map((name) => ({
          name,
          type: type[name],
          ...(recipe.units?.[name] ? { unit: recipe.units[name] } : {}),
        })),
        datasets: recipe.shapes.map((shape, level) => ({
          path: String(level),
          coordinateTransformations: [
            { type: "scale", scale: recipe.scales?.[level] ?? shape.map((n, axis) => full[axis]! / n) },
          ],
        })),
      },
    ],
  };
}

function codecsOf(
  recipe: ZarrRecipe,
  bytes: number,
): { name: string; configuration: Record<string, unknown> }[] {
  const raw = { name: "bytes", configuration: { endian: "little" } };
  switch (recipe.codec ?? "raw") {
    case "gzip":
      return [raw, { name: "gzip", configuration: { level: 1 } }];
    case "zlib":
      return [raw, { name: "zlib", configuration: { level: 1 } }];
    case "zstd":
      return [raw, { name: "zstd", configuration: { level: 1, checksum: false } }];
    case "blosc": {
      const configuration = { cname: "zstd", clevel: 3, shuffle: "shuffle", typesize: bytes, blocksize: 0 };
      return [raw, { name: "blosc", configuration }];
    }
    default:
      return [raw];
  }
}

function arrayDocument(
  recipe: ZarrRecipe,
  shape: readonly number[],
  dtype: PixelType,
): Record<string, unknown> {
  const chunks = recipe.chunks;
  if (recipe.version === "0.4") {
    const compressors: Record<string, unknown> = {
      raw: null,
      gzip: { id: "gzip", level: 1 },
      zlib: { id: "zlib", level: 1 },
      zstd: { id: "zstd", level: 1 },
      blosc: { id: "blosc", cname: "lz4", clevel: 3, shuffle: 1, blocksize: 0 },
    };
    return {
      zarr_format: 2,
      shape,
      chunks,
      dtype: V2_TYPES[dtype],
      compressor: compressors[recipe.codec ?? "raw"],
      fill_value: recipe.fill ?? 0,
      order: "C",
      filters: null,
      dimension_separator: recipe.separator ?? "/",
    };
  }
  const inner = codecsOf(recipe, PIXEL_ARRAYS[dtype].BYTES_PER_ELEMENT);
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    dimension_names: recipe.axes,
    data_type: dtype,
    chunk_grid: { name: "regular", configuration: { chunk_shape: recipe.shards ?? chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: recipe.separator ?? "/" } },
    codecs: recipe.shards
      ? [
          {
            name: "sharding_indexed",
            configuration: {
              chunk_shape: chunks,
              codecs: inner,
              index_codecs: [{ name: "bytes", configuration: { endian: "little" } }],
              index_location: "end",
            },
          },
        ]
      : inner,
    fill_value: recipe.fill ?? 0,
    attributes: {},
  };
}

async function writeChunks(
  files: Map<string, Uint8Array>,
  recipe: ZarrRecipe,
  level: number,
  shape: readonly number[],
  dtype: PixelType,
): Promise<void> {
  const grid = shape.map((n, axis) => Math.ceil(n / recipe.chunks[axis]!));
  const shards = new Map<string, { coords: readonly number[]; bytes: Uint8Array }[]>();
  for (const coords of everyIndex(grid)) {
    if (recipe.skip?.(level, coords)) continue;
    const bytes = await encodeChunk(recipe, level, shape, dtype, coords);
    if (recipe.shards) {
      const perShard = recipe.shards.map((n, axis) => n / recipe.chunks[axis]!);
      const shard = coords.map((n, axis) => Math.floor(n / perShard[axis]!)).join("/");
      const inner = coords.map((n, axis) => n % perShard[axis]!);
      shards.set(shard, [...(shards.get(shard) ?? []), { coords: inner, bytes }]);
    } else {
      files.set(`/${level}/${chunkKey(recipe, coords)}`, bytes);
    }
  }
  for (const [shard, chunks] of shards) {
    const perShard = recipe.shards!.map((n, axis) => n / recipe.chunks[axis]!);
    files.set(`/${level}/c/${shard}`, shardOf(perShard, chunks));
  }
}

function chunkKey(recipe: ZarrRecipe, coords: readonly number[]): string {
  const separator = recipe.separator ?? "/";
  return recipe.version === "0.5" ? ["c", ...coords].join(separator) : coords.join(separator);
}

/** Chunks one after the other, then (offset, length) of each, both 64 bit. */
function shardOf(
  grid: readonly number[],
  chunks: readonly { coords: readonly number[]; bytes: Uint8Array }[],
) {
  const count = grid.reduce((product, n) => product * n, 1);
  const index = new BigUint64Array(count * 2).fill(2n ** 64n - 1n);
  const size = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const shard = new Uint8Array(size + index.byteLength);
  let at = 0;
  for (const { coords, bytes } of chunks) {
    const linear = coords.reduce((sum, n, axis) => sum * grid[axis]! + n, 0);
    index[2 * linear] = BigInt(at);
    index[2 * linear + 1] = BigInt(bytes.length);
    shard.set(bytes, at);
    at += bytes.length;
  }
  shard.set(new Uint8Array(index.buffer), at);
  return shard;
}

function* everyIndex(grid: readonly number[]): Generator<number[]> {
  const total = grid.reduce((product, n) => product * n, 1);
  for (let i = 0; i < total; i++) {
    let rest = i;
    const index = grid.map(() => 0);
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      index[axis] = rest % grid[axis]!;
      rest = Math.floor(rest / grid[axis]!);
    }
    yield index;
  }
}

async function encodeChunk(
  recipe: ZarrRecipe,
  level: number,
  shape: readonly number[],
  dtype: PixelType,
  coords: readonly number[],
): Promise<Uint8Array> {
  const value = recipe.value ?? pixelValue;
  const { chunks, axes } = recipe;
  const length = chunks.reduce((product, n) => product * n, 1);
  const data: TypedArray = new PIXEL_ARRAYS[dtype](length);
  const position: Position = { x: 0, y: 0, z: 0, c: 0, t: 0 };
  const within = chunks.map(() => 0);
  const start = coords.map((n, axis) => n * chunks[axis]!);
  for (let i = 0; i < length; i++) {
    let inside = true;
    for (let axis = 0; axis < axes.length; axis++) {
      const at = start[axis]! + within[axis]!;
      position[axes[axis]!] = at;
      if (at >= shape[axis]!) inside = false;
    }
    if (inside) data[i] = value(position, level);
    for (let axis = axes.length - 1; axis >= 0 && ++within[axis]! === chunks[axis]; axis--) within[axis] = 0;
  }
  return compress(new Uint8Array(data.buffer), recipe, data.BYTES_PER_ELEMENT);
}

/** Encodes by zarrita's own codecs: the independent fixtures are those written by other software. */
async function compress(bytes: Uint8Array, recipe: ZarrRecipe, typesize: number): Promise<Uint8Array> {
  const codec = recipe.codec ?? "raw";
  if (codec === "raw") return bytes;
  if (codec === "gzip" || codec === "zlib") {
    const format = codec === "gzip" ? "gzip" : "deflate";
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new CompressionStream(format));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const Codec = await zarr.registry.get(codec)!();
  const configuration =
    codec === "blosc"
      ? { cname: "lz4", clevel: 3, shuffle: 1, blocksize: 0, typesize }
      : { level: 1, checksum: false };
  const instance = Codec.fromConfig(configuration, {} as never) as unknown as {
    encode(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array;
  };
  return (await instance.encode(bytes)).slice();
}
