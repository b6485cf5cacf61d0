/** What the first bytes of a picture say of it. */
export interface PictureHeader {
  readonly mime: string;
  readonly width: number;
  readonly height: number;
  /** Bits per sample, as stored. */
  readonly bits: number;
}

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** MIME type by signature; null for anything that browsers do not show. */
export function pictureType(head: Uint8Array): string | null {
  if (head[0] === 0x89 && ascii(head, 1, 3) === "PNG") return "image/png";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "image/jpeg";
  if (ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 4) === "WEBP") return "image/webp";
  if (/^GIF8[79]a$/.test(ascii(head, 0, 6))) return "image/gif";
  return null;
}

/** Size and type of a picture, without decoding it. Null when the bytes do not reach that far, or are damaged. */
export function readPictureHeader(bytes: Uint8Array): PictureHeader | null {
  const mime = pictureType(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (mime) {
    case "image/png":
      if (bytes.length < 26) return null;
      return { mime, width: view.getUint32(16), height: view.getUint32(20), bits: bytes[24]! };
    case "image/gif":
      if (bytes.length < 10) return null;
      return { mime, width: view.getUint16(6, true), height: view.getUint16(8, true), bits: 8 };
    case "image/jpeg":
      return jpegHeader(bytes, view);
    case "image/webp":
      return webpHeader(bytes, view);
    default:
      return null;
  }
}

function jpegHeader(bytes: Uint8Array, view: DataView): PictureHeader | null {
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return { mime: "image/jpeg", width, height, bits: bytes[at + 4]! };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpHeader(bytes: Uint8Array, view: DataView): PictureHeader | null {
  if (bytes.length < 30) return null;
  const mime = "image/webp";
  const u24 = (at: number) => view.getUint16(at, true) | (bytes[at + 2]! << 16);
  switch (ascii(bytes, 12, 4)) {
    case "VP8X":
      return { mime, width: u24(24) + 1, height: u24(27) + 1, bits: 8 };
    case "VP8L": {
      const packed = view.getUint32(21, true);
      return { mime, width: (packed & 0x3fff) + 1, height: ((packed >> 14) & 0x3fff) + 1, bits: 8 };
    }
    case "VP8 ":
      return {
        mime,
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
        bits: 8,
      };
    default:
      return null;
  }
}

/**
 * A JPEG without its Exif segment, so that every decoder shows the pixels as
 * they are stored: an orientation applied by one and not by another would
 * move everybody's annotations.
 */
export function withoutExif(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [bytes.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xda || marker === 0xff || marker < 0xc0) break;
    const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (!(marker === 0xe1 && ascii(bytes, at + 4, 4) === "Exif")) pieces.push(bytes.subarray(at, end));
    at = end;
  }
  pieces.push(bytes.subarray(at));
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let to = 0;
  for (const piece of pieces) {
    whole.set(piece, to);
    to += piece.length;
  }
  return whole;
}
