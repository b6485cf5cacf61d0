import { SourceError } from "../../errors.ts";

/** A decoded picture: RGBA, 8 bit, not premultiplied, row by row. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * Decodes PNG, JPEG, WebP… The page's workers have one built in; on a server
 * one is passed in (sharp).
 */
export type DecodeImage = (bytes: Uint8Array, mime: string) => Promise<DecodedPicture>;

/** The browser's own, in a worker or a page. Colours as stored: no profile is applied. */
async function decodeInBrowser(bytes: Uint8Array, mime: string): Promise<DecodedPicture> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mime }), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap;
  try {
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas of that size");
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}

/** The one passed in, else the platform's; null where there is neither. */
export function findImageDecoder(given: DecodeImage | undefined): DecodeImage | null {
  if (given) return given;
  const inBrowser = typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";
  return inBrowser ? decodeInBrowser : null;
}

/** @throws SourceError "unsupported" where there is nothing to decode with */
export function imageDecoder(url: string, given: DecodeImage | undefined): DecodeImage {
  const found = findImageDecoder(given);
  if (found) return found;
  throw new SourceError("unsupported", {
    url,
    expected: "something that decodes PNG and JPEG",
    got: "none (no createImageBitmap, and no decodeImage in the options)",
    next: "Pass `decodeImage`, or open the image in a current browser.",
  });
}
