import { registry } from "zarrita";
import { checkZstdBlocks } from "../zstd-blocks.ts";
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

/** Frame header of RFC 8878, as far as the declared content size. */
function checkZstd(bytes: Uint8Array): void {
  if (bytes.length < 9 || u32(bytes, 0) !== 0xfd2fb528) throw new Error("no zstd frame");
  const descriptor = bytes[4]!;
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  if (sizeBytes === 4) refuse(u32(bytes, at));
  if (sizeBytes === 8) refuse(u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32);
  // A frame need not declare its size.
  checkZstdBlocks(bytes, MOST_DECODED);
}

/** Unpacks piece by piece, and stops where no chunk can be that large. */
async function inflate(bytes: Uint8Array, format: "gzip" | "deflate"): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(format));
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
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

function guarded(
  load: () => Promise<CodecEntry>,
  check: (bytes: Uint8Array) => void,
): () => Promise<CodecEntry> {
  return async () => {
    const Codec = await load();
    return {
      kind: "bytes_to_bytes",
      fromConfig(config, meta) {
        const codec = Codec.fromConfig(config, meta) as unknown as BytesCodec;
        return {
          kind: "bytes_to_bytes",
          encode: (bytes: Uint8Array) => codec.encode(bytes),
          decode(bytes: Uint8Array) {
            check(bytes);
            return codec.decode(bytes);
          },
        } as unknown as ReturnType<CodecEntry["fromConfig"]>;
      },
    };
  };
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
  const guard = (name: string, check: (bytes: Uint8Array) => void) => {
    for (const key of [name, `numcodecs.${name}`]) {
      const load = registry.get(key);
      if (load) registry.set(key, guarded(load, check));
    }
  };
  guard("blosc", checkBlosc);
  guard("lz4", checkLz4);
  guard("zstd", checkZstd);
  for (const prefix of ["", "numcodecs."]) {
    registry.set(`${prefix}gzip`, inflating("gzip"));
    registry.set(`${prefix}zlib`, inflating("deflate"));
  }
}
