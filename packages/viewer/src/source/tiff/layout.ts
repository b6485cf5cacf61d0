import type { ChannelInfo } from "../image-source.ts";
import { nameOfUrl } from "../names.ts";
import type { RemoteFile } from "../remote-file.ts";
import { type Directory, numbersOf, type TiffHeader, textOf } from "./directory.ts";
import { damaged, notRead, tooLarge } from "./errors.ts";
import type { ImageJ } from "./imagej.ts";
import { isLevelOf, type PlaneRef, type TiffLevel } from "./levels.ts";
import { MAX_PLANES } from "./limits.ts";
import { type OmeImage, placePlanes } from "./ome-xml.ts";
import { COMPRESSION, placeOf, readPage, TAGS, type TiffPage } from "./page.ts";

/** Which picture in the file is which plane. */
export interface Planes {
  readonly sizeZ: number;
  readonly sizeT: number;
  /** Planes per z and t. */
  readonly sizeC: number;
  /** By `(t * sizeZ + z) * sizeC + c`. */
  readonly refs: readonly (PlaneRef | null)[];
  /** Smaller copies that are pages of their own. */
  readonly pyramid: readonly TiffLevel[];
  readonly byPosition: ReadonlyMap<number, Directory>;
}

export interface Reading {
  readonly file: RemoteFile;
  readonly header: TiffHeader;
  readonly chain: readonly Directory[];
  /** The first directory's. */
  readonly page: TiffPage;
  readonly warnings: string[];
  readonly signal: AbortSignal | undefined;
}

const positions = (chain: readonly Directory[]) => new Map(chain.map((entry) => [entry.at, entry]));
const refTo = (directory: Directory): PlaneRef => ({ at: directory.at, shift: 0 });

/** Directories of an image's planes, by the file's own metadata. */
function placedPlanes(ome: OmeImage, directories: number, url: string): ReturnType<typeof placePlanes> {
  const total = ome.sizeZ * ome.sizeT * ome.channels.length;
  if (total > MAX_PLANES) throw tooLarge(url, `at most ${MAX_PLANES} planes`, `${total}`);
  const own = nameOfUrl(url, /^$/);
  const several = new Set(ome.planes.map((entry) => entry.fileName).filter((name) => name !== null)).size > 1;
  // A file that was renamed still is the file that its own metadata means, if that means only one.
  return placePlanes(ome, directories, (name) => !several || name === own);
}

/** Where an image begins: further images of a file lie behind the first. */
export function firstDirectory(
  ome: OmeImage,
  chain: readonly Directory[],
  url: string,
): Directory | undefined {
  const first = placedPlanes(ome, chain.length, url).placed.find((index) => index !== null);
  return first === undefined || first === null ? undefined : chain[first];
}

/** OME-TIFF: the XML says which directory is which plane. */
export function omePlanes({ file, chain, page, warnings }: Reading, ome: OmeImage): Planes {
  const total = ome.sizeZ * ome.sizeT * ome.channels.length;
  const { placed, elsewhere } = placedPlanes(ome, chain.length, file.url);
  if (elsewhere > 0) {
    warnings.push(
      `${elsewhere} of ${total} planes are in other files of the set, and shown empty. Convert the set to OME-Zarr to see all.`,
    );
  }
  const samples = ome.channels[0]?.samples ?? 1;
  if (samples > 1 && page.channels < Math.min(samples, 3)) {
    warnings.push("The metadata says colour; the pixels are grey.");
  }
  return {
    sizeZ: ome.sizeZ,
    sizeT: ome.sizeT,
    sizeC: ome.channels.length,
    refs: placed.map((index) => (index === null ? null : refTo(chain[index]!))),
    pyramid: [],
    byPosition: positions(chain),
  };
}

/** ImageJ: channels before slices before frames, in directories of their own or one after another behind the first. */
export async function imageJPlanes(
  { file, header, chain, page, warnings, signal }: Reading,
  imagej: ImageJ,
): Promise<Planes> {
  const { channels, slices, frames } = imagej;
  const total = channels * slices * frames;
  if (total > MAX_PLANES) throw tooLarge(file.url, `at most ${MAX_PLANES} planes`, `${total}`);
  const common = { sizeZ: slices, sizeT: frames, sizeC: channels, pyramid: [], byPosition: positions(chain) };
  if (chain.length >= total || total === 1) {
    return { ...common, refs: Array.from({ length: total }, (_, i) => refTo(chain[i]!)) };
  }
  const planeBytes = (page.width * page.height * page.samples * page.bits) / 8;
  const { offset } = await placeOf(file, header, page, 0, signal);
  const fits = file.size === null || offset + planeBytes * total <= file.size;
  if (page.compression === COMPRESSION.none && page.split && fits) {
    const refs = Array.from({ length: total }, (_, i) => ({ at: chain[0]!.at, shift: i * planeBytes }));
    return { ...common, refs };
  }
  if (chain.length === 1 && !fits) {
    throw damaged(file.url, `${total} planes of ${planeBytes} bytes`, `a file of ${file.size} bytes`);
  }
  warnings.push(`The file says that it holds ${total} planes; ${chain.length} were found.`);
  const refs = Array.from({ length: total }, (_, i) => (chain[i] ? refTo(chain[i]) : null));
  return { ...common, refs };
}

