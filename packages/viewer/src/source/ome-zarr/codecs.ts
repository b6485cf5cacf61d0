import { registry } from "zarrita";
import { loadZstd } from "../zstd.ts";
import { checkZstdBlocks } from "../zstd-blocks.ts";
import { decodeBloscZstd, isBloscZstd } from "./blosc.ts";
import { MAX_CHUNK_BYTES } from "./limits.ts";

type CodecEntry = Awaited<ReturnType<NonNullable<ReturnType<typeof registry.get>>>>;

/** Room for a checksum or filter bytes around 64 MiB of pixels. */
const MOST_DECODED = MAX_CHUNK_BYTES + 2 ** 16;

const u32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

function refuse(size: number): void {
  if (size > MOST_DECODED) throw new Error(`it says that it holds ${size} bytes`);
}

/** Blosc's decoder trusts its header: it reads past the end of a cut chunk and allocates whatever is declared. */
function checkBlosc(bytes: Uint8Array): void {
  if (bytes.length < 16) throw new Error(`${bytes.length} bytes are too few for a blosc header`);
  const compressed = u32(bytes, 12);
  if (compressed !== bytes.length) throw new Error(`${bytes.length} bytes instead of ${compressed}`);
  refuse(u32(bytes, 4));
}

function checkLz4(bytes: Uint8Array): void {
  if (bytes.length < 4) throw new Error(`${bytes.length} bytes are too few for an lz4 header`);
  refuse(u32(bytes, 0));
}

/**
 * Frame header of RFC 8878, as far as the declared content size.
 * @returns that size, null where the frame does not state it
 */
function checkZstd(bytes: Uint8Array): number | null {
  if (bytes.length < 9 || u32(bytes, 0) !== 0xfd2fb528) throw new Error("no zstd frame");
  const descriptor = bytes[4]!;
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  if (at + sizeBytes > bytes.length) throw new Error("a zstd frame that is cut short");
  const size =
    sizeBytes === 0
      ? null
      : sizeBytes === 1
        ? bytes[at]!
        : sizeBytes === 2
          ? (bytes[at]! | (bytes[at + 1]! << 8)) + 256
          : u32(bytes, at) + (sizeBytes === 8 ? u32(bytes, at + 4) * 2 ** 32 : 0);
  if (size !== null) refuse(size);
  // A frame need not declare its size.
  checkZstdBlocks(bytes, MOST_DECODED);
  return size;
}

type Unpack = (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, unpacked: Uint8Array) => void,
) => void;
type UnpackSync = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** The part of `node:zlib` that is used: the page is checked without Node's types. */
interface NodeZlib {
  readonly gunzip: Unpack;
  readonly gunzipSync: UnpackSync;
  readonly inflate: Unpack;
  readonly inflateSync: UnpackSync;
}

/** Node's own, which are faster than its streams; a page has none. */
const zlib = (
  globalThis as { process?: { getBuiltinModule?(name: string): NodeZlib | undefined } }
).process?.getBuiltinModule?.("node:zlib");

/** Below this, handing over to another thread takes longer than the work. */
const SOON_BYTES = 2 ** 20;

async function inflateInNode(
  { gunzip, gunzipSync, inflate: unzlib, inflateSync }: NodeZlib,
  bytes: Uint8Array,
  format: "gzip" | "deflate",
): Promise<Uint8Array> {
  const options = { maxOutputLength: MOST_DECODED };
  const [soon, later] = format === "gzip" ? [gunzipSync, gunzip] : [inflateSync, unzlib];
  try {
    if (bytes.length < SOON_BYTES) return soon(bytes, options);
    return await new Promise((resolve, reject) => {
      later(bytes, options, (error, unpacked) => (error ? reject(error) : resolve(unpacked)));
    });
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE") throw cause;
    throw new Error(`it holds more than ${MOST_DECODED} bytes`, { cause });
  }
}

/** Unpacks piece by piece, and stops where no chunk can be that large. */
async function inflate(bytes: Uint8Array, format: "gzip" | "deflate"): Promise<Uint8Array> {
  if (zlib) return inflateInNode(zlib, bytes, format);
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  // Not from a Blob: its own stream takes as long again. What goes wrong is told to the reader.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(() => {});
  writer.close().catch(() => {});
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > MOST_DECODED) {
      await reader.cancel();
      refuse(size);
    }
    pieces.push(next.value);
  }
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

interface BytesCodec {
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Zarrita's decoder behind a check, loaded only for what `quick` does not take. */
function guarded(
  load: () => Promise<CodecEntry>,
  check: (bytes: Uint8Array) => void,
  quick: (bytes: Uint8Array) => Promise<Uint8Array> | null = () => null,
): () => Promise<CodecEntry> {
  return async () => ({
    kind: "bytes_to_bytes",
    fromConfig(config, meta) {
      let loading: Promise<BytesCodec> | null = null;
      const codec = () => {
        loading ??= load().then((Codec) => Codec.fromConfig(config, meta) as unknown as BytesCodec);
        return loading;
      };
      return {
        kind: "bytes_to_bytes",
        encode: async (bytes: Uint8Array) => (await codec()).encode(bytes),
        async decode(bytes: Uint8Array) {
          check(bytes);
          return quick(bytes) ?? (await codec()).decode(bytes);
        },
      } as unknown as ReturnType<CodecEntry["fromConfig"]>;
    },
  });
}

const quickBlosc = (bytes: Uint8Array) =>
  isBloscZstd(bytes) ? loadZstd().then((zstd) => decodeBloscZstd(bytes, zstd)) : null;

function quickZstd(bytes: Uint8Array): Promise<Uint8Array> | null {
  const size = checkZstd(bytes);
  return size === null ? null : loadZstd().then((zstd) => zstd(bytes, size));
}

function inflating(format: "gzip" | "deflate"): () => Promise<CodecEntry> {
  const codec = { kind: "bytes_to_bytes", decode: (bytes: Uint8Array) => inflate(bytes, format) };
  return async () => ({
    kind: "bytes_to_bytes",
    fromConfig: () => codec as unknown as ReturnType<CodecEntry["fromConfig"]>,
  });
}

let installed = false;

/** Chunks come from strangers: puts checks before zarrita's decoders, once. */
export function guardCodecs(): void {
  if (installed) return;
  installed = true;
  const guard = (name: string, ...how: [check: (bytes: Uint8Array) => void, quick?: typeof quickBlosc]) => {
    for (const key of [name, `numcodecs.${name}`]) {
      const load = registry.get(key);
      if (load) registry.set(key, guarded(load, ...how));
    }
  };
  guard("blosc", checkBlosc, quickBlosc);
  guard("lz4", checkLz4);
  guard("zstd", checkZstd, quickZstd);
  for (const prefix of ["", "numcodecs."]) {
    registry.set(`${prefix}gzip`, inflating("gzip"));
    registry.set(`${prefix}zlib`, inflating("deflate"));
  }
}
