import sharp from "sharp";
import { damaged, ImportError, reasonOf } from "./errors.ts";
import type { Raster } from "./raster.ts";

/** sharp decodes a PNG or JPEG as a whole: this many pixels (1 GiB as 8-bit RGB), and no more. */
const MAX_PIXELS = 358_000_000;

/**
 * PNG or JPEG through sharp. Decoded once, on the first read, and kept until `close`. Alpha is dropped, palettes
 * become RGB, profiles and other metadata stay behind.
 * @throws ImportError
 */
export async function openSharpRaster(path: string, name: string): Promise<Raster> {
  const options = { limitInputPixels: MAX_PIXELS, failOn: "truncated" } as const;
  const { width, height, channels, depth, hasAlpha, space } = await sharp(path, options)
    .metadata()
    .catch((cause) => {
      throw failure(path, cause);
    });
  if (width * height > MAX_PIXELS) throw tooLarge(path, width, height);
  const sixteen = depth === "ushort";
  const grey = channels - (hasAlpha ? 1 : 0) === 1;
  const target = grey ? (sixteen ? "grey16" : "b-w") : sixteen ? "rgb16" : "srgb";
  let decoded: Promise<Uint8Array | Uint16Array> | null = null;

  async function decode(): Promise<Uint8Array | Uint16Array> {
    const { data, info } = await sharp(path, options)
      .removeAlpha()
      .toColourspace(target)
      .raw({ depth: sixteen ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true })
      .catch((cause) => {
        throw failure(path, cause);
      });
    if (info.channels !== (grey ? 1 : 3))
      throw new ImportError("unsupported", path, `expected 1 or 3 channels, got ${info.channels}.`);
    return sixteen
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  const samples = grey ? 1 : 3;
  return {
    name,
    width,
    height,
    channels: samples,
    depth: sixteen ? 16 : 8,
    warnings: space === "cmyk" ? ["its CMYK colours were turned into RGB"] : [],
    async read(y0, rows) {
      decoded ??= decode();
      const pixels = await decoded;
      return pixels.subarray(y0 * width * samples, (y0 + rows) * width * samples);
    },
    async close() {
      decoded = null;
    },
  };
}

const failure = (path: string, cause: unknown): ImportError =>
  /pixel limit/i.test(reasonOf(cause)) ? tooLarge(path) : damaged(path, cause);

function tooLarge(path: string, width?: number, height?: number): ImportError {
  return new ImportError(
    "too-large",
    path,
    `expected at most ${(MAX_PIXELS / 1e6).toFixed(0)} megapixels in a PNG or JPEG${width ? `, got ${width} × ${height}` : ""}.`,
    "Save it as a tiled TIFF, which is read piece by piece.",
  );
}
