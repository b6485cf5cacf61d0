import { fromFile, type GeoTIFF, type GeoTIFFImage } from "geotiff";
import { damaged, ImportError } from "./errors.ts";
import { type Depth, type Raster, type Samples, samplesOf } from "./raster.ts";

/** One decoded strip or tile may take this much; a header that claims more is not believed. */
const MAX_BLOCK_BYTES = 256 * 2 ** 20;
const MAX_SIDE = 2 ** 20;
const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, ycbcr: 6 } as const;

/**
 * One page of a TIFF or BigTIFF through geotiff, window by window: memory is bounded by the strip that is asked for. 8 or
 * 16 bit unsigned, grey or RGB (a fourth sample is dropped). For mosaics and pictures beside an image; images themselves go
 * through the readers of `@coscope/viewer/source`.
 * @throws ImportError
 */
export async function openTiffRaster(path: string, name: string, page = 0): Promise<Raster> {
  const failed = (cause: unknown): never => {
    throw cause instanceof ImportError ? cause : damaged(path, cause);
  };
  const tiff = await fromFile(path).catch(failed);
  try {
    const image = await tiff.getImage(page);
    const layout = await layoutOf(path, image);
    const warnings = await leftOut(tiff);
    return {
      name,
      ...layout,
      warnings,
      read: reader(path, image, layout),
      close: async () => void (await tiff.close()),
    };
  } catch (cause) {
    await tiff.close();
    return failed(cause);
  }
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly depth: Depth;
  readonly photometric: number;
}

async function layoutOf(path: string, image: GeoTIFFImage): Promise<Layout> {
  const width = image.getWidth();
  const height = image.getHeight();
  const samples = image.getSamplesPerPixel();
  const bits = image.getBitsPerSample(0);
  const format = image.getSampleFormat(0);
  const photometric = Number(
    image.fileDirectory.getValue("PhotometricInterpretation") ?? PHOTOMETRIC.blackIsZero,
  );
  const refuse = (what: string) =>
    new ImportError(
      "unsupported",
      path,
      `expected 8 or 16 bit unsigned grey or RGB, got ${what}.`,
      `Convert it first: bioformats2raw "${path}" out.zarr, then start with --images on the folder of out.zarr.`,
    );
  if (!(width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE))
    throw new ImportError("damaged", path, `claims ${width} × ${height} px.`);
  if (format !== 1 || (bits !== 8 && bits !== 16))
    throw refuse(`${bits} bit ${["", "", "signed", "floating point"][format] ?? ""}`.trim());
  if (samples === 2 || samples > 4) throw refuse(`${samples} channels`);
  const known: readonly number[] = Object.values(PHOTOMETRIC);
  if (!known.includes(photometric)) throw refuse(`colours of kind ${photometric}`);
  const blockBytes = image.getTileWidth() * image.getTileHeight() * samples * (bits / 8);
  if (!(blockBytes > 0 && blockBytes <= MAX_BLOCK_BYTES))
    throw new ImportError(
      "too-large",
      path,
      `expected strips or tiles of at most 256 MiB, got ${Math.round(blockBytes / 2 ** 20)} MiB.`,
      "Save it as a tiled TIFF.",
    );
  return { width, height, channels: samples >= 3 ? 3 : 1, depth: bits, photometric };
}

/** Pages beyond the first that are not smaller copies of it. */
async function leftOut(tiff: GeoTIFF): Promise<string[]> {
  const pages = await tiff.getImageCount();
  let others = 0;
  for (let i = 1; i < pages; i++) {
    const page = await tiff.getImage(i);
    const reduced = (Number(page.fileDirectory.getValue("NewSubfileType") ?? 0) & 1) === 1;
    if (!reduced) others++;
  }
  return others === 0
    ? []
    : [`only the first of its ${others + 1} pages was imported; for channels, z and time use bioformats2raw`];
}

function reader(path: string, image: GeoTIFFImage, { width, channels, depth, photometric }: Layout) {
  const samples = channels === 3 ? [0, 1, 2] : [0];
  return async (y0: number, rows: number): Promise<Samples> => {
    const window = [0, y0, width, y0 + rows];
    const raw = await (photometric === PHOTOMETRIC.ycbcr
      ? image.readRGB({ window, interleave: true })
      : image.readRasters({ window, samples, interleave: true })
    ).catch((cause) => {
      throw damaged(path, cause);
    });
    const out = samplesOf(depth, width * rows * channels);
    if (raw.length !== out.length) throw damaged(path, `${raw.length} values where ${out.length} belong`);
    out.set(raw as unknown as Uint16Array);
    if (photometric === PHOTOMETRIC.whiteIsZero) {
      const white = depth === 8 ? 0xff : 0xffff;
      for (let i = 0; i < out.length; i++) out[i] = white - out[i]!;
    }
    return out;
  };
}
