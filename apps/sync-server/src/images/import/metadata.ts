import type { Raster } from "./raster.ts";
import type { Pyramid } from "./write-pyramid.ts";

const RGB = [
  { label: "Red", color: "FF0000" },
  { label: "Green", color: "00FF00" },
  { label: "Blue", color: "0000FF" },
];
const GREY = [{ label: "Grey", color: "FFFFFF" }];
/** Shares of pixels shown black and white at first; photographs (8-bit RGB) are shown as they are. */
const DARKEST = 0.001;
const BRIGHTEST = 0.999;

interface MetadataOptions {
  readonly name: string;
  /** Side of a full-resolution pixel, µm; null where unknown, and then no unit is written. */
  readonly pixelSizeUm: number | null;
}

/** `attributes.ome` of an image group, OME-NGFF 0.5: multiscales [c, y, x] and omero. */
export function imageMetadata(raster: Raster, pyramid: Pyramid, { name, pixelSizeUm }: MetadataOptions) {
  const max = 2 ** raster.depth - 1;
  const photograph = raster.channels === 3 && raster.depth === 8;
  const channels = (raster.channels === 3 ? RGB : GREY).map((channel, c) => {
    const histogram = pyramid.histograms[c]!;
    const start = photograph ? 0 : valueAt(histogram, DARKEST);
    const end = photograph ? max : Math.max(start + 1, valueAt(histogram, BRIGHTEST));
    return { ...channel, active: true, window: { min: 0, max, start, end } };
  });
  return {
    version: "0.5",
    multiscales: [multiscale(["c", "y", "x"], pyramid, name, pixelSizeUm, "mean of 2 × 2")],
    omero: { channels },
  };
}

/** `attributes.ome` of a label group, [y, x], below the image's `labels`. */
export function labelMetadata(pyramid: Pyramid, { name, pixelSizeUm }: MetadataOptions) {
  return {
    version: "0.5",
    multiscales: [multiscale(["y", "x"], pyramid, name, pixelSizeUm, "nearest")],
    "image-label": { source: { image: "../../" } },
  };
}

function multiscale(
  axes: readonly string[],
  pyramid: Pyramid,
  name: string,
  pixelSizeUm: number | null,
  type: string,
) {
  const unit = pixelSizeUm === null ? {} : { unit: "micrometer" };
  return {
    name,
    type,
    axes: axes.map((axis) =>
      axis === "c" ? { name: axis, type: "channel" } : { name: axis, type: "space", ...unit },
    ),
    datasets: pyramid.levels.map((_, i) => ({
      path: `${i}`,
      coordinateTransformations: [
        { type: "scale", scale: axes.map((axis) => (axis === "c" ? 1 : (pixelSizeUm ?? 1) * 2 ** i)) },
      ],
    })),
  };
}

/** Smallest value at or below which `share` of the counted samples lie. */
function valueAt(histogram: Uint32Array, share: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (let value = 0; value < histogram.length; value++) {
    seen += histogram[value]!;
    if (seen >= share * total) return value;
  }
  return histogram.length - 1;
}
