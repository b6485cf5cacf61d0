import type { DecodeImage } from "@coscope/viewer/source";
import sharp from "sharp";

/** Pixels of one tile, or of a whole picture that is a tile of an image. */
const MAX_PIXELS = 2 ** 27;

/** Decodes PNG, JPEG and WebP for the readers, as a browser would: 8-bit RGBA, no profile applied. */
export const decodeImage: DecodeImage = async (bytes) => {
  const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
};
