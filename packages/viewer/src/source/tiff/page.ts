import type { PixelType } from "../image-source.ts";
import type { RemoteFile } from "../remote-file.ts";
import {
  type Directory,
  numberAt,
  numbersOf,
  rawBytesOf,
  readDirectory,
  type TagValues,
  type TiffHeader,
} from "./directory.ts";
import { damaged, notRead, tooLarge } from "./errors.ts";
import { MAX_BLOCK_BYTES, MAX_BLOCKS, MAX_EDGE } from "./limits.ts";

export const TAGS = {
  newSubfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subIfds: 330,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

export const COMPRESSION = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  oldDeflate: 32946,
  zstd: 50000,
};

const NAMED: Readonly<Record<number, string>> = {
  2: "CCITT",
  3: "CCITT",
  4: "CCITT",
  6: "old-style JPEG",
  22610: "JPEG XR",
  33003: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  34926: "Zstandard (old code)",
  50001: "WebP",
  50002: "JPEG XL",
};

export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, ycbcr: 6 };

/** One picture in the file: how it is cut and packed. Plain data. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Tiles, or strips of the image's whole width. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly columns: number;
  readonly rows: number;
  readonly tiled: boolean;
  /** One strip holds everything uncompressed: blocks are parts of it. */
  readonly split: boolean;
  /** Samples in a block's pixels: all, or one where they are stored apart. */
  readonly blockSamples: number;
  /** Samples as stored, alpha included. */
  readonly samples: number;
  /** What is shown: 3 for colour, else all samples. */
  readonly channels: number;
  readonly bits: number;
  /** As stored: 1 unsigned, 2 signed, 3 float. */
  readonly format: number;
  /** As served. */
  readonly dtype: PixelType;
  readonly compression: number;
  readonly predictor: number;
  readonly photometric: number;
  readonly offsets: TagValues;
  readonly byteCounts: TagValues;
  readonly jpegTables: Uint8Array | null;
  /** 3 × 2^bits, red first; 16 bit. */
  readonly palette: readonly number[] | null;
}

const LAYOUT = new Set([1, 2, 4, 8]);

function typeOf(format: number, bits: number): PixelType | null {
  if (format === 3) return bits === 64 ? "float64" : bits === 32 || bits === 16 ? "float32" : null;
  if (format === 2) return bits === 8 ? "int8" : bits === 16 ? "int16" : bits === 32 ? "int32" : null;
  // 4 is "undefined": read as unsigned, as the specification advises.
  if (format !== 1 && format !== 4) return null;
  if (LAYOUT.has(bits)) return "uint8";
  return bits === 16 ? "uint16" : bits === 32 ? "uint32" : null;
}

/**
 * Checks a directory and says how its picture is stored.
 * @throws SourceError "malformed" | "unsupported" | "too-large"
 */
export async function readPage(
  file: RemoteFile,
  header: TiffHeader,
  directory: Directory,
  signal?: AbortSignal,
): Promise<TiffPage> {
  const { url } = file;
  const numbers = (tag: number) => numbersOf(file, header, directory, tag, signal);
  const one = async (tag: number, otherwise: number) => (await numbers(tag))?.[0] ?? otherwise;

  const width = await one(TAGS.imageWidth, 0);
  const height = await one(TAGS.imageLength, 0);
  const edges = [width, height];
  if (edges.some((edge) => !Number.isInteger(edge) || edge < 1 || edge > MAX_EDGE)) {
    throw damaged(url, `1 to ${MAX_EDGE} pixels along each edge`, `${width} × ${height}`);
  }
  const samples = await one(TAGS.samplesPerPixel, 1);
  if (!Number.isInteger(samples) || samples < 1 || samples > 64) {
    throw damaged(url, "1 to 64 samples in a pixel", `${samples}`);
  }
  const allBits = (await numbers(TAGS.bitsPerSample)) ?? [1];
  const formats = (await numbers(TAGS.sampleFormat)) ?? [1];
  const bits = allBits[0]!;
  const format = formats[0]!;
  if (allBits.some((n) => n !== bits) || formats.some((n) => n !== format)) {
    throw notRead(url, "samples of one type", `${allBits.join(", ")} bits`);
  }
  const dtype = typeOf(format, bits);
  if (!dtype) {
    throw notRead(url, "integers of 8, 16 or 32 bits, or floats", `${bits} bits of format ${format}`);
  }
  const compression = await one(TAGS.compression, 1);
  if (!Object.values(COMPRESSION).includes(compression)) {
    throw notRead(
      url,
      "no compression, LZW, deflate, zstd, JPEG or PackBits",
      `${NAMED[compression] ?? "a compression that is not known here"} (${compression})`,
    );
  }
  const predictor = await one(TAGS.predictor, 1);
  const planar = (await one(TAGS.planarConfiguration, 1)) === 2 && samples > 1;
  const blockSamples = planar ? 1 : samples;
  const photometric = await one(TAGS.photometric, 1);
  checkColours(url, { photometric, compression, bits, samples, format, planar, predictor });

  const tiled = directory.tags.has(TAGS.tileOffsets);
  const blockWidth = tiled ? await one(TAGS.tileWidth, 0) : width;
  let blockHeight = tiled
    ? await one(TAGS.tileLength, 0)
    : Math.min(await one(TAGS.rowsPerStrip, height), height);
  if (!(blockWidth >= 1 && blockHeight >= 1 && blockWidth <= MAX_EDGE && blockHeight <= MAX_EDGE)) {
    throw damaged(url, "tiles or strips with a size", `${blockWidth} × ${blockHeight}`);
  }
  const rowBytes = Math.ceil((blockWidth * blockSamples * bits) / 8);
  const split = !tiled && compression === COMPRESSION.none && blockHeight >= height && bits >= 8;
  if (split) blockHeight = Math.max(1, Math.min(height, Math.floor(2 ** 20 / rowBytes)));
  // What a sample is served as may be larger than what it is stored as (float16, one bit).
  const decoded = blockWidth * blockHeight * blockSamples * Math.max(bits / 8, format === 3 ? 4 : 1);
  if (!(decoded <= MAX_BLOCK_BYTES)) {
    throw tooLarge(
      url,
      `tiles or strips of at most ${MAX_BLOCK_BYTES / 2 ** 20} MiB`,
      `${Math.round(decoded / 2 ** 20)} MiB (${blockWidth} × ${blockHeight})`,
    );
  }
  const columns = Math.ceil(width / blockWidth);
  const rows = Math.ceil(height / blockHeight);
  const stored = (split ? 1 : columns * rows) * (planar ? samples : 1);
  if (stored > MAX_BLOCKS) throw tooLarge(url, `at most ${MAX_BLOCKS} tiles`, `${stored}`);
  const offsets = directory.tags.get(tiled ? TAGS.tileOffsets : TAGS.stripOffsets);
  const byteCounts =
    directory.tags.get(tiled ? TAGS.tileByteCounts : TAGS.stripByteCounts) ??
    // Old writers leave the counts out where they can be computed.
    (compression === COMPRESSION.none && stored === 1 ? { type: 4, count: 0, at: 0 } : undefined);
  if (
    !offsets ||
    !byteCounts ||
    offsets.count < stored ||
    (byteCounts.count > 0 && byteCounts.count < stored)
  ) {
    throw damaged(url, `places of ${stored} tiles or strips`, `${offsets?.count ?? 0}`);
  }
  const palette = photometric === PHOTOMETRIC.palette ? ((await numbers(TAGS.colorMap)) ?? null) : null;
  if (palette && palette.length < 3 * 2 ** bits) {
    throw damaged(url, `a colour map of ${3 * 2 ** bits} entries`, `${palette.length}`);
  }
  const colour = photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr;
  return {
    width,
    height,
    blockWidth,
    blockHeight,
    columns,
    rows,
    tiled,
    split,
    blockSamples,
    samples,
    channels: colour || palette ? 3 : samples,
    bits,
    format,
    dtype,
    compression,
    predictor,
    photometric,
    offsets,
    byteCounts,
    jpegTables: (await rawBytesOf(file, directory, TAGS.jpegTables, signal))?.slice() ?? null,
    palette,
  };
}

