import type { Geometry, Ring } from "./types.ts";

/** The same shape, `dx` px to the right and `dy` px down. */
export function translateGeometry(g: Geometry, dx: number, dy: number): Geometry {
  const shift = (ring: Ring): Ring => ring.map((value, i) => value + (i % 2 === 0 ? dx : dy));
  switch (g.kind) {
    case "point":
    case "rectangle":
      return { ...g, x: g.x + dx, y: g.y + dy };
    case "ellipse":
      return { ...g, cx: g.cx + dx, cy: g.cy + dy };
    case "polyline":
      return { ...g, points: shift(g.points) };
    case "polygon":
      return { ...g, parts: g.parts.map((rings) => rings.map(shift)) };
  }
}
