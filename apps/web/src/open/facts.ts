import type { ImageSource } from "@coscope/viewer/source";
import { formatNumber, plural } from "../panels/format.ts";
import type { ImageSummary } from "../state/rows.ts";

export function summaryOf(source: ImageSource): ImageSummary {
  const { width, height, sizeZ, sizeT, rgb, dtype, calibration } = source;
  const micrometres = calibration?.unit === "µm" && calibration.x > 0 ? calibration.x : null;
  return { width, height, sizeZ, sizeT, channels: source.channels.length, rgb, dtype, micrometres };
}

/** What an image is, in the words of who looks at cells: "20,000 × 18,000 px", "4 channels", "0.325 µm per px"… */
export function factsOf(summary: ImageSummary): string[] {
  const { width, height, sizeZ, sizeT, channels, rgb, micrometres } = summary;
  return [
    `${formatNumber(width)} × ${formatNumber(height)} px`,
    rgb ? "colour" : plural(channels, "channel"),
    ...(sizeZ > 1 ? [plural(sizeZ, "z plane")] : []),
    ...(sizeT > 1 ? [plural(sizeT, "time point")] : []),
    ...(micrometres === null ? [] : [`${formatNumber(micrometres)} µm per px`]),
  ];
}

const TYPES: Readonly<Record<string, string>> = {
  uint8: "8 bit",
  uint16: "16 bit",
  uint32: "32 bit",
  int8: "8 bit, signed",
  int16: "16 bit, signed",
  int32: "32 bit, signed",
  float32: "32 bit float",
  float64: "64 bit float",
};

export function nameOfType(dtype: string): string {
  return TYPES[dtype] ?? dtype;
}
