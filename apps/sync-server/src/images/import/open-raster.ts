import { open } from "node:fs/promises";
import { basename, extname } from "node:path";
import { ImportError } from "./errors.ts";
import type { Raster } from "./raster.ts";
import { openSharpRaster } from "./sharp-raster.ts";
import { openTiffRaster } from "./tiff-raster.ts";

export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([".png", ".jpg", ".jpeg", ".tif", ".tiff"]);

/** Formats people try, by extension, with their names. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ".czi": "Zeiss CZI",
  ".nd2": "Nikon ND2",
  ".lif": "Leica LIF",
  ".oib": "Olympus OIB",
  ".oif": "Olympus OIF",
  ".vsi": "Olympus VSI",
  ".ims": "Imaris",
  ".mrxs": "3DHISTECH MRXS",
  ".ndpi": "Hamamatsu NDPI",
  ".scn": "Leica SCN",
  ".svs": "Aperio SVS",
  ".dcm": "DICOM",
};

type Kind = "png" | "jpeg" | "tiff";

/** Told by the first bytes: names lie. */
function kindOf(head: Uint8Array): Kind | null {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "png";
  if (starts(0xff, 0xd8, 0xff)) return "jpeg";
  const tiff = starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a);
  const bigTiff = starts(0x49, 0x49, 0x2b, 0) || starts(0x4d, 0x4d, 0, 0x2b);
  return tiff || bigTiff ? "tiff" : null;
}

/**
 * Opens a PNG, JPEG or TIFF file.
 * @throws ImportError
 */
export async function openRaster(path: string): Promise<Raster> {
  const head = await readHead(path);
  const name = basename(path, extname(path));
  const kind = kindOf(head);
  if (kind === "tiff") return openTiffRaster(path, name);
  if (kind) return openSharpRaster(path, path, name);
  const format = ELSEWHERE[extname(path).toLowerCase()];
  if (format) {
    throw new ImportError(
      "unsupported",
      path,
      `${format} files are not read here.`,
      `Convert it first: bioformats2raw "${path}" out.zarr, then start with --images on the folder of out.zarr.`,
    );
  }
  throw new ImportError(
    "not-an-image",
    path,
    `expected a PNG, JPEG or TIFF file, got ${head.length === 0 ? "an empty file" : "something else"}.`,
    "Check that it opens in an image program, or export it as TIFF.",
  );
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(new Uint8Array(8), 0, 8, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ImportError("not-found", path, "cannot be read.", "Check the name and the permissions.", cause);
  }
}
