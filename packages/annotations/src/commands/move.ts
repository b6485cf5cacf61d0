import { type AnnotationId, newStamp, type Stamp } from "../document/index.ts";
import {
  checkGeometry,
  type Geometry,
  GeometryError,
  translateGeometry,
  UNITS_PER_PX,
} from "../geometry/index.ts";
import { type Edit, writeField } from "./edit.ts";
import { CommandError } from "./errors.ts";
import type { MoveCommand } from "./types.ts";

const snap = (px: number): number => Math.round(px * UNITS_PER_PX) / UNITS_PER_PX;

/** Moves annotations by `dx`, `dy` image px, rounded to the 1/64 px grid so that shapes do not change. */
export const makeMove = (
  ids: readonly AnnotationId[],
  dx: number,
  dy: number,
  stamp: Stamp = newStamp(),
): MoveCommand => ({ type: "move", stamp, ids: [...new Set(ids)], dx: snap(dx), dy: snap(dy) });

/** Throws CommandError. */
export function checkMove({ dx, dy }: MoveCommand): void {
  if (!Number.isFinite(dx) || !Number.isFinite(dy))
    throw new CommandError("bad-number", "finite dx and dy", `${dx}, ${dy}`);
}

export function writeMove(edit: Edit, command: MoveCommand): MoveCommand {
  const { ids, dx, dy, again } = command;
  const parents = ids.map((id, i) =>
    writeField(edit, {
      id,
      field: "geometry",
      to: ({ geometry }) => moved(geometry.value, dx, dy),
      parent: command.parents?.[i],
      // Repeated once only: two people's pages must not go on for ever.
      relative: again === undefined,
    }),
  );
  return { ...command, parents };
}

/** null where it would leave image space. */
function moved(geometry: Geometry, dx: number, dy: number): Geometry | null {
  const result = translateGeometry(geometry, dx, dy);
  try {
    checkGeometry(result);
    return result;
  } catch (error) {
    if (error instanceof GeometryError) return null;
    throw error;
  }
}
