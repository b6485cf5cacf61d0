import type { Geometry, Plane } from "./types.ts";

const meets = (a: number | "all", b: number | "all"): boolean => a === "all" || b === "all" || a === b;

/** Whether the geometry is seen on this plane; "all" on either side meets everything. */
export function onPlane(g: Geometry, plane: Plane): boolean {
  return meets(g.plane.z, plane.z) && meets(g.plane.t, plane.t);
}
