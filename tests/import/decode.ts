import type { DecodeImage } from "@coscope/viewer/source";
import sharp from "sharp";

/** What the server passes in, where there is no browser. */
export const decodeImage: DecodeImage = async (bytes) => {
  const { data, info } = await sharp(bytes, { limitInputPixels: 2 ** 27 })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
};
