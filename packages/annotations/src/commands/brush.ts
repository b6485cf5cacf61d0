import { type AnnotationId, type Current, newStamp, type Stamp } from "../document/index.ts";
import {
  areaOf,
  checkGeometry,
  type Geometry,
  GeometryError,
  type PolygonGeometry,
} from "../geometry/index.ts";
import type { Dab } from "../shapes/brush.ts";
import { brushKernel } from "../shapes/brush-slot.ts";
import { ShapeError } from "../shapes/errors.ts";
import { partsOf } from "../shapes/parts.ts";
import { type Edit, present, writeField } from "./edit.ts";
import { CommandError } from "./errors.ts";
import type { BrushCommand, Conflict } from "./types.ts";

/** Dabs in one stroke; a pen gives some 200 a second. */
const MAX_DABS = 50_000;
const SMALLEST_RADIUS_PX = 0.25;
const LARGEST_PX = 2 ** 31;
/**
 * How often a stroke is made anew. Each time somebody's has won, so of n people who paint at once the last needs n;
 * still there is an end.
 */
export const MAX_TIMES = 16;

export interface BrushCommandOptions {
  readonly mode: "add" | "erase";
  /** Shapes that the brush does not enter ("overwrite empty only"): only those within its reach, please. */
  readonly avoid?: readonly Geometry[];
  readonly stamp?: Stamp;
}

/**
 * A stroke on an area, `dabs` in image px as `BrushStroke` keeps them. To execute it, `@coscope/annotations/shapes`
 * must have been imported: else BrushNotLoadedError is thrown.
 */
export const makeBrush = (
  id: AnnotationId,
  dabs: readonly Dab[],
  { mode, avoid = [], stamp = newStamp() }: BrushCommandOptions,
): BrushCommand => ({
  type: "brush",
  stamp,
  id,
  mode,
  dabs: dabs.map(({ x, y, radius }) => ({ x, y, radius })),
  ...(avoid.length > 0 && { avoid }),
});

/** Throws CommandError or GeometryError. */
export function checkBrush({ dabs, avoid = [] }: BrushCommand): void {
  if (dabs.length === 0 || dabs.length > MAX_DABS)
    throw new CommandError("bad-stroke", `1 to ${MAX_DABS} dabs`, dabs.length);
  for (const { x, y, radius } of dabs)
    if (
      !(
        Math.abs(x) < LARGEST_PX &&
        Math.abs(y) < LARGEST_PX &&
        radius >= SMALLEST_RADIUS_PX &&
        radius < 2 ** 24
      )
    )
      throw new CommandError(
        "bad-stroke",
        `x, y and a radius from ${SMALLEST_RADIUS_PX}, in px`,
        `${x}, ${y}, ${radius}`,
      );
  for (const geometry of avoid) checkGeometry(geometry);
}

/** What a stroke makes of a shape: null where nothing is left, "impossible" where it cannot be done at all. */
export function strokeOn(base: Geometry, command: BrushCommand): Geometry | null | "impossible" {
  const { mode, dabs, avoid } = command;
  try {
    const before = areaOf({ kind: "polygon", plane: base.plane, parts: partsOf(base) });
    const after = brushKernel().brushed(base, dabs, { mode, plane: base.plane, ...(avoid && { avoid }) });
    if (!after) return mode === "erase" ? null : "impossible";
    // A brush only adds and an eraser only takes: the same area is the same shape, and a rectangle stays one.
    if (Math.abs(areaOf(after) - before) <= 1e-9 * before) return base;
    return isStorable(after) ? after : mode === "erase" && areaOf(after) === 0 ? null : "impossible";
  } catch (error) {
    if (error instanceof ShapeError) return "impossible";
    throw error;
  }
}

function isStorable(shape: PolygonGeometry): boolean {
  try {
    checkGeometry(shape);
    return true;
  } catch (error) {
    if (error instanceof GeometryError) return false;
    throw error;
  }
}

/** The stroke for the newest shape. `again`: the stamps it stands for. */
export const brushOnceMore = (command: BrushCommand, again: readonly Stamp[]): BrushCommand => {
  const { parents: _, seen: __, ...rest } = command;
  return { ...rest, stamp: newStamp(), again, times: (command.times ?? 0) + 1 };
};

export function writeBrush(edit: Edit, command: BrushCommand): BrushCommand {
  const { id, times = 0 } = command;
  const [shape, removal] = command.parents ?? [];
  if (edit.replay && shape === null) return replayRemoval(edit, command, removal ?? null);
  const annotation = present(edit, id, "geometry");
  if (!annotation) return { ...command, parents: [null, null] };
  let impossible = false;
  const before = edit.inverse.length;
  writeField(edit, {
    id,
    field: "geometry",
    to: ({ geometry }) => {
      const result = strokeOn(geometry.value, command);
      impossible = result === "impossible";
      return result === "impossible" ? geometry.value : result;
    },
    parent: shape,
    relative: times < MAX_TIMES,
    orRemove: true,
  });
  if (impossible) {
    edit.left.add(id);
    if (edit.replay) edit.conflicts.push(...strokeAlone(command, annotation.geometry));
  }
  const written = edit.inverse[before];
  if (written?.field === "removed")
    return { ...command, parents: [null, written.restores], seen: [annotation.geometry.stamp] };
  return { ...command, parents: [written?.restores ?? null, null] };
}

/** A stroke that the newest shape cannot take is told as a shape of its own. What was to be erased is no shape. */
export function strokeAlone(command: BrushCommand, now: Current<Geometry>): Conflict[] {
  const { id, mode, dabs, stamp } = command;
  const lost = mode === "add" ? brushKernel().sweep(dabs, now.value.plane) : null;
  if (!lost) return [];
  const winner = { winner: now.value, winnerStamp: now.stamp };
  return [{ id, field: "geometry", kind: "overwritten", lost, lostStamp: stamp, ...winner, depth: 1 }];
}

/** Everything was erased the first time: a removal like any other, which does not claim to have seen more. */
function replayRemoval(edit: Edit, command: BrushCommand, parent: Stamp | null): BrushCommand {
  const { id, seen } = command;
  const replaced = writeField(edit, {
    id,
    field: "removed",
    to: () => true,
    parent,
    seenGeometry: seen?.[0],
  });
  return { ...command, parents: [null, replaced] };
}
