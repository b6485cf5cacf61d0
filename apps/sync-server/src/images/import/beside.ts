import { fromFile, type GeoTIFFImage } from "geotiff";
import type { FileTree } from "./file-tree.ts";
import type { Raster } from "./raster.ts";
import { openTiffRaster } from "./tiff-raster.ts";

/**
 * What a slide file holds beside the specimen: left out of an import unless asked for, as labels and photographs of the slide show
 * names and numbers of patients, and descriptions hold dates, people and the serial numbers of scanners.
 */

/** Pictures of the slide's label and of the whole slide, by what the file calls them. */
export async function associatedImages(
  path: string,
): Promise<{ name: string; open(name: string): Promise<Raster> }[]> {
  const tiff = await fromFile(path).catch(() => null);
  if (!tiff) return [];
  try {
    const found: { name: string; open(name: string): Promise<Raster> }[] = [];
    const pages = await tiff.getImageCount();
    for (let page = 1; page < pages && page < 64; page++) {
      const { fileDirectory } = await tiff.getImage(page);
      const description = (await textOf(fileDirectory, "ImageDescription")) ?? "";
      const name = /\b(label|macro)\b/i.exec(description)?.[1]?.toLowerCase();
      if (name) found.push({ name, open: (as) => openTiffRaster(path, as, page) });
    }
    return found;
  } finally {
    await tiff.close();
  }
}

const TAGS = [
  "ImageDescription",
  "Software",
  "DateTime",
  "Artist",
  "HostComputer",
  "Make",
  "Model",
  "Copyright",
] as const;
const ZARR_FILES = ["zarr.json", ".zattrs", "OME/METADATA.ome.xml"];
const MAX_TEXT_BYTES = 32 * 2 ** 20;

/** What the file says in words, for those who ask for it: a TIFF's text tags, or an OME-Zarr's own metadata. */
export async function originalMetadata(tree: FileTree, name: string): Promise<Record<string, string> | null> {
  const found: Record<string, string> = {};
  for (const file of ZARR_FILES) {
    const inTree = name === "" ? file : `${name}/${file}`;
    const size = await tree.size(inTree);
    if (size !== null && size <= MAX_TEXT_BYTES)
      found[file] = new TextDecoder().decode(await tree.read(inTree, 0, size));
  }
  const path = tree.path(name);
  const tiff = path && Object.keys(found).length === 0 ? await fromFile(path).catch(() => null) : null;
  if (tiff) {
    try {
      const { fileDirectory } = await tiff.getImage(0);
      for (const tag of TAGS) {
        const text = await textOf(fileDirectory, tag);
        if (text) found[tag] = text;
      }
    } finally {
      await tiff.close();
    }
  }
  return Object.keys(found).length > 0 ? found : null;
}

/** Long values are read when they are asked for. */
async function textOf(
  directory: GeoTIFFImage["fileDirectory"],
  tag: (typeof TAGS)[number],
): Promise<string | null> {
  if (!directory.hasTag(tag)) return null;
  const value: unknown = await directory.loadValue(tag);
  return typeof value === "string" ? value.replace(/\0+$/, "") : null;
}
