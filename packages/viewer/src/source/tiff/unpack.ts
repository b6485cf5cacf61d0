import { decodeJpeg } from "./jpeg.ts";
import { decodeLzw } from "./lzw.ts";
import { COMPRESSION, type TiffPage } from "./page.ts";
import { decodeZstd } from "./zstd.ts";

/**
 * Takes a tile's or strip's packing off. What is written is bounded by
 * `length`, whatever the packed bytes say of themselves.
 * @returns possibly fewer bytes than asked for
 */
export async function unpack(
  packed: Uint8Array,
  page: TiffPage,
  rows: number,
  length: number,
): Promise<Uint8Array> {
  switch (page.compression) {
    case COMPRESSION.none:
      return packed.subarray(0, length);
    case COMPRESSION.lzw:
      return decodeLzw(packed, length);
    case COMPRESSION.packBits:
      return decodePackBits(packed, length);
    case COMPRESSION.jpeg:
      return decodeJpeg(packed, page, rows, length);
    case COMPRESSION.zstd:
      return decodeZstd(packed, length);
    default:
      return inflate(packed, length);
  }
}

async function inflate(packed: Uint8Array, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // What goes wrong is told to the reader.
  writer.write(packed as Uint8Array<ArrayBuffer>).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  let written = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part = next.value.subarray(0, length - written);
    out.set(part, written);
    written += part.length;
    if (written === length) {
      // What follows, padding or a bomb, is of no interest.
      reader.cancel().catch(() => {});
      break;
    }
  }
  return out.subarray(0, written);
}

function decodePackBits(packed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let written = 0;
  for (let at = 0; at < packed.length && written < length; ) {
    const code = (packed[at++]! << 24) >> 24;
    if (code >= 0) {
      const part = packed.subarray(at, at + Math.min(code + 1, length - written));
      out.set(part, written);
      written += part.length;
      at += code + 1;
    } else if (code !== -128) {
      const end = Math.min(length, written + 1 - code);
      out.fill(packed[at++] ?? 0, written, end);
      written = end;
    }
  }
  return out.subarray(0, written);
}
