import { existsSync } from "node:fs";
import { mkdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ImportError } from "./errors.ts";
import { imageMetadata, labelMetadata } from "./metadata.ts";
import type { Placement } from "./mosaic.ts";
import type { Raster } from "./raster.ts";
import { writePyramid } from "./write-pyramid.ts";

export interface WriteImageOptions {
  readonly name: string;
  readonly pixelSizeUm: number | null;
  /** Ids of the image's objects, same size, written as the label image `objects`. */
  readonly labels?: Raster;
  /** Written beside the levels as mosaic.json. */
  readonly placements?: readonly Placement[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

export interface WrittenImage {
  readonly folder: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly levels: number;
}

const LABELS_NAME = "objects";

/**
 * Writes a raster as `<imagesDir>/<name>.zarr`, an OME-Zarr 0.5 image. Built in a hidden folder and renamed when
 * complete: what is cancelled or fails leaves nothing behind, and the server never sees half an image.
 * @throws ImportError
 */
export async function writeImage(
  imagesDir: string,
  raster: Raster,
  options: WriteImageOptions,
): Promise<WrittenImage> {
  const { name, labels, placements, signal, onProgress = () => {} } = options;
  await mkdir(imagesDir, { recursive: true });
  await checkSpace(imagesDir, raster, labels);
  const building = join(imagesDir, `.importing-${process.pid}-${Date.now()}`);
  const share = labels ? 0.6 : 1;
  try {
    const pyramid = await writePyramid(building, raster, {
      ...(signal && { signal }),
      onProgress: (done) => onProgress(done * share),
    });
    await writeGroup(building, imageMetadata(raster, pyramid, options));
    if (labels) {
      const group = join(building, "labels", LABELS_NAME);
      const labelPyramid = await writePyramid(group, labels, {
        labels: true,
        ...(signal && { signal }),
        onProgress: (done) => onProgress(share + done * (1 - share)),
      });
      await writeGroup(
        group,
        labelMetadata(labelPyramid, { name: LABELS_NAME, pixelSizeUm: options.pixelSizeUm }),
      );
      await writeGroup(join(building, "labels"), { version: "0.5", labels: [LABELS_NAME] });
    }
    if (placements)
      await writeFile(join(building, "mosaic.json"), `${JSON.stringify(placements, null, 1)}\n`);
    const folder = freeFolder(imagesDir, name);
    await rename(building, folder);
    return {
      folder,
      width: raster.width,
      height: raster.height,
      channels: raster.channels,
      levels: pyramid.levels.length,
    };
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC") throw noSpace(imagesDir, cause);
    throw cause;
  }
}

async function writeGroup(folder: string, ome: unknown): Promise<void> {
  const group = { zarr_format: 3, node_type: "group", attributes: { ome } };
  await writeFile(join(folder, "zarr.json"), `${JSON.stringify(group, null, 2)}\n`);
}

/** The name as a file name that no system objects to, numbered where it is taken. */
function freeFolder(imagesDir: string, name: string): string {
  const safe = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} ._()+-]+/gu, "_")
    .replace(/^[. ]+|[. ]+$/g, "")
    .slice(0, 80);
  const stem = safe || "image";
  for (let n = 1; ; n++) {
    const folder = join(imagesDir, `${n === 1 ? stem : `${stem} (${n})`}.zarr`);
    if (!existsSync(folder)) return folder;
  }
}

/** All levels uncompressed: a third more than the first. Compressed they take less, so this errs on the safe side. */
async function checkSpace(imagesDir: string, raster: Raster, labels: Raster | undefined): Promise<void> {
  const needed = [raster, ...(labels ? [labels] : [])].reduce(
    (sum, { width, height, channels, depth }) => sum + (width * height * channels * depth) / 8,
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
