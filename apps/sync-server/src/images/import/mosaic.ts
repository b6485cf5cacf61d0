import { ImportError } from "./errors.ts";
import { type Depth, type Raster, type Samples, samplesOf } from "./raster.ts";

/** Black between the images, px. */
const GAP = 16;
/** Ids that each label image of a mosaic has to itself: all of a 16-bit image. */
const ID_RANGE = 0x10000;

export interface Placement {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Sized {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly placements: readonly Placement[];
}

/** Rows this much wider than a square of the same area are tried: rows of mixed heights leave room empty. */
const STRETCHES = Array.from({ length: 16 }, (_, i) => 1 + i / 10);

/**
 * Lays images out in rows, in the order given, each row as high as its highest image, the whole as nearly square as
 * that allows. The same sizes in the same order always give the same places.
 */
export function layOut(images: readonly Sized[]): Layout {
  const area = images.reduce((sum, { width, height }) => sum + (width + GAP) * (height + GAP), 0);
  const widest = Math.max(...images.map(({ width }) => width));
  return STRETCHES.map((stretch) => inRows(images, Math.max(widest, Math.sqrt(area) * stretch))).reduce(
    (a, b) => (Math.max(b.width, b.height) < Math.max(a.width, a.height) ? b : a),
  );
}

function inRows(images: readonly Sized[], rowWidth: number): Layout {
  const placements: Placement[] = [];
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  for (const { name, width, height } of images) {
    if (x > 0 && x + width > rowWidth) {
      x = 0;
      y += rowHeight + GAP;
      rowHeight = 0;
    }
    placements.push({ name, x, y, width, height });
    rowHeight = Math.max(rowHeight, height);
    x += width + GAP;
  }
  return { width: Math.max(...placements.map((p) => p.x + p.width)), height: y + rowHeight, placements };
}

/**
 * Many images as one raster. Mixed grey and colour becomes colour; mixed 8 and 16 bit becomes 16 bit, 8-bit values times
 * 257. Only the images that a strip touches are decoded at once.
 * @param convert changes an image's samples before they are placed (labels: makes ids unique)
 */
export function mosaicRaster(
  name: string,
  rasters: readonly Raster[],
  placements: readonly Placement[],
  { convert, depth: asked }: { convert?: (samples: Samples, index: number) => Samples; depth?: Depth } = {},
): Raster {
  const channels = rasters.some((raster) => raster.channels === 3) ? 3 : 1;
  const depth = asked ?? (rasters.some((raster) => raster.depth === 16) ? 16 : 8);
  const width = Math.max(...placements.map((p) => p.x + p.width));
  const height = Math.max(...placements.map((p) => p.y + p.height));
  const widened = !asked && depth === 16 && rasters.some((raster) => raster.depth === 8);

  async function place(out: Samples, y0: number, rows: number, index: number): Promise<void> {
    const raster = rasters[index]!;
    const at = placements[index]!;
    const top = Math.max(y0, at.y);
    const bottom = Math.min(y0 + rows, at.y + at.height);
    if (top >= bottom) return;
    const read = await raster.read(top - at.y, bottom - top);
    const samples = convert ? convert(read, index) : read;
    const factor = widened && raster.depth === 8 ? 257 : 1;
    for (let y = top; y < bottom; y++) {
      for (let x = 0; x < at.width; x++) {
        const from = ((y - top) * at.width + x) * raster.channels;
        const to = ((y - y0) * width + at.x + x) * channels;
        for (let c = 0; c < channels; c++)
          out[to + c] = samples[from + (raster.channels === 3 ? c : 0)]! * factor;
      }
    }
    if (bottom === at.y + at.height) await raster.close();
  }

  return {
    name,
    width,
    height,
    channels,
    depth,
    warnings: [
      ...(widened ? ["8-bit and 16-bit images were mixed: 8-bit values are multiplied by 257"] : []),
      ...rasters.flatMap((raster) => raster.warnings.map((warning) => `${raster.name}: ${warning}`)),
    ],
    async read(y0, rows) {
      const out = samplesOf(depth, width * rows * channels);
      for (let index = 0; index < rasters.length; index++) await place(out, y0, rows, index);
      return out;
    },
    async close() {
      await Promise.all(rasters.map((raster) => raster.close()));
    },
  };
}

/** A mosaic of label images, at the places of their images; the ids of image n are raised by n × 65,536, so that each is unique. */
export function labelMosaic(rasters: readonly Raster[], placements: readonly Placement[]): Raster {
  rasters.forEach((raster, i) => {
    const { width, height, name } = placements[i]!;
    if (raster.width !== width || raster.height !== height || raster.channels !== 1)
      throw new ImportError(
        "labels-mismatch",
        raster.name,
        `expected one channel of ${width} × ${height} px as in ${name}, got ${raster.channels} of ${raster.width} × ${raster.height}.`,
      );
  });
  return mosaicRaster("labels", rasters, placements, {
    depth: 32,
    convert: (samples, index) => Uint32Array.from(samples, (id) => (id === 0 ? 0 : id + index * ID_RANGE)),
  });
}
