import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ServerError } from "../errors.ts";
import { openTree } from "../images/import/entries.ts";
import { ImportError } from "../images/import/errors.ts";
import { type ImportedImage, type ImportReport, importTree } from "../images/import/import-tree.ts";
import { labelMosaic, layOut, mosaicRaster } from "../images/import/mosaic.ts";
import { IMAGE_EXTENSIONS, openRaster } from "../images/import/open-raster.ts";
import type { Raster } from "../images/import/raster.ts";
import { type WriteImageOptions, type WrittenImage, writeImage } from "../images/import/write-image.ts";
import { createProgress } from "./progress.ts";

const USAGE = `Usage: npm run coscope -- import <files or folders…> [options]

Makes an OME-Zarr image of every image: OME-TIFF, SVS, ImageJ and other TIFFs, OME-Zarr (a folder or a zip), Deep Zoom
(its .dzi with the folder of tiles), PNG, JPEG, WebP; all channels, planes and times. A running Coscope shows them when
the list of images is opened again. What is not read (CZI, ND2, LIF…) is named, with the conversion to make.

  --name NAME        name of the image (default: the file's or the folder's)
  --pixel-size UM    side of a pixel in µm (default: what the file says)
  --keep-metadata    keep what the file says of people, dates and instruments (default: left out)
  --with-associated  also import a slide's label and overview photograph (default: left out)
  --mosaic           lay PNG, JPEG or TIFF files (8 or 16 bit, grey or RGB) on one canvas, in the order of their names
  --labels DIR       with --mosaic: label images of the same names (0 is background)
  --data DIR         Coscope's data folder (default ./data)              COSCOPE_DATA_DIR

Ends with 0 when everything, or all but some unreadable files, was imported; with 1 when nothing was.`;

interface Options {
  readonly paths: readonly string[];
  readonly mosaic: boolean;
  readonly labelsDir: string | null;
  readonly name: string | null;
  readonly pixelSizeUm: number | null;
  readonly keepMetadata: boolean;
  readonly withAssociated: boolean;
  readonly dataDir: string;
  readonly imagesDir: string;
}

/** `npm run coscope -- import`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const cancel = new AbortController();
  const onSignal = () => cancel.abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const imported = options.mosaic
      ? await importMosaic(await expand(options.paths), options, cancel.signal)
      : await importEach(options, cancel.signal);
    return imported > 0 ? 0 : 1;
  } catch (error) {
    report(error);
    return 1;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

function readOptions(args: readonly string[]): Options | null {
  const parse = () => {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          mosaic: { type: "boolean", default: false },
          labels: { type: "string" },
          name: { type: "string" },
          "pixel-size": { type: "string" },
          "keep-metadata": { type: "boolean", default: false },
          "with-associated": { type: "boolean", default: false },
          data: { type: "string" },
          help: { type: "boolean", default: false },
        },
      });
    } catch (cause) {
      throw new ServerError("bad-argument", (cause as Error).message, { next: USAGE, cause });
    }
  };
  const { values, positionals } = parse();
  if (values.help) return null;
  if (positionals.length === 0)
    throw new ServerError("bad-argument", "Name at least one file or folder.", { next: USAGE });
  const pixelSize = values["pixel-size"];
  if (pixelSize !== undefined && !(Number(pixelSize) > 0 && Number(pixelSize) < 1e6))
    throw new ServerError("bad-argument", `--pixel-size expects micrometres, got "${pixelSize}".`, {
      next: USAGE,
    });
  if (values.labels !== undefined && !values.mosaic)
    throw new ServerError("bad-argument", "--labels goes with --mosaic.", { next: USAGE });
  const dataDir = resolve(values.data ?? process.env["COSCOPE_DATA_DIR"] ?? "data");
  return {
    paths: positionals.map((path) => resolve(path)),
    mosaic: values.mosaic,
    labelsDir: values.labels === undefined ? null : resolve(values.labels),
    name: values.name ?? null,
    pixelSizeUm: pixelSize === undefined ? null : Number(pixelSize),
    keepMetadata: values["keep-metadata"],
    withAssociated: values["with-associated"],
    dataDir,
    imagesDir: join(dataDir, "images"),
  };
}

/** Files as named; of folders, the image files directly in them. By name, so that the order is always the same. */
async function expand(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const stats = await stat(path).catch((cause) => {
      throw new ImportError("not-found", path, "there is no such file or folder.", "Check the name.", cause);
    });
    if (!stats.isDirectory()) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => IMAGE_EXTENSIONS.has(extname(name).toLowerCase()));
    files.push(...names.sort().map((name) => join(path, name)));
  }
  if (files.length === 0)
    throw new ImportError(
      "nothing-to-import",
      paths.join(", "),
      "no PNG, JPEG or TIFF file in there.",
      "Name the files, or the folder that holds them directly.",
    );
  return files;
}

