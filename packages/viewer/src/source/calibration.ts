/** Physical size of a full-resolution pixel. Absent sizes are unknown, never 1. */
export interface Calibration {
  /** Micrometres per full-resolution pixel. */
  readonly x: number;
  readonly y: number;
  /** Micrometres between planes. */
  readonly z?: number;
  readonly unit: "µm";
  /** Seconds between time points. */
  readonly t?: number;
  readonly timeUnit?: "s";
}

// Units allowed by OME-NGFF (UDUNITS-2 names), as micrometres and seconds.
const MICROMETRES: Readonly<Record<string, number>> = {
  angstrom: 1e-4,
  picometer: 1e-6,
  nanometer: 1e-3,
  micrometer: 1,
  millimeter: 1e3,
  centimeter: 1e4,
  decimeter: 1e5,
  meter: 1e6,
  kilometer: 1e9,
  inch: 25_400,
  foot: 304_800,
  // Not in the list, but written by real software.
  um: 1,
  µm: 1,
  μm: 1,
  micron: 1,
  micrometre: 1,
  nm: 1e-3,
  nanometre: 1e-3,
  mm: 1e3,
  millimetre: 1e3,
};

const SECONDS: Readonly<Record<string, number>> = {
  nanosecond: 1e-9,
  microsecond: 1e-6,
  millisecond: 1e-3,
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  s: 1,
  ms: 1e-3,
};

export interface AxisScale {
  readonly scale: number;
  readonly unit: string | undefined;
}

function converted(axis: AxisScale | undefined, table: Readonly<Record<string, number>>): number | undefined {
  if (axis?.unit === undefined) return undefined;
  const factor = table[axis.unit] ?? table[axis.unit.toLowerCase()];
  const size = factor === undefined ? Number.NaN : axis.scale * factor;
  return Number.isFinite(size) && size > 0 ? size : undefined;
}

/** Null unless both x and y have a length unit: a bare scale says nothing about micrometres. */
export function calibrationFrom(axes: {
  x: AxisScale | undefined;
  y: AxisScale | undefined;
  z?: AxisScale | undefined;
  t?: AxisScale | undefined;
}): Calibration | null {
  const x = converted(axes.x, MICROMETRES);
  const y = converted(axes.y, MICROMETRES);
  if (x === undefined || y === undefined) return null;
  const z = converted(axes.z, MICROMETRES);
  const t = converted(axes.t, SECONDS);
  return {
    x,
    y,
    unit: "µm",
    ...(z === undefined ? {} : { z }),
    ...(t === undefined ? {} : { t, timeUnit: "s" as const }),
  };
}
