import { SourceError } from "../../errors.ts";
import type { Calibration } from "../calibration.ts";
import type { ChannelInfo } from "../image-source.ts";
import { imageIndexOf } from "../image-url.ts";
import { nameOfUrl } from "../names.ts";
import type { FileFacts, RemoteFile } from "../remote-file.ts";
import { XmlError } from "../xml.ts";
import { type Aperio, parseAperio } from "./aperio.ts";
import {
  type Directory,
  numbersOf,
  parseHeader,
  readChain,
  readDirectory,
  type TiffHeader,
  textOf,
} from "./directory.ts";
import { asSourceError, damaged, tooLarge } from "./errors.ts";
import { type ImageJ, imageJCalibration, parseImageJ } from "./imagej.ts";
import {
  channelsOf,
  firstDirectory,
  imageJPlanes,
  omePlanes,
  type Planes,
  refuseEmpty,
  stackPlanes,
} from "./layout.ts";
import { isLevelOf, type TiffLevel } from "./levels.ts";
import { MAX_FLAT_BYTES, MAX_PLANES } from "./limits.ts";
import { type OmeImage, parseOmeXml } from "./ome-xml.ts";
import { readPage, TAGS, type TiffPage } from "./page.ts";

/**
 * Everything read to open a TIFF, as plain data: a worker that gets it asks
 * for pixels at once.
 */
export interface TiffManifest {
  readonly file: FileFacts;
  readonly header: TiffHeader;
  readonly name: string;
  /** Names of the images that the file holds; this one is among them. */
  readonly images: readonly string[];
  readonly sizeZ: number;
  readonly sizeT: number;
  /** Planes per z and t; each has `levels[0].page.channels` channels. */
  readonly sizeC: number;
  readonly channels: readonly ChannelInfo[];
  readonly rgb: boolean;
  readonly levels: readonly TiffLevel[];
  readonly calibration: Calibration | null;
  readonly warnings: readonly string[];
}

const EXPECTED = "a TIFF image";

/**
 * Reads a TIFF's directories and metadata.
 * @param flat whether an image without smaller copies of itself may be of any size
 * @throws SourceError
 */
export async function readTiffManifest(
  file: RemoteFile,
  signal?: AbortSignal,
  flat = false,
): Promise<TiffManifest> {
  try {
    return await readManifest(file, signal, flat);
  } catch (cause) {
    throw asSourceError(file.url, EXPECTED, cause);
  }
}

async function readManifest(
  file: RemoteFile,
  signal: AbortSignal | undefined,
  anySize: boolean,
): Promise<TiffManifest> {
  const { url } = file;
  const header = parseHeader(file.head);
  if (!header) throw damaged(url, EXPECTED, "other bytes at the beginning");
  const chain = await readChain(file, header, signal);
  const first = chain[0];
  if (!first) throw damaged(url, "at least one picture", "none");
  const warnings: string[] = [];
  const description = await textOf(file, first, TAGS.description, signal);
  const index = imageIndexOf(url);
  const ome = omeOf(description, index, warnings);
  if (!ome && index > 0) throw noSuchImage(url, index);
  const directory = (ome && firstDirectory(ome, chain, url)) ?? first;
  const page = await readPage(file, header, directory, signal);
  const imagej = ome ? null : parseImageJ(description);
  const aperio = ome || imagej ? null : parseAperio(description);

  const named = { file, header, chain, page, warnings, signal };
  const planes = ome
    ? omePlanes(named, ome)
    : imagej
      ? await imageJPlanes(named, imagej)
      : await stackPlanes(named, aperio !== null);
  if (planes.refs.length > MAX_PLANES)
    throw tooLarge(url, `at most ${MAX_PLANES} planes`, `${planes.refs.length}`);
  refuseEmpty(file, planes);
  const levels = await levelsOf(file, header, page, planes, signal);
  const coarsest = levels.at(-1)!.page;
  const flat = coarsest.width * coarsest.height * coarsest.channels * Math.ceil(coarsest.bits / 8);
  if (flat > MAX_FLAT_BYTES && !anySize) {
    throw tooLarge(
      url,
      `smaller copies of the image in the file (a pyramid), or at most ${MAX_FLAT_BYTES / 2 ** 20} MiB`,
      `${coarsest.width} × ${coarsest.height} pixels without`,
    );
  }
  const rgb = page.channels === 3 && page.dtype === "uint8" && planes.sizeC === 1 && isColour(page);
  return {
    file: { url, size: file.size, ranges: file.ranges },
    header,
    name: ome?.name || nameOfUrl(url, /(\.ome)?\.(tiff?|tf2|tf8|btf|svs)$/i),
    images: ome?.images ?? [""],
    sizeZ: planes.sizeZ,
    sizeT: planes.sizeT,
    sizeC: planes.sizeC,
    channels: channelsOf(page, planes, ome, imagej),
    rgb,
    levels,
    calibration: await calibrationOf(file, header, directory, { ome, imagej, aperio }, signal),
    warnings: [...new Set(warnings)],
  };
}

