import type { PixelType, TypedArray } from "../image-source.ts";
import type { DecodeImage } from "../pictures/decoder.ts";
import { createPixels } from "../pixels.ts";
import { decodeJpegFast } from "./jpeg.ts";
import { COMPRESSION, PHOTOMETRIC, type TiffPage } from "./page.ts";
import { unpack } from "./unpack.ts";

/** One tile or strip: `samples` values per pixel, interleaved, `width * rows` pixels row by row. */
export interface DecodedBlock {
  readonly data: TypedArray;
  readonly samples: number;
  readonly width: number;
  readonly rows: number;
}

/** Bytes of a block's rows, unpacked. */
export function unpackedBytes(page: TiffPage, rows: number): number {
  return rows * Math.ceil((page.blockWidth * page.blockSamples * page.bits) / 8);
}

/**
 * Unpacks and converts a tile or strip into what is served.
 * @throws anything at damaged bytes; the caller makes it a SourceError
 */
export async function decodeBlock(
  packed: Uint8Array,
  page: TiffPage,
  rows: number,
  littleEndian: boolean,
  decodeImage: DecodeImage | null,
): Promise<DecodedBlock> {
  if (
    page.compression === COMPRESSION.jpeg &&
    decodeImage &&
    page.blockSamples !== 4 &&
    page.blockSamples !== 2
  ) {
    const data = await decodeJpegFast(packed, page, rows, decodeImage);
    if (page.photometric === PHOTOMETRIC.whiteIsZero) invert(data, page.dtype, page.bits);
    return { data, samples: page.blockSamples, width: page.blockWidth, rows };
  }
  const length = unpackedBytes(page, rows);
  let bytes = await unpack(packed, page, rows, length);
  if (bytes.length !== length) throw new Error(`${bytes.length} bytes instead of ${length}`);
  const { blockWidth, blockSamples, bits } = page;
  const step = bits / 8;
  // What was not unpacked lies in a buffer of others, or where 16 and 32 bits cannot be read from.
  if (bytes.buffer.byteLength !== length) bytes = bytes.slice();
  const jpeg = page.compression === COMPRESSION.jpeg;
  if (!jpeg) {
    // The floating-point predictor orders bytes by significance itself.
    if (step > 1 && !littleEndian && page.predictor !== 3) swapBytes(bytes, step);
    if (page.predictor === 2) undoDifferences(bytes, blockWidth * blockSamples, blockSamples, step);
    if (page.predictor === 3) undoFloats(bytes, blockWidth * blockSamples, blockSamples, step);
  }
  const count = blockWidth * rows * blockSamples;
  const values = bits < 8 ? unpackBits(bytes, blockWidth * blockSamples, rows, bits) : typed(bytes, page);
  const block = { data: values, samples: blockSamples, width: blockWidth, rows };
  if (values.length !== count) throw new Error(`${values.length} values instead of ${count}`);
  switch (page.photometric) {
    case PHOTOMETRIC.whiteIsZero:
      if (page.format !== 3) invert(values, page.dtype, bits);
      return block;
    case PHOTOMETRIC.palette:
      return page.palette ? { ...block, data: applyPalette(values, page.palette), samples: 3 } : block;
    default:
      return block;
  }
}

function typed(bytes: Uint8Array, page: TiffPage): TypedArray {
  if (page.format === 3 && page.bits === 16) {
    const halves = new Uint16Array(bytes.buffer);
    const values = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) values[i] = fromHalf(halves[i]!);
    return values;
  }
  const Pixels = createPixels(page.dtype, 0).constructor as new (buffer: ArrayBufferLike) => TypedArray;
  return new Pixels(bytes.buffer);
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function swapBytes(bytes: Uint8Array, step: number): void {
  for (let at = 0; at < bytes.length; at += step) {
    for (let low = at, high = at + step - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}

/** Predictor 2: every sample but the first of a row is the difference to its left neighbour. */
function undoDifferences(bytes: Uint8Array, rowValues: number, samples: number, step: number): void {
  const Row = step === 1 ? Uint8Array : step === 2 ? Uint16Array : Uint32Array;
  const values = new Row(bytes.buffer as ArrayBuffer);
  for (let row = 0; row < values.length; row += rowValues) {
    for (let i = row + samples; i < row + rowValues; i++) values[i] = values[i]! + values[i - samples]!;
  }
}

/** Predictor 3 (Adobe TIFF technical note 3): bytes apart by significance, then differences of bytes. */
function undoFloats(bytes: Uint8Array, rowValues: number, samples: number, step: number): void {
  const rowBytes = rowValues * step;
  const row = new Uint8Array(rowBytes);
  for (let at = 0; at < bytes.length; at += rowBytes) {
    row.set(bytes.subarray(at, at + rowBytes));
    for (let i = samples; i < rowBytes; i++) row[i] = row[i]! + row[i - samples]!;
    for (let value = 0; value < rowValues; value++) {
      for (let byte = 0; byte < step; byte++) {
        bytes[at + value * step + byte] = row[(step - 1 - byte) * rowValues + value]!;
      }
    }
  }
}

/** One, two or four bits per value, from the high bit; rows begin on whole bytes. */
function unpackBits(bytes: Uint8Array, rowValues: number, rows: number, bits: number): Uint8Array {
  const values = new Uint8Array(rowValues * rows);
  const rowBytes = Math.ceil((rowValues * bits) / 8);
  const mask = (1 << bits) - 1;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < rowValues; i++) {
      const bit = i * bits;
      const byte = bytes[row * rowBytes + (bit >> 3)]!;
      values[row * rowValues + i] = (byte >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return values;
}

function invert(values: TypedArray, dtype: PixelType, bits: number): void {
  const most = dtype.startsWith("u") ? 2 ** bits - 1 : -1;
  for (let i = 0; i < values.length; i++) values[i] = most - values[i]!;
}

function applyPalette(values: TypedArray, palette: readonly number[]): Uint8Array {
  const size = Math.floor(palette.length / 3);
  const rgb = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = palette[c * size + values[i]!]! >> 8;
  }
  return rgb;
}
