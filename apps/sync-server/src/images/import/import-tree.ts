import { basename, join } from "node:path";
import { type ImageSource, inspect, type ListedItem, openImage } from "@coscope/viewer/source";
import { associatedImages, originalMetadata } from "./beside.ts";
import { decodeImage } from "./decode.ts";
import { type Entry, findEntries } from "./entries.ts";
import { ImportError, importErrorOf } from "./errors.ts";
import type { FileTree } from "./file-tree.ts";
import { rasterChannels, squarePixels } from "./metadata.ts";
import { rasterPixels, sourcePixels } from "./pixels.ts";
import type { Raster } from "./raster.ts";
import { openSharpRaster } from "./sharp-raster.ts";
import { createTreeFetch, treeName, treeUrl } from "./tree-fetch.ts";
import { type NamedLabels, type NewImageParts, type WrittenImage, writePixels } from "./write-image.ts";

export interface ImportOptions {
  /** Where image folders are made. */
  readonly imagesDir: string;
  /** Name of the image, where there is one; otherwise files are called by their names. */
  readonly name?: string | null;
  /** Side of a pixel in µm, instead of what the file says. */
  readonly pixelSizeUm?: number | null;
  /** Also keep what the file says of people, dates and instruments, as `original-metadata.json` in the image's folder. */
  readonly keepMetadata?: boolean;
  /** Also import a slide's label and its overview photograph. */
  readonly withAssociated?: boolean;
  /** Names of images that are there already. */
  readonly skip?: ReadonlySet<string>;
  /** The upload that this is. */
  readonly importId?: string;
  readonly signal?: AbortSignal;
  /** Of everything, 0…1; `name` is the image at work. */
  readonly onProgress?: (share: number, name: string) => void;
  readonly onImage?: (image: ImportedImage) => void | Promise<void>;
}

export interface ImportedImage extends WrittenImage {
  readonly name: string;
  /** "uint16", … */
  readonly dtype: string;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly rgb: boolean;
  readonly warnings: readonly string[];
}

export interface ImportReport {
  readonly images: readonly ImportedImage[];
  /** What could not be imported; the rest was. */
  readonly failures: readonly ImportError[];
}

/** Fields of a plate are images each: more than this are better looked at where they are. */
const MAX_IMAGES = 1000;
const PICTURE = /^(\x89PNG|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a)/s;

/**
 * Imports every image in a tree. One that fails does not keep the others.
 * @throws ImportError "aborted" | "no-space" | "nothing-to-import"
 */
export async function importTree(tree: FileTree, options: ImportOptions): Promise<ImportReport> {
  const { onProgress = () => {}, onImage, signal, skip } = options;
  const images: ImportedImage[] = [];
  const failures: ImportError[] = [];
  const entries = await findEntries(tree);
  const taken = new Set<string>();

  const fail = (path: string, cause: unknown) => {
    const error = importErrorOf(path, signal?.aborted ? signal.reason : cause);
    if (signal?.aborted || error.code === "aborted" || error.code === "no-space") throw error;
    failures.push(error);
  };

  for (const [at, entry] of entries.entries()) {
    const stem = entries.length === 1 && options.name ? options.name : stemOf(entry.name || tree.name);
    try {
      const found = await lookInto(tree, entry, stem, options);
      for (const [i, each] of found.entries()) {
        const image = { ...each, name: freeName(each.name, taken) };
        if (skip?.has(image.name)) continue;
        const report = (share: number) =>
          onProgress((at + (i + share) / found.length) / entries.length, image.name);
        try {
          const written = await importOne(image, options, report);
          images.push(written);
          await onImage?.(written);
        } catch (cause) {
          fail(image.path, cause);
        }
      }
    } catch (cause) {
      fail(tree.shown(entry.name), cause);
    }
  }
  return { images, failures };
}

/** Two of one name cannot be told apart. The same again when the same tree is imported anew. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  taken.add(free);
  return free;
}

/** `stem` of "folder/stem.ome.tif". */
function stemOf(name: string): string {
  const last = basename(name);
  return last.replace(/(\.(ome|dzi))?\.[a-z0-9]{1,8}$/i, "") || last;
}

/** An image that can be opened. */
interface Found {
  readonly name: string;
  /** For messages. */
  readonly path: string;
  open(): Promise<Opened>;
}

interface Opened {
  readonly parts: NewImageParts;
  readonly warnings: readonly string[];
  close(): void | Promise<void>;
}

