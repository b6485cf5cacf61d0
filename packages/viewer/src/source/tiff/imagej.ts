import { type Calibration, calibrationFrom } from "../calibration.ts";

/** What ImageJ writes into the first directory's description. */
export interface ImageJ {
  readonly images: number;
  readonly channels: number;
  readonly slices: number;
  readonly frames: number;
  readonly unit: string;
  /** Between slices, in `unit`. */
  readonly spacing: number | null;
  /** Between frames, in `timeUnit`. */
  readonly interval: number | null;
  readonly timeUnit: string;
  /** The display window, for the first channel. */
  readonly min: number | null;
  readonly max: number | null;
}

/** Null when the text is not ImageJ's. */
export function parseImageJ(text: string): ImageJ | null {
  if (!text.startsWith("ImageJ=")) return null;
  const fields = new Map<string, string>();
  for (const line of text.slice(0, 65_536).split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) fields.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const number = (key: string): number | null => {
    const value = Number(fields.get(key) || Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const count = (key: string): number => {
    const value = number(key);
    return value !== null && Number.isInteger(value) && value >= 1 && value <= 2 ** 20 ? value : 1;
  };
  const images = count("images");
  const [channels, frames] = [count("channels"), count("frames")];
  let slices = count("slices");
  // A plain stack states its images alone.
  if (channels * slices * frames !== images) slices = Math.max(1, Math.floor(images / (channels * frames)));
  const interval = number("finterval");
  const perSecond = number("fps");
  return {
    images,
    channels,
    slices,
    frames,
    // "\u00B5m" is written so, as text.
    unit: (fields.get("unit") ?? "").replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    spacing: number("spacing"),
    interval: interval ?? (perSecond ? 1 / perSecond : null),
    timeUnit: interval === null ? "s" : (fields.get("tunit") ?? "s"),
    min: number("min"),
    max: number("max"),
  };
}

/** @param resolution pixels per `unit`, from the resolution tags */
export function imageJCalibration(
  { unit, spacing, interval, timeUnit }: ImageJ,
  resolution: { x: number; y: number } | null,
): Calibration | null {
  if (!resolution) return null;
  const axis = (scale: number | null, of: string) => (scale === null ? undefined : { scale, unit: of });
  return calibrationFrom({
    x: axis(1 / resolution.x, unit),
    y: axis(1 / resolution.y, unit),
    z: axis(spacing, unit),
    t: axis(interval, timeUnit === "sec" ? "s" : timeUnit),
  });
}
