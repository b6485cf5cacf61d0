import { mkdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newId } from "../../store/ids.ts";
import { folderNameOf, writeNote } from "../note.ts";
import { ImportError } from "./errors.ts";
import { type Description, imageMetadata, labelMetadata, rasterChannels, squarePixels } from "./metadata.ts";
import type { Placement } from "./mosaic.ts";
import { bytesPerPixel, type Pixels, rasterPixels } from "./pixels.ts";
import type { Raster } from "./raster.ts";
import { type Pyramid, writePyramid } from "./write-pyramid.ts";

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
  /** The upload that it is made of. */
  readonly importId?: string | undefined;
  /** Chunks of a plane from which on they are written in shards. */
  readonly shardFrom?: number | undefined;
}

export interface WriteImageOptions extends WriteOptions {
  readonly name: string;
  readonly pixelSizeUm: number | null;
  /** Ids of the image's objects, same size, written as the label image `objects`. */
  readonly labels?: Raster;
  /** Written beside the levels as mosaic.json. */
  readonly placements?: readonly Placement[];
}

export interface WrittenImage {
  readonly folder: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly levels: number;
}

/** A label image that belongs to an image, of the same size in y and x. */
export interface NamedLabels {
  readonly name: string;
  readonly pixels: Pixels;
}

/** Everything that becomes one image. */
export interface NewImageParts extends Description {
  readonly pixels: Pixels;
  readonly labels?: readonly NamedLabels[];
  /** Further files of the folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** As `writePixels`, of a raster. */
export function writeImage(
  imagesDir: string,
  raster: Raster,
  { name, pixelSizeUm, labels, placements, ...options }: WriteImageOptions,
): Promise<WrittenImage> {
  return writePixels(
    imagesDir,
    {
      name,
      calibration: squarePixels(pixelSizeUm),
      ...rasterChannels(raster),
      pixels: rasterPixels(raster),
      ...(labels && { labels: [{ name: "objects", pixels: rasterPixels(labels) }] }),
      ...(placements && { files: { "mosaic.json": `${JSON.stringify(placements, null, 1)}\n` } }),
    },
    options,
  );
}

/** Folders that are being written begin with this, and go on with the process that writes. */
const BUILDING = ".importing-";

/**
 * Writes `<imagesDir>/<id>.zarr`, an OME-Zarr 0.5 image, with a note of its name for who makes the row (`../note.ts`). Built in a hidden folder and renamed when
 * complete: what is cancelled or fails leaves nothing behind, and the server never sees half an image.
 * @throws ImportError
 */
export async function writePixels(
  imagesDir: string,
  { pixels, labels = [], files = {}, ...description }: NewImageParts,
  { signal, importId, shardFrom, onProgress = () => {} }: WriteOptions = {},
): Promise<WrittenImage> {
  await mkdir(imagesDir, { recursive: true });
  await checkSpace(imagesDir, [pixels, ...labels.map((label) => label.pixels)]);
  const building = join(imagesDir, `${BUILDING}${process.pid}-${Date.now()}`);
  const all = 1 + labels.length;
  const part = (index: number) => (share: number) => onProgress((index + share) / all);
  try {
    const pyramid = await writePyramid(building, pixels, { signal, shardFrom, onProgress: part(0) });
    await writeGroup(building, await imageMetadata(pixels, pyramid, description), pyramid);
    for (const [i, label] of labels.entries()) {
      const group = join(building, "labels", label.name);
      const own = await writePyramid(group, label.pixels, {
        labels: true,
        signal,
        shardFrom,
        onProgress: part(i + 1),
      });
      await writeGroup(group, labelMetadata(own, label.name, description.calibration), own);
    }
    if (labels.length > 0)
      await writeGroup(join(building, "labels"), { version: "0.5", labels: labels.map(({ name }) => name) });
    for (const [name, text] of Object.entries(files)) await writeFile(join(building, name), text);
    await writeNote(building, { name: description.name, importId: importId ?? null });
    const folder = join(imagesDir, folderNameOf(newId()));
    await rename(building, folder);
    const { width, height, sizeC } = pixels;
    return { folder, width, height, channels: sizeC, levels: pyramid.levels.length };
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC") throw noSpace(imagesDir, cause);
    throw cause;
  }
}

/** The metadata of the levels is repeated in the group's, so that opening costs one round trip. */
async function writeGroup(folder: string, ome: unknown, pyramid?: Pyramid): Promise<void> {
  const metadata = pyramid && Object.fromEntries(pyramid.documents.map((document, i) => [`${i}`, document]));
  const group = {
    zarr_format: 3,
    node_type: "group",
    attributes: { ome },
    ...(metadata && { consolidated_metadata: { kind: "inline", must_understand: false, metadata } }),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "zarr.json"), `${JSON.stringify(group, null, 2)}\n`);
}

/** All levels uncompressed: a third more than the first. Compressed they take less, so this errs on the safe side. */
async function checkSpace(imagesDir: string, all: readonly Pixels[]): Promise<void> {
  const needed = all.reduce(
    (sum, { width, height, sizeT, sizeC, sizeZ, dtype }) =>
      sum + width * height * sizeT * sizeC * sizeZ * bytesPerPixel(dtype),
    0,
  );
  const { bavail, bsize } = await statfs(imagesDir);
  if (bavail * bsize < (needed * 4) / 3) throw noSpace(imagesDir);
}

function noSpace(imagesDir: string, cause?: unknown): ImportError {
  return new ImportError(
    "no-space",
    imagesDir,
    "the disk is too full for this image.",
    "Free some space, or name another folder with --data.",
    cause,
  );
}
