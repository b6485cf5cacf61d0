import { containsPoint, type Geometry, imagePoint, outlineOf } from "@coscope/annotations/geometry";
import type { ImageBox } from "../tool.ts";

/** Whether any of a shape lies in a box. */
export function touches(geometry: Geometry, box: ImageBox): boolean {
  const inside = (x: number, y: number) => x >= box.minX && x <= box.maxX && y >= box.minY && y <= box.maxY;
  if (geometry.kind === "point") return inside(geometry.x, geometry.y);
  const { rings, closed } = outlineOf(geometry, 0.5);
  for (const ring of rings) {
    const count = ring.length / 2;
    for (let i = 0; i < (closed ? count : count - 1); i++) {
      const j = (i + 1) % count;
      const [ax, ay, bx, by] = [ring[2 * i]!, ring[2 * i + 1]!, ring[2 * j]!, ring[2 * j + 1]!];
      if (inside(ax, ay) || inside(bx, by) || passes(ax, ay, bx, by, box)) return true;
    }
  }
  return containsPoint(geometry, imagePoint(box.minX, box.minY));
}

/** Liang–Barsky: whether a segment with both ends outside passes through. */
function passes(ax: number, ay: number, bx: number, by: number, box: ImageBox): boolean {
  let [from, to] = [0, 1];
  for (const [p, q] of [
    [ax - bx, ax - box.minX],
    [bx - ax, box.maxX - ax],
    [ay - by, ay - box.minY],
    [by - ay, box.maxY - ay],
  ] as const) {
    if (p === 0) {
      if (q < 0) return false;
    } else if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
  }
  return from <= to;
}
