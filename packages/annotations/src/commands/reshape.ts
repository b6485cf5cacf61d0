import { type AnnotationId, newStamp, type Stamp } from "../document/index.ts";
import { checkGeometry, type Geometry } from "../geometry/index.ts";
import { type Edit, writeField } from "./edit.ts";
import type { ReshapeCommand } from "./types.ts";

/** Gives an annotation a new shape. Absolute: where it lost against a colleague's, it is offered as a copy. */
export const makeReshape = (
  id: AnnotationId,
  geometry: Geometry,
  stamp: Stamp = newStamp(),
): ReshapeCommand => ({
  type: "reshape",
  stamp,
  id,
  geometry,
});

/** Throws GeometryError. */
export const checkReshape = (command: ReshapeCommand): void => checkGeometry(command.geometry);

export function writeReshape(edit: Edit, command: ReshapeCommand): ReshapeCommand {
  const { id, geometry } = command;
  const parent = command.parents?.[0];
  return { ...command, parents: [writeField(edit, { id, field: "geometry", to: () => geometry, parent })] };
}