const REDUCED = 1;
const MASK = 4;

/**
 * TIFF without further metadata. Pages like the first are a stack in z; smaller
 * ones of its shape are a pyramid; all else (a slide's label, a photograph of
 * the whole glass, thumbnails) is left out.
 */
export async function stackPlanes(reading: Reading, slide: boolean): Promise<Planes> {
  const { file, header, chain, page, warnings, signal } = reading;
  const refs: PlaneRef[] = [refTo(chain[0]!)];
  const pyramid: TiffLevel[] = [];
  let left = 0;
  for (const directory of chain.slice(1)) {
    const kind = (await numbersOf(file, header, directory, TAGS.newSubfileType, signal))?.[0] ?? 0;
    if ((kind & MASK) !== 0) continue;
    let other: TiffPage;
    try {
      other = await readPage(file, header, directory, signal);
    } catch {
      // A label in a compression that is not read is no reason not to show the slide.
      left++;
      continue;
    }
    const last = pyramid.at(-1)?.page;
    const again = refs.length > 1 && last !== undefined && isLike(other, last);
    if (isLike(other, page) && (kind & REDUCED) === 0 && !last) {
      refs.push(refTo(directory));
    } else if (again) {
      pyramid.push({ page: other, planes: [refTo(directory)] });
    } else if (await isPyramidPage(reading, directory, other, last ?? page, slide)) {
      pyramid.push({ page: other, planes: [refTo(directory)] });
    } else {
      left++;
    }
  }
  if (left > 0 && !slide) warnings.push(`${left} further pictures in the file are not shown.`);
  if (refs.length > 1 && pyramid.length > 0) {
    // Several full-size pages, then smaller ones: one smaller page per full-size page, level by level.
    return { ...oneByOne(refs, pyramid), byPosition: positions(chain) };
  }
  if (refs.length > 1)
    warnings.push("The file does not say what its pages are; they are shown as a stack in z.");
  return { sizeZ: refs.length, sizeT: 1, sizeC: 1, refs, pyramid, byPosition: positions(chain) };
}

const isLike = (a: TiffPage, b: TiffPage): boolean =>
  a.width === b.width && a.height === b.height && a.channels === b.channels && a.dtype === b.dtype;

async function isPyramidPage(
  { file, page, signal }: Reading,
  directory: Directory,
  other: TiffPage,
  larger: TiffPage,
  slide: boolean,
): Promise<boolean> {
  if (!isLevelOf(other, larger)) return false;
  if (!slide) return true;
  // A slide's thumbnail and label are in strips; its levels are tiled as the slide is.
  if (other.tiled !== page.tiled) return false;
  const description = await textOf(file, directory, TAGS.description, signal);
  return !/\b(label|macro)\b/i.test(description);
}

/** Pages of one size after another: channels first, then the same channels smaller. */
function oneByOne(refs: readonly PlaneRef[], found: readonly TiffLevel[]): Omit<Planes, "byPosition"> {
  const count = refs.length;
  const pyramid: TiffLevel[] = [];
  for (const { page } of found) {
    if (pyramid.some((level) => level.page.width === page.width)) continue;
    const planes = found.filter((level) => level.page.width === page.width).map((level) => level.planes[0]!);
    if (planes.length === count) pyramid.push({ page, planes });
  }
  return { sizeZ: 1, sizeT: 1, sizeC: count, refs, pyramid };
}

/** One entry per channel that is served. */
export function channelsOf(
  page: TiffPage,
  planes: Planes,
  ome: OmeImage | null,
  imagej: ImageJ | null,
): ChannelInfo[] {
  const colour = page.photometric === 2 || page.photometric === 3 || page.photometric === 6;
  const rgb = page.channels === 3 && colour;
  const white = ome?.channels.every(({ color }) => color === 0xffffff);
  const count = planes.sizeC * page.channels;
  return Array.from({ length: count }, (_, i): ChannelInfo => {
    const plane = Math.floor(i / page.channels);
    const sample = i % page.channels;
    const told = ome?.channels[plane];
    if (rgb) {
      const name = ["Red", "Green", "Blue"][sample]!;
      return {
        name: planes.sizeC > 1 ? `${told?.name || `Channel ${plane + 1}`} ${name.toLowerCase()}` : name,
        color: [0xff0000, 0x00ff00, 0x0000ff][sample]!,
        window: null,
      };
    }
    // Writers that know no colours write white for all.
    const color = white && count > 1 ? null : (told?.color ?? null);
    return { name: told?.name || `Channel ${i + 1}`, color, window: i === 0 ? windowOf(imagej) : null };
  });
}

/** ImageJ keeps the window of the channel that was in front; others are measured. */
function windowOf(imagej: ImageJ | null): ChannelInfo["window"] {
  if (imagej?.channels !== 1 || imagej.min === null || imagej.max === null || imagej.min >= imagej.max)
    return null;
  return { min: imagej.min, max: imagej.max, start: imagej.min, end: imagej.max };
}

export function refuseEmpty(file: RemoteFile, planes: Planes): void {
  if (planes.refs.some((ref) => ref !== null)) return;
  throw notRead(file.url, "at least one plane in this file", "a set whose planes are all in other files");
}