async function importEach(options: Options, signal: AbortSignal): Promise<number> {
  let imported = 0;
  let failed = 0;
  for (const path of options.paths) {
    try {
      const done = await importPath(path, options, signal);
      imported += done.images.length;
      failed += done.failures.length;
    } catch (error) {
      if (!(error instanceof ImportError) || error.code === "aborted" || error.code === "no-space")
        throw error;
      report(error);
      failed++;
    }
  }
  sumUp(imported, imported + failed, options.dataDir);
  return imported;
}

async function importPath(path: string, options: Options, signal: AbortSignal): Promise<ImportReport> {
  const stats = await stat(path).catch((cause) => {
    throw new ImportError("not-found", path, "there is no such file or folder.", "Check the name.", cause);
  });
  const { imagesDir, pixelSizeUm, keepMetadata, withAssociated } = options;
  const tree = await openTree(path, stats.isDirectory());
  const progress = createProgress(basename(path));
  try {
    const done = await importTree(tree, {
      ...{ imagesDir, pixelSizeUm, keepMetadata, withAssociated, signal },
      name: options.paths.length === 1 ? options.name : null,
      onProgress: progress.update,
      onImage(image) {
        progress.end();
        say(image);
      },
    });
    progress.end();
    done.failures.forEach(report);
    return done;
  } finally {
    progress.end();
    await tree.close();
  }
}

function say({
  name,
  width,
  height,
  channels,
  sizeZ,
  sizeT,
  dtype,
  rgb,
  levels,
  warnings,
}: ImportedImage): void {
  const parts = [
    `${width.toLocaleString("en")} × ${height.toLocaleString("en")} px`,
    rgb ? `RGB ${dtype}` : `${channels === 1 ? "1 channel" : `${channels} channels`} ${dtype}`,
    ...(sizeZ > 1 ? [`${sizeZ} planes`] : []),
    ...(sizeT > 1 ? [`${sizeT} times`] : []),
    levels === 1 ? "1 level" : `${levels} levels`,
  ];
  console.log(`${name}: ${parts.join(", ")}`);
  for (const warning of warnings) console.error(`  note: ${warning}`);
}

async function importMosaic(
  files: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const rasters: Raster[] = [];
  const labelRasters: Raster[] = [];
  const labelNames = options.labelsDir ? await namesIn(options.labelsDir) : [];
  for (const path of files) {
    try {
      const raster = await openRaster(path);
      if (options.labelsDir)
        labelRasters.push(await openRaster(labelsFor(path, options.labelsDir, labelNames)));
      rasters.push(raster);
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      report(error);
    }
  }
  if (rasters.length === 0) return 0;
  const { placements } = layOut(rasters);
  const name = options.name ?? basename(options.paths[0]!, extname(options.paths[0]!));
  const mosaic = mosaicRaster(name, rasters, placements);
  try {
    await writeAndSay(
      mosaic,
      {
        name,
        pixelSizeUm: options.pixelSizeUm,
        placements,
        signal,
        ...(options.labelsDir && { labels: labelMosaic(labelRasters, placements) }),
      },
      options.imagesDir,
    );
  } finally {
    await mosaic.close();
  }
  sumUp(rasters.length, files.length, options.dataDir);
  return rasters.length;
}

async function namesIn(dir: string): Promise<string[]> {
  return await readdir(dir).catch((cause) => {
    throw new ImportError(
      "not-found",
      dir,
      "there is no such folder.",
      "Check the name after --labels.",
      cause,
    );
  });
}

function labelsFor(path: string, dir: string, names: readonly string[]): string {
  const stem = basename(path, extname(path));
  const found = names.find((name) => basename(name, extname(name)) === stem);
  if (!found) throw new ImportError("not-found", path, `has no label image of its name in ${dir}.`);
  return join(dir, found);
}

async function writeAndSay(
  raster: Raster,
  options: WriteImageOptions,
  imagesDir: string,
): Promise<WrittenImage> {
  const progress = createProgress(options.name);
  try {
    const written = await writeImage(imagesDir, raster, { ...options, onProgress: progress.update });
    progress.end();
    const { width, height, channels, levels } = written;
    const size = `${width.toLocaleString("en")} × ${height.toLocaleString("en")} px`;
    const kind = channels === 3 ? "RGB" : "grey";
    console.log(
      `${options.name}: ${size}, ${raster.depth} bit ${kind}, ${levels} ${levels === 1 ? "level" : "levels"}`,
    );
    for (const warning of raster.warnings) console.error(`  note: ${warning}`);
    return written;
  } catch (error) {
    progress.end();
    throw error;
  }
}

function sumUp(imported: number, all: number, dataDir: string): void {
  const failed = all - imported;
  if (failed > 0)
    console.error(`${imported} of ${all} images imported; ${failed} could not be read (see above).`);
  // Names the folder: a Coscope that was started with another --data would not show it.
  if (imported > 0) console.log(`In the list of images of the Coscope whose data folder is ${dataDir}.`);
}

function report(error: unknown): void {
  if (!(error instanceof ImportError)) throw error;
  console.error(error.message);
  if (error.next) console.error(`  ${error.next}`);
}
