import * as zarr from "zarrita";
import { abortedError, isAbort, SourceError } from "../../errors.ts";
import { ByteCache } from "../byte-cache.ts";
import { type ByteStore, tooLarge } from "../http-store.ts";
import type { PixelType, TypedArray } from "../image-source.ts";
import { SharedRequests } from "../shared-requests.ts";
import { guardCodecs } from "./codecs.ts";
import { MAX_CHUNK_BYTES } from "./limits.ts";
import { type OmeZarrManifest, readArrayDocument } from "./manifest.ts";
import type { ArrayDocument } from "./metadata.ts";
import { sameArray } from "./middle-levels.ts";

/** A decoded chunk, or null where the file holds none. Strides are in elements. */
export interface DecodedChunk {
  readonly data: TypedArray;
  readonly stride: readonly number[];
}

/** One resolution level's array. */
export interface LevelArray {
  readonly shape: readonly number[];
  /** Shape of what is decoded at once: the inner chunk of a shard. */
  readonly chunkShape: readonly number[];
  readonly dtype: PixelType;
  readonly fill: number;
  /** @param keep whether the chunk will be asked for again soon (it serves several tiles) */
  chunk(
    coords: readonly number[],
    keep: boolean,
    signal: AbortSignal | undefined,
  ): Promise<DecodedChunk | null>;
  /**
   * Where the array's metadata was assumed: the array as it really is, read now; this very one where the
   * assumption holds. Absent where the metadata was read.
   * @throws SourceError
   */
  readonly real?: () => Promise<LevelArray>;
}

const CHUNK_CACHE_BYTES = 96 * 2 ** 20;

/** 64-bit integers, half floats and booleans become the nearest type that a shader can take. */
const READ_AS: Readonly<Record<string, PixelType>> = {
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  float32: "float32",
  float64: "float64",
  int64: "float64",
  uint64: "float64",
  float16: "float32",
  bool: "uint8",
};

const BYTES: Readonly<Record<string, number>> = {
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
};

/** Whether shards of an array begin with their index, instead of ending with it. */
function hasIndexFirst({ codecs }: ArrayDocument): boolean {
  return (Array.isArray(codecs) ? codecs : []).some(
    (codec: { configuration?: { index_location?: unknown } } | null) =>
      codec?.configuration?.index_location === "start",
  );
}

/** Serves an array's metadata that is known already, so that zarrita asks for none of it again. */
function withKnownMetadata(
  store: ByteStore,
  folder: string,
  file: string,
  document: ArrayDocument,
): zarr.AsyncReadable {
  const known = new TextEncoder().encode(JSON.stringify(document));
  const indexFirst = hasIndexFirst(document);
  return {
    get: (key, options) => (key === `${folder}/${file}` ? Promise.resolve(known) : store.get(key, options)),
    getRange: (key, range, options) => {
      // A shard's index serves all its chunks: it must not die with the first caller.
      if ("suffixLength" in range) {
        // zarrita knows of indexes at the end only.
        return store.getRange(key, indexFirst ? { offset: 0, length: range.suffixLength } : range);
      }
      return store.getRange(key, range, options);
    },
  };
}

function invalid(url: string, cause: unknown): SourceError {
  const got = cause instanceof Error ? cause.message : String(cause);
  if (zarr.isZarritaError(cause, "UnknownCodecError", "UnsupportedError")) {
    return new SourceError(
      "unsupported",
      {
        url,
        expected: "a codec that can be read here (blosc, zstd, gzip, zlib, lz4, raw)",
        got,
        next: "Write the image again with blosc, zstd or gzip.",
      },
      { cause },
    );
  }
  return new SourceError(
    "malformed",
    {
      url,
      expected: "valid Zarr array metadata",
      got,
      next: "The image's metadata is damaged: write it again or ask whoever made it.",
    },
    { cause },
  );
}

/**
 * Opens the arrays that a manifest describes, without any request.
 * @throws SourceError "too-large" | "unsupported" | "malformed"
 */
export async function openLevelArrays(
  store: ByteStore,
  manifest: OmeZarrManifest,
  onDecode?: () => void,
): Promise<LevelArray[]> {
  guardCodecs();
  const { multiscale, group, zarrFormat } = manifest;
  const cache = new ByteCache<DecodedChunk | null>(CHUNK_CACHE_BYTES);
  const shared = new SharedRequests<DecodedChunk | null>();
  const asLabels = multiscale.label !== null;

  async function open(level: number, document: ArrayDocument, cacheName: string): Promise<LevelArray> {
    const key = [group, multiscale.datasets[level]!.path].filter((part) => part !== "").join("/");
    const url = store.locate(key);
    const file = zarrFormat === 3 ? "zarr.json" : ".zarray";
    const location = zarr.root(withKnownMetadata(store, `/${key}`, file, document)).resolve(key);
    try {
      const array =
        zarrFormat === 3 ? await zarr.open.v3(location, { kind: "array" }) : await openV2(location);
      return levelArray(array, { cacheName, url, cache, shared, onDecode, asLabels });
    } catch (cause) {
      throw cause instanceof SourceError ? cause : invalid(url, cause);
    }
  }

  async function openAssumed(level: number, document: ArrayDocument): Promise<LevelArray> {
    const array = await open(level, document, `${level}`);
    let real: Promise<LevelArray> | null = null;
    const look = async () => {
      const stored = await readArrayDocument(store, manifest, level, undefined);
      return sameArray(stored, document) ? assumed : open(level, stored, `${level}'`);
    };
    const assumed: LevelArray = {
      ...array,
      real: () => {
        real ??= look().catch((error) => {
          real = null;
          throw error;
        });
        return real;
      },
    };
    return assumed;
  }

  const isMiddle = (level: number) => level > 0 && level < multiscale.datasets.length - 1;
  return Promise.all(
    manifest.arrays.map((document, level) =>
      manifest.assumed && isMiddle(level) ? openAssumed(level, document) : open(level, document, `${level}`),
    ),
  );
}

