import { abortedError, SourceError } from "../../errors.ts";
import { withComputedLevels } from "../computed-levels.ts";
import { fetchWhole } from "../fetch-whole.ts";
import type { ImageLevel, ImageSource } from "../image-source.ts";
import { tileSize } from "../image-source.ts";
import { nameOfUrl } from "../names.ts";
import { type FileFacts, type RemoteFile, resumeRemoteFile } from "../remote-file.ts";
import { SharedRequests } from "../shared-requests.ts";
import { type DecodedPicture, imageDecoder } from "./decoder.ts";
import { readPictureHeader, withoutExif } from "./header.ts";
import { MAX_PICTURE_BYTES, MAX_PICTURE_PX } from "./limits.ts";
import { channelOf, checkPlace, decodePicture, type PictureOptions, rgbSource } from "./tiled.ts";

/** One PNG or JPEG that is the whole image. Plain data. */
export interface PictureManifest {
  readonly file: FileFacts;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly warnings: readonly string[];
}

const TILE_PX = 512;
/** Pictures with large previews or profiles state their size far behind the beginning. */
const MAX_HEADER_BYTES = 4 * 2 ** 20;

/** @throws SourceError */
export async function readPictureManifest(file: RemoteFile, signal?: AbortSignal): Promise<PictureManifest> {
  let header = readPictureHeader(file.head);
  if (!header && (file.size === null || file.size > file.head.length)) {
    header = readPictureHeader(await file.readSome(0, MAX_HEADER_BYTES, signal));
  }
  if (!header || header.width < 1 || header.height < 1) {
    throw new SourceError("malformed", {
      url: file.url,
      expected: "a picture with a size",
      got: "none",
      next: "The picture is damaged: copy or make it again.",
    });
  }
  const { width, height } = header;
  if (width * height > MAX_PICTURE_PX || (file.size ?? 0) > MAX_PICTURE_BYTES) {
    throw new SourceError("too-large", {
      url: file.url,
      expected: `a picture of at most ${MAX_PICTURE_PX / 2 ** 20} megapixels and ${MAX_PICTURE_BYTES / 2 ** 20} MiB`,
      got: `${width} × ${height}, ${Math.round((file.size ?? 0) / 2 ** 20)} MiB`,
      next: "Convert the image to OME-Zarr, which is read in pieces: `bioformats2raw in out.zarr`.",
    });
  }
  const { url, size, ranges } = file;
  return {
    file: { url, size, ranges },
    name: nameOfUrl(url, /\.(png|jpe?g|webp|gif)$/i),
    width,
    height,
    warnings: header.bits > 8 ? ["The picture has 16 bits per channel; 8 are shown."] : [],
  };
}

function gone(url: string): SourceError {
  return new SourceError("not-found", {
    url,
    expected: "the picture that was opened",
    got: "nothing (not found, or access refused)",
    next: "Open it again; it may have been moved.",
  });
}

/** Reads and decodes the picture at the first tile, and keeps it. */
export function createPictureSource(
  manifest: PictureManifest,
  options: PictureOptions,
  file: RemoteFile = resumeRemoteFile(manifest.file, options),
): ImageSource {
  const { width, height, name, warnings } = manifest;
  const { url } = manifest.file;
  const decode = imageDecoder(url, options.decodeImage);
  const shared = new SharedRequests<DecodedPicture>();
  let kept: DecodedPicture | null = null;
  const level: ImageLevel = {
    width,
    height,
    tileWidth: Math.min(TILE_PX, width),
    tileHeight: Math.min(TILE_PX, height),
    downsampleX: 1,
    downsampleY: 1,
    chunk: { width, height, depth: 1, channels: 3 },
  };
  const description = { url, name, levels: [level], warnings };

  async function read(signal: AbortSignal): Promise<DecodedPicture> {
    const { size } = manifest.file;
    const bytes =
      size === null
        ? await fetchWhole(url, MAX_PICTURE_BYTES, { ...options, signal })
        : await file.read(0, size, signal);
    if (!bytes) throw gone(url);
    const plain = bytes[0] === 0xff ? withoutExif(bytes) : bytes;
    const decoded = await decodePicture(url, plain, decode, MAX_PICTURE_PX);
    if (decoded.width !== width || decoded.height !== height) {
      throw new SourceError("malformed", {
        url,
        expected: `a picture of ${width} × ${height}`,
        got: `${decoded.width} × ${decoded.height}`,
        next: "The file changed since it was opened: open it again.",
      });
    }
    options.onDecode?.();
    kept = decoded;
    return decoded;
  }

  const source = rgbSource(description, async (request) => {
    if (request.signal?.aborted) throw abortedError(url);
    checkPlace(description, request);
    const picture = kept ?? (await shared.get(url, request.signal, read));
    const left = request.x * level.tileWidth;
    const top = request.y * level.tileHeight;
    return channelOf(picture, request.channel, { left, top, ...tileSize(level, request.x, request.y) });
  });
  return withComputedLevels({
    ...source,
    close() {
      kept = null;
    },
  });
}