function isColour(page: TiffPage): boolean {
  // Three samples that are called grey may still be three stains: only a file that says RGB is RGB.
  return page.photometric !== 0 && page.photometric !== 1;
}

function noSuchImage(url: string, index: number): SourceError {
  return new SourceError("not-found", {
    url,
    expected: `image ${index + 1} of the file`,
    got: "a file with fewer",
    next: "Open the address without what follows the #, and choose among its images.",
  });
}

function omeOf(description: string, index: number, warnings: string[]): OmeImage | null {
  try {
    const ome = parseOmeXml(description, index);
    if (ome?.elsewhere) {
      warnings.push(
        "The image's metadata is in another file (companion.ome); the planes are shown in file order.",
      );
      return null;
    }
    if (ome && ome.images.length > 1 && index === 0) {
      warnings.push(`The file holds ${ome.images.length} images; the first is shown.`);
    }
    return ome;
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    warnings.push(
      `The image's OME-XML cannot be read (${cause.message}); the planes are shown in file order.`,
    );
    return null;
  }
}

/** Pictures of the same kind, smaller: in the first plane's SubIFDs, or as found among the pages. */
async function levelsOf(
  file: RemoteFile,
  header: TiffHeader,
  page: TiffPage,
  planes: Planes,
  signal: AbortSignal | undefined,
): Promise<TiffLevel[]> {
  const levels: TiffLevel[] = [{ page, planes: planes.refs }];
  if (planes.pyramid.length > 0) return [...levels, ...planes.pyramid];
  const directories = planes.refs.map((ref) => (ref ? planes.byPosition.get(ref.at) : undefined));
  const known = directories.find((directory) => directory !== undefined);
  const listed = await subIfdsOf(file, header, known, signal);
  if (listed.length === 0) return levels;
  const subIfds: number[][] = [];
  for (const directory of directories) subIfds.push(await subIfdsOf(file, header, directory, signal));
  for (let i = 0; i < listed.length && i < 32; i++) {
    const directory = await readDirectory(file, header, listed[i]!, signal);
    const smaller = await readPage(file, header, directory, signal);
    if (!isLevelOf(smaller, levels.at(-1)!.page)) continue;
    levels.push({
      page: smaller,
      planes: subIfds.map((list) => (list[i] === undefined ? null : { at: list[i]!, shift: 0 })),
    });
  }
  return levels;
}

async function subIfdsOf(
  file: RemoteFile,
  header: TiffHeader,
  directory: Directory | undefined,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  return (directory && (await numbersOf(file, header, directory, TAGS.subIfds, signal))) ?? [];
}

/** Printers' resolutions (72, 96, 300 dpi…) say nothing about a specimen. */
const COARSEST_BELIEVED_UM = 20;

async function calibrationOf(
  file: RemoteFile,
  header: TiffHeader,
  first: Directory,
  told: { ome: OmeImage | null; imagej: ImageJ | null; aperio: Aperio | null },
  signal: AbortSignal | undefined,
): Promise<Calibration | null> {
  if (told.ome) return told.ome.calibration;
  if (told.aperio) {
    const size = told.aperio.micrometres;
    return size === null ? null : { x: size, y: size, unit: "µm" };
  }
  const x = (await numbersOf(file, header, first, TAGS.xResolution, signal))?.[0];
  const y = (await numbersOf(file, header, first, TAGS.yResolution, signal))?.[0];
  if (x === undefined || y === undefined || !(x > 0 && y > 0) || !Number.isFinite(x + y)) return null;
  if (told.imagej) return imageJCalibration(told.imagej, { x, y });
  const unit = (await numbersOf(file, header, first, TAGS.resolutionUnit, signal))?.[0] ?? 2;
  const micrometres = unit === 2 ? 25_400 : unit === 3 ? 10_000 : 0;
  const size = { x: micrometres / x, y: micrometres / y };
  if (!(size.x > 0 && size.x <= COARSEST_BELIEVED_UM && size.y > 0 && size.y <= COARSEST_BELIEVED_UM))
    return null;
  return { ...size, unit: "µm" };
}
