import { isSourceError, SourceError } from "../errors.ts";
import type { DziManifest } from "./dzi/dzi.ts";
import { formatByAddress, formatByContent, type ImageFormat, unreadFormat } from "./identify.ts";
import type { IiifManifest } from "./iiif/iiif.ts";
import type { ImageSource } from "./image-source.ts";
import { imageUrl } from "./image-url.ts";
import type { FirstChunks } from "./ome-zarr/first-chunks.ts";
import type { OmeZarrManifest } from "./ome-zarr/manifest.ts";
import { findOmeZarr, type OpenOptions, openFromManifest } from "./open.ts";
import type { DecodeImage } from "./pictures/decoder.ts";
import { MAX_DESCRIPTION_BYTES } from "./pictures/limits.ts";
import type { PictureManifest } from "./pictures/single.ts";
import { openRemoteFile, type RemoteFile } from "./remote-file.ts";
import type { TiffManifest } from "./tiff/manifest.ts";

// Loaded when such a file is opened: a page that looks at OME-Zarr does not carry the other readers along.
const tiffManifest = () => import("./tiff/manifest.ts");
const tiffSource = () => import("./tiff/source.ts");
const picture = () => import("./pictures/single.ts");
const dzi = () => import("./dzi/dzi.ts");
const iiif = () => import("./iiif/iiif.ts");

export interface OpenImageOptions extends OpenOptions {
  /** Decodes PNG, JPEG and WebP where the platform cannot (Node). */
  readonly decodeImage?: DecodeImage;
  /** Images are opened that have no smaller copies of themselves, however large: for importing, not for looking. */
  readonly flat?: boolean;
}

/** What opening an image found out, as plain data: another worker goes on with it and need not ask again. */
export type ImageManifest =
  | { readonly format: "ome-zarr"; readonly manifest: OmeZarrManifest }
  | { readonly format: "tiff"; readonly manifest: TiffManifest }
  | { readonly format: "dzi"; readonly manifest: DziManifest }
  | { readonly format: "iiif"; readonly manifest: IiifManifest }
  | { readonly format: "picture"; readonly manifest: PictureManifest };

/** What was opened, and the file that it was read from, with what is known of it by now. */
interface Opened {
  readonly opened: ImageManifest;
  readonly file?: RemoteFile;
  readonly ahead?: FirstChunks | null;
}

/**
 * The network part of opening. The address decides what is asked first; where
 * it says nothing, a folder and a file are tried at once.
 */
async function read(url: string, options: OpenImageOptions): Promise<Opened> {
  if (options.store) return omeZarr(url, options);
  const href = imageUrl(url);
  const told = formatByAddress(href);
  if (typeof told === "object" && told !== null) throw unreadFormat(href, told);
  if (told === "ome-zarr") return omeZarr(href, options);
  if (told !== null) return fromFile(await openRemoteFile(href, options), told, options);
  return tryBoth(href, options);
}

/** A source from what was read before, here or in another worker; no request until the first tile. */
export function openImageManifest(
  opened: ImageManifest,
  options: OpenImageOptions = {},
): Promise<ImageSource> {
  return sourceOf({ opened }, options);
}

async function sourceOf({ opened, file, ahead }: Opened, options: OpenImageOptions): Promise<ImageSource> {
  switch (opened.format) {
    case "ome-zarr":
      return openFromManifest(opened.manifest, options, ahead);
    case "tiff":
      return (await tiffSource()).createTiffSource(opened.manifest, options, file);
    case "dzi":
      return (await dzi()).createDziSource(opened.manifest, options);
    case "iiif":
      return (await iiif()).createIiifSource(opened.manifest, options);
    case "picture":
      return (await picture()).createPictureSource(opened.manifest, options, file);
  }
}

/**
 * Opens an image of any format that is read: OME-Zarr, TIFF (OME, SVS, ImageJ),
 * Deep Zoom, IIIF, PNG, JPEG, WebP. Runs anywhere that has fetch.
 * @throws SourceError
 */
