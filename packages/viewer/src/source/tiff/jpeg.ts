import type { TiffPage } from "./page.ts";

const START_OF_FRAME = new Set([0xc0, 0xc1, 0xc2]);
const MAX_SCANS = 64;

/**
 * Looks at a JPEG's markers before the decoder allocates what they declare.
 * @throws Error when the picture is not the tile that the TIFF says it is
 */
function checkMarkers(bytes: Uint8Array, page: TiffPage, rows: number): void {
  let at = 2;
  let scans = 0;
  let frame = false;
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("no JPEG");
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) {
      // Entropy-coded bytes: the next marker is a 0xff that no 0 or restart follows.
      at++;
      continue;
    }
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    if (marker === 0xd9) break;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 2) throw new Error("a JPEG segment without a length");
    if (marker === 0xda && ++scans > MAX_SCANS) throw new Error(`more than ${MAX_SCANS} JPEG scans`);
    if (marker === 0xdc) throw new Error("a JPEG that states its height late");
    if (START_OF_FRAME.has(marker)) {
      if (frame) throw new Error("a JPEG of several frames");
      frame = true;
      checkFrame(bytes.subarray(at + 4, at + 2 + length), page, rows);
    } else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      throw new Error("a lossless, arithmetic or hierarchical JPEG");
    }
    at += 2 + length;
  }
  if (!frame || scans === 0) throw new Error("a JPEG without a picture");
}

function checkFrame(frame: Uint8Array, page: TiffPage, rows: number): void {
  const height = (frame[1]! << 8) | frame[2]!;
  const width = (frame[3]! << 8) | frame[4]!;
  const components = frame[5]!;
  if (frame[0] !== 8) throw new Error(`a JPEG of ${frame[0]} bits`);
  if (width !== page.blockWidth || (height !== page.blockHeight && height !== rows)) {
    throw new Error(`a JPEG of ${width} × ${height} for ${page.blockWidth} × ${rows}`);
  }
  if (components !== page.blockSamples) throw new Error(`a JPEG of ${components} components`);
  for (let i = 0; i < components; i++) {
    const sampling = frame[7 + i * 3] ?? 0;
    const [h, v] = [sampling >> 4, sampling & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw new Error(`JPEG sampling of ${h} × ${v}`);
  }
}

/** Components as coded, interleaved; colours are converted later, as the TIFF says. */
export async function decodeJpeg(
  packed: Uint8Array,
  page: TiffPage,
  rows: number,
  length: number,
): Promise<Uint8Array> {
  checkMarkers(packed, page, rows);
  const { getDecoder } = await import("geotiff");
  const decoder = await getDecoder(7, {
    tileWidth: page.blockWidth,
    tileHeight: page.blockHeight,
    planarConfiguration: page.blockSamples === page.samples ? 1 : 2,
    bitsPerSample: Array.from({ length: page.blockSamples }, () => 8),
    predictor: 1,
    ...(page.jpegTables ? { JPEGTables: page.jpegTables } : {}),
  });
  // The decoder reads from the start of the buffer that it gets.
  const decoded = new Uint8Array(await decoder.decode(packed.slice().buffer));
  return decoded.subarray(0, length);
}