async function openV2(location: zarr.Location<zarr.AsyncReadable>) {
  return (await zarr.open.v2(location, { kind: "array", attrs: false })) as zarr.Array<
    zarr.DataType,
    zarr.AsyncReadable
  >;
}

interface LevelContext {
  /** Tells the array's chunks from others in the cache. */
  readonly cacheName: string;
  readonly url: string;
  readonly cache: ByteCache<DecodedChunk | null>;
  readonly shared: SharedRequests<DecodedChunk | null>;
  readonly onDecode: (() => void) | undefined;
  readonly asLabels: boolean;
}

function levelArray(
  array: zarr.Array<zarr.DataType, zarr.AsyncReadable>,
  { cacheName, url, cache, shared, onDecode, asLabels }: LevelContext,
): LevelArray {
  const stored = String(array.dtype);
  // Labels must stay integers; nobody has more than 2^32 of them.
  const dtype = asLabels && /^u?int64$/.test(stored) ? "uint32" : READ_AS[stored];
  if (!dtype) {
    throw new SourceError("unsupported", {
      url,
      expected: "integer or floating-point pixels",
      got: `data type ${stored}`,
      next: "Convert the image to 8 or 16 bit integers, or 32 bit floats.",
    });
  }
  const elements = array.chunks.reduce((product, n) => product * n, 1);
  const bytes = elements * (BYTES[stored] ?? 8);
  if (!(bytes <= MAX_CHUNK_BYTES)) throw tooLarge(url, bytes, MAX_CHUNK_BYTES);
  if (array.shape.some((n) => !Number.isSafeInteger(n) || n < 1) || elements < 1) {
    throw invalid(url, new Error(`shape ${array.shape.join(" × ")}, chunks ${array.chunks.join(" × ")}`));
  }
  const fill = Number(array.fillValue ?? 0);

  async function read(coords: readonly number[], signal: AbortSignal): Promise<DecodedChunk | null> {
    let present = false;
    const options = {
      signal,
      onBytes: () => {
        present = true;
      },
    };
    try {
      const chunk = await array.getChunk([...coords], options);
      if (signal.aborted) throw abortedError(url);
      if (!present) return null;
      onDecode?.();
      const data = toNumbers(chunk.data, dtype as PixelType);
      if (data.length !== elements) {
        throw new Error(`${data.length} pixels instead of ${elements}`);
      }
      return { data, stride: chunk.stride };
    } catch (cause) {
      if (isAbort(cause) || signal.aborted) throw abortedError(url);
      if (cause instanceof SourceError) throw cause;
      const error = invalid(`${url} chunk ${coords.join("/")}`, cause);
      throw error.code === "unsupported" ? error : damaged(`${url} chunk ${coords.join("/")}`, cause);
    }
  }

  return {
    shape: array.shape,
    chunkShape: array.chunks,
    dtype,
    fill: Number.isFinite(fill) ? fill : 0,
    async chunk(coords, keep, signal) {
      const key = `${cacheName}:${coords.join("/")}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const chunk = await shared.get(key, signal, (own) => read(coords, own));
      if (keep) cache.set(key, chunk, 200 + (chunk?.data.byteLength ?? 0));
      return chunk;
    },
  };
}

function damaged(url: string, cause: unknown): SourceError {
  const detail = cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : "";
  return new SourceError(
    "malformed",
    {
      url,
      expected: "a whole chunk",
      got: `one that cannot be decoded${detail ? ` (${detail})` : ""}`,
      next: "The chunk is damaged or cut short: copy or write the image again. The rest stays usable.",
    },
    { cause },
  );
}

function toNumbers(data: unknown, dtype: PixelType): TypedArray {
  if (data instanceof zarr.BoolArray) return Uint8Array.from(data, Number);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    if (dtype === "uint32")
      return Uint32Array.from(data as ArrayLike<bigint>, (value) => Number(value & 0xffff_ffffn));
    return Float64Array.from(data, Number);
  }
  if (dtype === "float32" && !(data instanceof Float32Array)) {
    return Float32Array.from(data as ArrayLike<number>);
  }
  return data as TypedArray;
}