async function lookInto(
  tree: FileTree,
  entry: Entry,
  stem: string,
  options: ImportOptions,
): Promise<Found[]> {
  const path = tree.shown(entry.name);
  if (entry.kind === "file") {
    const head = Buffer.from(await tree.read(entry.name, 0, 16)).toString("latin1");
    if (PICTURE.test(head)) {
      const open = async () => fromRaster(await openPicture(tree, entry.name, stem, options), stem, options);
      return [{ name: stem, path, open }];
    }
  }
  const reading = {
    fetch: createTreeFetch(tree),
    decodeImage,
    flat: true,
    ...(options.signal && { signal: options.signal }),
  };
  const items = await imagesAt(treeUrl(entry.name), stem, reading, options.withAssociated === true);
  if (items.length > MAX_IMAGES)
    throw new ImportError(
      "too-large",
      path,
      `expected at most ${MAX_IMAGES} images in one file, got ${items.length}.`,
      "Offer the folder as it is: start Coscope with --images on the folder that holds it.",
    );
  const found: Found[] = items.map((item) => ({
    name: item.name,
    path: items.length === 1 ? path : `${path} (${item.name})`,
    open: async () => {
      const source = await openImage(item.url, reading);
      const labels: NamedLabels[] = [];
      const warnings = [...source.warnings];
      for (const label of item.labels) {
        try {
          const opened = await openImage(label.url, reading);
          if (opened.width !== source.width || opened.height !== source.height)
            warnings.push(`its labels "${label.name}" were left out: they are of another size`);
          else labels.push({ name: safeLabel(label.name), pixels: sourcePixels(opened) });
        } catch (cause) {
          warnings.push(`its labels "${label.name}" were left out: ${importErrorOf("", cause).message}`);
        }
      }
      return fromSource(
        source,
        item.name,
        labels,
        warnings,
        options,
        await filesBeside(tree, item.url, options),
      );
    },
  }));
  const file = tree.path(entry.name);
  if (options.withAssociated && entry.kind === "file" && file) {
    for (const beside of await associatedImages(file)) {
      const name = `${stem} (${beside.name})`;
      found.push({
        name,
        path,
        open: async () => ({ ...fromRaster(await beside.open(name), name, options), warnings: [] }),
      });
    }
  }
  return found;
}

interface Item {
  readonly name: string;
  readonly url: string;
  readonly labels: readonly ListedItem[];
}

/** Every image at an address: those of a series, of a plate's wells; photographs of the glass only if asked for. */
async function imagesAt(
  url: string,
  name: string,
  reading: Parameters<typeof inspect>[1],
  withAssociated: boolean,
): Promise<Item[]> {
  const listing = await inspect(url, reading);
  if (listing.kind === "image") return [{ name, url: listing.items[0]!.url, labels: listing.labels }];
  const items: Item[] = [];
  for (const item of listing.items) {
    if (item.associated && !withAssociated) continue;
    const own = `${name} ${item.name}`;
    // Of a series each has labels of its own; of a plate each is a well.
    items.push(...(await imagesAt(item.url, own, reading, withAssociated)));
    if (items.length > MAX_IMAGES) break;
  }
  return items;
}

const safeLabel = (name: string): string => name.replace(/[^\p{L}\p{N} ._()+-]+/gu, "_").replace(/^\.+/, "_");

async function openPicture(
  tree: FileTree,
  name: string,
  stem: string,
  { imagesDir }: ImportOptions,
): Promise<Raster> {
  const path = tree.path(name);
  const scratch = join(imagesDir, `.importing-${process.pid}-${Date.now()}.tif`);
  if (path) return openSharpRaster(path, tree.shown(name), stem, scratch);
  const size = (await tree.size(name)) ?? 0;
  if (size > MAX_PICTURE_BYTES)
    throw new ImportError(
      "too-large",
      name,
      `expected a picture of at most ${MAX_PICTURE_BYTES / 2 ** 20} MiB in an archive.`,
      "Import it by itself.",
    );
  return openSharpRaster(await tree.read(name, 0, size), name, stem, scratch);
}

const MAX_PICTURE_BYTES = 256 * 2 ** 20;

function fromRaster(raster: Raster, name: string, { pixelSizeUm }: ImportOptions): Opened {
  return {
    parts: {
      name,
      calibration: squarePixels(pixelSizeUm ?? null),
      ...rasterChannels(raster),
      pixels: rasterPixels(raster),
    },
    warnings: raster.warnings,
    close: () => raster.close(),
  };
}

function fromSource(
  source: ImageSource,
  name: string,
  labels: readonly NamedLabels[],
  warnings: readonly string[],
  { pixelSizeUm }: ImportOptions,
  files: Readonly<Record<string, string>>,
): Opened {
  const { calibration, channels, rgb } = source;
  return {
    parts: {
      name,
      calibration: pixelSizeUm ? { ...calibration, ...squarePixels(pixelSizeUm)! } : calibration,
      channels,
      rgb,
      pixels: sourcePixels(source),
      labels,
      files,
    },
    warnings,
    close: () => source.close?.(),
  };
}

async function filesBeside(
  tree: FileTree,
  url: string,
  { keepMetadata }: ImportOptions,
): Promise<Record<string, string>> {
  if (!keepMetadata) return {};
  const found = await originalMetadata(tree, treeName(url));
  return found ? { "original-metadata.json": `${JSON.stringify(found, null, 2)}\n` } : {};
}

async function importOne(
  image: Found,
  { imagesDir, signal, importId }: ImportOptions,
  onProgress: (share: number) => void,
): Promise<ImportedImage> {
  const { parts, warnings, close } = await image.open();
  try {
    const written = await writePixels(
      imagesDir,
      { ...parts, name: image.name },
      { signal, onProgress, importId },
    );
    const { dtype, sizeT, sizeZ } = parts.pixels;
    return { ...written, name: image.name, dtype, sizeT, sizeZ, rgb: parts.rgb, warnings };
  } finally {
    await close();
  }
}
