import {
  type Calibration,
  type ChannelInfo,
  defaultChannelSettings,
  percentileWindow,
  pixelRange,
} from "@coscope/viewer/source";
import type { Pixels } from "./pixels.ts";
import type { Raster } from "./raster.ts";
import type { AxisName, Pyramid } from "./write-pyramid.ts";

/** Percent of pixels shown black and white at first; colour pictures are shown as they are. */
const DARKEST = 0.1;
const BRIGHTEST = 99.9;

/** What an image says of itself beside its pixels. */
export interface Description {
  readonly name: string;
  readonly calibration: Calibration | null;
  readonly channels: readonly ChannelInfo[];
  readonly rgb: boolean;
}

const channel = (name: string, color: number): ChannelInfo => ({ name, color, window: null });

/** Channels of a raster: grey, or red, green and blue. */
export function rasterChannels(raster: Raster): Pick<Description, "channels" | "rgb"> {
  const rgb = raster.channels === 3;
  return {
    channels: rgb
      ? [channel("Red", 0xff0000), channel("Green", 0x00ff00), channel("Blue", 0x0000ff)]
      : [channel("Grey", 0xffffff)],
    rgb: rgb && raster.depth === 8,
  };
}

export function squarePixels(micrometres: number | null): Calibration | null {
  return micrometres === null ? null : { x: micrometres, y: micrometres, unit: "µm" };
}

/** `attributes.ome` of an image group, OME-NGFF 0.5: multiscales and omero. */
export async function imageMetadata(pixels: Pixels, pyramid: Pyramid, description: Description) {
  const { dtype } = pixels;
  const settings = defaultChannelSettings({ ...description, dtype });
  const type = pixelRange(dtype);
  const small = /^u?int(8|16)$/.test(dtype);
  const channels = await Promise.all(
    description.channels.map(async (info, c) => ({
      label: info.name,
      color: settings[c]!.color.toString(16).padStart(6, "0").toUpperCase(),
      active: settings[c]!.visible,
      window: info.window ?? {
        ...(small ? type : spread(pyramid.ranges[c]!)),
        ...(description.rgb ? { start: 0, end: 255 } : await measured(pyramid, c)),
      },
    })),
  );
  return {
    version: "0.5",
    // Without a name: the file's may be a patient's, and the row has one.
    multiscales: [multiscale(pyramid, description.calibration, "mean of 2 × 2")],
    omero: { channels },
  };
}

async function measured(pyramid: Pyramid, channel: number): Promise<{ start: number; end: number }> {
  const window = percentileWindow(await pyramid.sample(channel), DARKEST, BRIGHTEST);
  return { start: window?.min ?? 0, end: window?.max ?? 1 };
}

const spread = ({ min, max }: { min: number; max: number }) => ({ min, max: max > min ? max : min + 1 });

/** `attributes.ome` of a label group below the image's `labels`. */
export function labelMetadata(pyramid: Pyramid, name: string, calibration: Calibration | null) {
  return {
    version: "0.5",
    multiscales: [{ name, ...multiscale(pyramid, calibration, "nearest") }],
    "image-label": { source: { image: "../../" } },
  };
}

const SPACE: readonly AxisName[] = ["x", "y", "z"];

function multiscale({ axes, levels }: Pyramid, calibration: Calibration | null, type: string) {
  const size = (axis: AxisName) => (axis === "c" ? undefined : calibration?.[axis]);
  return {
    type,
    axes: axes.map((axis) => {
      if (axis === "c") return { name: axis, type: "channel" };
      const known = size(axis) !== undefined;
      if (axis === "t") return { name: axis, type: "time", ...(known && { unit: "second" }) };
      return { name: axis, type: "space", ...(known && { unit: "micrometer" }) };
    }),
    datasets: levels.map((_, i) => ({
      path: `${i}`,
      coordinateTransformations: [
        {
          type: "scale",
          scale: axes.map((axis) => (size(axis) ?? 1) * (SPACE.includes(axis) && axis !== "z" ? 2 ** i : 1)),
        },
      ],
    })),
  };
}