function checkColours(
  url: string,
  page: {
    photometric: number;
    compression: number;
    bits: number;
    samples: number;
    format: number;
    planar: boolean;
    predictor: number;
  },
): void {
  const { photometric, compression, bits, samples, format, planar, predictor } = page;
  if (!Object.values(PHOTOMETRIC).includes(photometric)) {
    const names: Record<number, string> = { 5: "CMYK", 8: "CIE L*a*b*", 32803: "a colour filter array" };
    throw notRead(url, "greys, RGB, YCbCr or a palette", names[photometric] ?? `photometric ${photometric}`);
  }
  const colour = photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr;
  if (colour && samples < 3) throw damaged(url, "three samples for colour", `${samples}`);
  if (photometric === PHOTOMETRIC.ycbcr && compression !== COMPRESSION.jpeg) {
    throw notRead(url, "YCbCr colours in JPEG", "YCbCr that is packed otherwise");
  }
  if (photometric === PHOTOMETRIC.ycbcr && planar) {
    throw notRead(url, "YCbCr colours stored together", "planes stored apart");
  }
  if (photometric === PHOTOMETRIC.palette && (samples !== 1 || bits > 8 || format !== 1)) {
    throw notRead(url, "a palette for one sample of up to 8 bits", `${samples} of ${bits}`);
  }
  if (compression === COMPRESSION.jpeg && (bits !== 8 || format !== 1 || samples > 4)) {
    throw notRead(url, "8-bit JPEG", `${samples} samples of ${bits} bits`);
  }
  const validPredictor =
    predictor === 1 ||
    compression === COMPRESSION.jpeg ||
    (predictor === 2 && bits >= 8 && bits <= 32 && format !== 3) ||
    (predictor === 2 && bits === 32) ||
    (predictor === 3 && format === 3 && bits >= 32);
  if (!validPredictor) throw notRead(url, "predictor 1, 2 or 3", `predictor ${predictor} for ${bits} bits`);
}

/** Reads and checks a directory that was not needed until now: another resolution of another plane. */
export async function pageAt(
  file: RemoteFile,
  header: TiffHeader,
  at: number,
  signal?: AbortSignal,
): Promise<TiffPage> {
  return readPage(file, header, await readDirectory(file, header, at, signal), signal);
}

/** Where one stored tile or strip lies. */
export async function placeOf(
  file: RemoteFile,
  header: TiffHeader,
  page: TiffPage,
  index: number,
  signal?: AbortSignal,
): Promise<{ offset: number; length: number }> {
  const [offset, length] = await Promise.all(
    [page.offsets, page.byteCounts].map(async ({ type, count, at }) => {
      if (count === 0) return Number.NaN;
      const bytes = type === 3 ? 2 : type >= 16 ? 8 : 4;
      const near = await file.readNear(at + index * bytes, bytes, signal);
      return numberAt(new DataView(near.buffer, near.byteOffset, bytes), 0, type, header.littleEndian);
    }),
  );
  return { offset: offset!, length: length! };
}
