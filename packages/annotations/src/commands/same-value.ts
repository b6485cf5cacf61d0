import type { Field } from "../document/index.ts";
import { encodeGeometry, type Geometry } from "../geometry/index.ts";

/** Whether two values of a field mean the same, stamps aside: geometries as they would be stored. */
export function sameValue(field: Field, a: unknown, b: unknown): boolean {
  if (field !== "geometry") return a === b;
  const left = encodeGeometry(a as Geometry);
  const right = encodeGeometry(b as Geometry);
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
