import { unshuffle } from "./unshuffle.ts";

const HEADER_BYTES = 16;
const FLAG = { shuffle: 0x01, memcpyed: 0x02, bitshuffle: 0x04, notSplit: 0x10 } as const;
const ZSTD = 4;
/** As in c-blosc: blocks are split by byte of the element unless that gives tiny pieces. */
const MOST_SPLITS = 16;
const SMALLEST_SPLIT = 128;
/** Blosc makes none smaller; a chunk of tinier ones would be there to cost time. */
const SMALLEST_BLOCK = 128;

interface Header {
  readonly flags: number;
  readonly typeSize: number;
  readonly size: number;
  readonly blockSize: number;
}

function headerOf(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  return {
    flags: bytes[2]!,
    typeSize: bytes[3]!,
    size: view.getUint32(4, true),
    blockSize: view.getUint32(8, true),
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Whether `decodeBloscZstd` reads a chunk: packed with zstd, its bytes shuffled
 * or left as they are. That is what most OME-Zarr images hold.
 */
export function isBloscZstd(bytes: Uint8Array): boolean {
  const { flags, typeSize, blockSize, size } = headerOf(bytes);
  return (
    flags >> 5 === ZSTD &&
    (flags & (FLAG.memcpyed | FLAG.bitshuffle)) === 0 &&
    typeSize > 0 &&
    blockSize > 0 &&
    size > 0
  );
}

/**
 * Decodes a blosc 1 chunk whose length and declared size were checked. Reads
 * nothing outside it.
 * @param zstd decodes a frame of a known size, or throws
 * @throws Error
 */
export function decodeBloscZstd(
  bytes: Uint8Array,
  zstd: (packed: Uint8Array, size: number) => Uint8Array,
): Uint8Array {
  const { flags, typeSize, size, blockSize } = headerOf(bytes);
  const view = viewOf(bytes);
  const blocks = Math.ceil(size / blockSize);
  if (blocks > 1 && blockSize < SMALLEST_BLOCK) throw new Error(`blosc blocks of ${blockSize} bytes`);
  if (HEADER_BYTES + 4 * blocks > bytes.length) throw new Error(`no room for ${blocks} blosc blocks`);
  const whole = new Uint8Array(size);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const length = Math.min(blockSize, size - start);
    const split =
      (flags & FLAG.notSplit) === 0 &&
      length === blockSize &&
      typeSize <= MOST_SPLITS &&
      blockSize / typeSize >= SMALLEST_SPLIT;
    const pieces: Uint8Array[] = [];
    const each = split ? Math.floor(blockSize / typeSize) : length;
    let at = view.getUint32(HEADER_BYTES + 4 * block, true);
    for (let i = 0; i < (split ? typeSize : 1); i++) {
      if (at + 4 > bytes.length) throw new Error("a blosc block outside its chunk");
      const packed = view.getUint32(at, true);
      at += 4;
      if (at + packed > bytes.length) throw new Error("a blosc block that is cut short");
      const piece = bytes.subarray(at, at + packed);
      pieces.push(packed === each ? piece : zstd(piece, each));
      at += packed;
    }
    if ((flags & FLAG.shuffle) !== 0 && typeSize > 1) unshuffle(pieces, typeSize, whole, start, length);
    else pieces.forEach((piece, i) => void whole.set(piece, start + i * each));
  }
  return whole;
}