export async function openImage(url: string, options: OpenImageOptions = {}): Promise<ImageSource> {
  return (await openWithManifest(url, options)).source;
}

/** As `openImage`, with what another worker needs to go on without asking again. */
export async function openWithManifest(
  url: string,
  options: OpenImageOptions = {},
): Promise<{ source: ImageSource; manifest: ImageManifest }> {
  const found = await read(url, options);
  return { source: await sourceOf(found, options), manifest: found.opened };
}

/**
 * Whether one worker should read the whole image: what is decoded whole, or
 * has its coarse levels made from the fine ones, would otherwise be decoded in
 * each of them.
 */
export function readsWhole(opened: ImageManifest): boolean {
  if (opened.format === "picture") return true;
  if (opened.format !== "tiff") return false;
  const { file, levels } = opened.manifest;
  const { width, height } = levels.at(-1)!.page;
  return !file.ranges || (levels.length === 1 && Math.max(width, height) > 4096);
}

async function omeZarr(url: string, options: OpenImageOptions): Promise<Opened> {
  const { manifest, ahead } = await findOmeZarr(url, options);
  return { opened: { format: "ome-zarr", manifest }, ahead };
}

async function tryBoth(href: string, options: OpenImageOptions): Promise<Opened> {
  const giveUp = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal;
  const folder = omeZarr(href, { ...options, signal });
  // Looked at only after the file; it must not count as unhandled until then.
  folder.catch(() => {});
  let refusal: unknown;
  try {
    const file = await openRemoteFile(href, options);
    const found = formatByContent(file.head);
    if (found !== null && found !== "page") {
      giveUp.abort();
      return await fromFile(file, null, options);
    }
    refusal = notAnImage(href, found === "page" ? "a web page" : "other bytes");
  } catch (error) {
    if (!isSourceError(error, "not-found")) {
      // A folder need not answer at all, or may answer too much: then its metadata decides.
      const zarr = await folder.catch(() => null);
      if (zarr) return zarr;
      throw error;
    }
    refusal = error;
  }
  try {
    return await folder;
  } catch (error) {
    throw isSourceError(error, "not-found", "not-an-image") ? refusal : error;
  }
}

function notAnImage(url: string, got: string): SourceError {
  return new SourceError("not-an-image", {
    url,
    expected: "an image (OME-Zarr, TIFF, SVS, Deep Zoom, IIIF, PNG, JPEG)",
    got,
    next: "Use the address of the image itself, not of the page that shows it.",
  });
}

/** @param told what the address says; the bytes are right where the two differ */
async function fromFile(
  file: RemoteFile,
  told: ImageFormat | null,
  options: OpenImageOptions,
): Promise<Opened> {
  const { signal } = options;
  const found = formatByContent(file.head);
  if (found === "page") throw notAnImage(file.url, "a web page");
  if (typeof found === "object" && found !== null) throw unreadFormat(file.url, found);
  switch (found ?? told) {
    case "tiff": {
      const { readTiffManifest } = await tiffManifest();
      return {
        opened: { format: "tiff", manifest: await readTiffManifest(file, signal, options.flat) },
        file,
      };
    }
    case "picture": {
      const { readPictureManifest } = await picture();
      return { opened: { format: "picture", manifest: await readPictureManifest(file, signal) }, file };
    }
    case "dzi": {
      const { parseDzi } = await dzi();
      return { opened: { format: "dzi", manifest: parseDzi(await textOf(file, signal), file.url) } };
    }
    case "iiif": {
      const { parseInfo } = await iiif();
      return { opened: { format: "iiif", manifest: parseInfo(await textOf(file, signal), file.answeredAt) } };
    }
    default:
      throw notAnImage(file.url, file.head.length === 0 ? "an empty file" : "other bytes");
  }
}

async function textOf(file: RemoteFile, signal: AbortSignal | undefined): Promise<string> {
  const length = Math.min(file.size ?? file.head.length, MAX_DESCRIPTION_BYTES);
  return new TextDecoder().decode(await file.readNear(0, length, signal));
}
