import type { AxisEntry } from "./metadata.ts";

/** Position of each axis in the array's shape; null where the array lacks it. */
export interface AxisOrder {
  readonly x: number;
  readonly y: number;
  readonly z: number | null;
  readonly c: number | null;
  readonly t: number | null;
  /** Axes that are none of these: read at index 0. */
  readonly others: readonly number[];
}

/** How unnamed arrays are laid out, by rank: the order that OME-Zarr before 0.3 prescribed. */
const UNNAMED = ["t", "c", "z", "y", "x"];

/**
 * Finds which axis is which. Names decide; an axis typed "channel" under
 * another name is the channel. Null if there is no x or y.
 */
export function orderAxes(axes: readonly AxisEntry[], rank: number): AxisOrder | null {
  const named: readonly AxisEntry[] =
    axes.length === 0
      ? UNNAMED.slice(Math.max(0, 5 - rank)).map((name) => ({ name, type: undefined, unit: undefined }))
      : axes;
  if (named.length !== rank) return null;
  const find = (name: string) => {
    const index = named.findIndex((axis) => axis.name.toLowerCase() === name);
    return index < 0 ? null : index;
  };
  const byType = (type: string) => {
    const index = named.findIndex((axis) => axis.type === type);
    return index < 0 ? null : index;
  };
  const x = find("x");
  const y = find("y");
  if (x === null || y === null) return null;
  const z = find("z");
  const t = find("t") ?? byType("time");
  const c = find("c") ?? byType("channel") ?? firstUnused(named, [x, y, z, t]);
  const others = named.map((_, i) => i).filter((i) => ![x, y, z, c, t].includes(i));
  return { x, y, z, c, t, others };
}

/** A custom axis ("lifetime", "angle") is shown as channels rather than lost. */
function firstUnused(axes: readonly AxisEntry[], used: readonly (number | null)[]): number | null {
  const index = axes.findIndex((axis, i) => !used.includes(i) && axis.type !== "space");
  return index < 0 ? null : index;
}
