import type { Field } from "../document/index.ts";
import { type Geometry, sameGeometry } from "../geometry/index.ts";

/** Whether two values of a field mean the same, stamps aside. */
export const sameValue = (field: Field, a: unknown, b: unknown): boolean =>
  field === "geometry" ? sameGeometry(a as Geometry, b as Geometry) : a === b;
