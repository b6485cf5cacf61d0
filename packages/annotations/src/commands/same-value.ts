import { canonicalBytes } from "../document/canonical.ts";
import type { Field } from "../document/index.ts";
import { isAttributeField } from "../document/read.ts";
import { type Geometry, sameGeometry } from "../geometry/index.ts";

/** Whether two values of a field mean the same, stamps aside. */
export function sameValue(field: Field, a: unknown, b: unknown): boolean {
  if (field === "geometry") return sameGeometry(a as Geometry, b as Geometry);
  if (a === b || !isAttributeField(field)) return a === b;
  return String(canonicalBytes(a)) === String(canonicalBytes(b));
}
