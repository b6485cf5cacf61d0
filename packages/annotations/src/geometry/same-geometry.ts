import { encodeGeometry } from "./codec.ts";
import type { Geometry } from "./types.ts";

/** Whether two geometries would be stored as the same bytes. */
export function sameGeometry(a: Geometry, b: Geometry): boolean {
  const left = encodeGeometry(a);
  const right = encodeGeometry(b);
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
