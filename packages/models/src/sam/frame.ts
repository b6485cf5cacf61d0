import { type Planes, padTo } from "../planes.ts";
import { resample } from "../region.ts";
import type { SamSpec } from "./manifest.ts";

/** Frame px a px of the region, and how much of the frame the region fills. */
export interface Frame {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly width: number;
  readonly height: number;
}

export function frameOf(region: { width: number; height: number }, { input }: SamSpec): Frame {
  const longest = input.size / Math.max(region.width, region.height);
  const scaleX = input.resize === "stretch" ? input.size / region.width : longest;
  const scaleY = input.resize === "stretch" ? input.size / region.height : longest;
  return {
    scaleX,
    scaleY,
    width: Math.max(1, Math.round(region.width * scaleX)),
    height: Math.max(1, Math.round(region.height * scaleY)),
  };
}

/** A region in 0..1 as the encoder's input. */
export function inputOf(region: Planes, spec: SamSpec): { data: Float32Array; dims: number[] } {
  const { layout, range, mean, std, size, padded } = spec.input;
  const frame = frameOf(region, spec);
  const fits = frame.width === region.width && frame.height === region.height;
  const scaled = fits
    ? region
    : resample(region, {
        x: 0,
        y: 0,
        stepX: region.width / frame.width,
        stepY: region.height / frame.height,
        width: frame.width,
        height: frame.height,
      });
  const area = frame.width * frame.height;
  const data = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < area; i++)
      data[c * area + i] = ((scaled.data[c * area + i] as number) * range - mean[c]!) / std[c]!;
  // Padding comes after normalisation, so it is the mean colour: as SAM was trained.
  const input = { channels: 3, width: frame.width, height: frame.height, data };
  const whole = padded ? padTo(input, size, size) : input;
  if (layout === "HWC") return { data: interleave(whole), dims: [whole.height, whole.width, 3] };
  return { data: whole.data, dims: [1, 3, whole.height, whole.width] };
}

function interleave({ data, width, height }: Planes): Float32Array {
  const area = width * height;
  const out = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) out[i * 3 + c] = data[c * area + i] as number;
  return out;
}
