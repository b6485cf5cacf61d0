import { rm } from "node:fs/promises";
import sharp from "sharp";
import { damaged, ImportError, reasonOf } from "./errors.ts";
import type { Raster } from "./raster.ts";
import { openTiffRaster } from "./tiff-raster.ts";

/** Decoded whole up to here: 192 MiB as 16-bit RGB. */
const IN_MEMORY_PIXELS = 32 * 2 ** 20;
/** Larger ones go through a file on the disk, strip by strip. */
const MAX_PIXELS = 1_000_000_000;
/** Interlaced ones cannot be decoded in strips: 1 GiB as 8-bit RGB. */
const MAX_INTERLACED_PIXELS = 358_000_000;

/**
 * PNG, JPEG, WebP or GIF (its first frame) through sharp. Decoded once, on the first read, and kept until `close`: in memory, or where large, as
 * an uncompressed TIFF at `scratch`. Alpha is dropped, palettes become RGB, profiles and other metadata stay behind.
 * @param input the file, or what is in it
 * @throws ImportError
 */
export async function openSharpRaster(
  input: string | Uint8Array,
  path: string,
  name: string,
  scratch?: string,
): Promise<Raster> {
  const options = { limitInputPixels: MAX_PIXELS, failOn: "truncated", sequentialRead: true } as const;
  const { width, height, channels, depth, hasAlpha, space, isProgressive } = await sharp(input, options)
    .metadata()
    .catch((cause) => {
      throw failure(path, cause);
    });
  const limit = isProgressive || !scratch ? MAX_INTERLACED_PIXELS : MAX_PIXELS;
  if (width * height > limit) throw tooLarge(path, limit, width, height);
  const sixteen = depth === "ushort";
  const grey = channels - (hasAlpha ? 1 : 0) === 1;
  const target = grey ? (sixteen ? "grey16" : "b-w") : sixteen ? "rgb16" : "srgb";
  const samples = grey ? 1 : 3;
  const pipeline = () => sharp(input, options).removeAlpha().toColourspace(target);
  let decoded: Promise<Uint8Array | Uint16Array> | null = null;
  let onDisk: Promise<Raster> | null = null;

  async function decode(): Promise<Uint8Array | Uint16Array> {
    const { data, info } = await pipeline()
      .raw({ depth: sixteen ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true })
      .catch((cause) => {
        throw failure(path, cause);
      });
    if (info.channels !== samples)
      throw new ImportError("unsupported", path, `expected 1 or 3 channels, got ${info.channels}.`);
    return sixteen
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  async function decodeTo(file: string): Promise<Raster> {
    await pipeline()
      .tiff({ compression: "none", bigtiff: true })
      .toFile(file)
      .catch((cause) => {
        throw failure(path, cause);
      });
    return openTiffRaster(file, name);
  }

  return {
    name,
    width,
    height,
    channels: samples,
    depth: sixteen ? 16 : 8,
    warnings: space === "cmyk" ? ["its CMYK colours were turned into RGB"] : [],
    async read(y0, rows) {
      if (scratch && width * height > IN_MEMORY_PIXELS) {
        onDisk ??= decodeTo(scratch);
        return (await onDisk).read(y0, rows);
      }
      decoded ??= decode();
      const pixels = await decoded;
      return pixels.subarray(y0 * width * samples, (y0 + rows) * width * samples);
    },
    async close() {
      decoded = null;
      if (!onDisk || !scratch) return;
      await (await onDisk.catch(() => null))?.close();
      onDisk = null;
      await rm(scratch, { force: true });
    },
  };
}

const failure = (path: string, cause: unknown): ImportError =>
  /pixel limit/i.test(reasonOf(cause)) ? tooLarge(path, MAX_PIXELS) : damaged(path, cause);

function tooLarge(path: string, limit: number, width?: number, height?: number): ImportError {
  return new ImportError(
    "too-large",
    path,
    `expected at most ${(limit / 1e6).toFixed(0)} megapixels in a picture of this kind${width ? `, got ${width} × ${height}` : ""}.`,
    "Save it as a tiled TIFF, which is read piece by piece.",
  );
}
