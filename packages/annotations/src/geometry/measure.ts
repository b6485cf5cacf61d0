import { outlineOf, rectangleCorners } from "./outline.ts";
import { distanceToRing, ringContains, ringLength, signedRingArea } from "./rings.ts";
import type { ImagePoint } from "./spaces.ts";
import type { Geometry, ImageRect, Ring } from "./types.ts";

/** The smallest axis-aligned rectangle around the geometry, in image px. */
export function boundsOf(g: Geometry): ImageRect {
  switch (g.kind) {
    case "point":
      return { minX: g.x, minY: g.y, maxX: g.x, maxY: g.y };
    case "polyline":
      return boundsOfRings([g.points]);
    case "rectangle":
      return boundsOfRings([rectangleCorners(g)]);
    case "ellipse": {
      const cos = Math.cos(g.rotation);
      const sin = Math.sin(g.rotation);
      const dx = Math.hypot(g.rx * cos, g.ry * sin);
      const dy = Math.hypot(g.rx * sin, g.ry * cos);
      return { minX: g.cx - dx, minY: g.cy - dy, maxX: g.cx + dx, maxY: g.cy + dy };
    }
    case "polygon":
      // Holes lie inside; a stranger's might not, and its edge is drawn too, so they count.
      return boundsOfRings(g.parts.length === 1 ? g.parts[0]! : g.parts.flat());
  }
}

function boundsOfRings(rings: readonly Ring[]): ImageRect {
  let minX = Number.POSITIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const x = ring[i]!;
      const y = ring[i + 1]!;
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
  }
  return { minX, minY, maxX, maxY };
}

/** Whether the shape has an inside: points and polylines have none. */
export function isArea({ kind }: Geometry): boolean {
  return kind !== "point" && kind !== "polyline";
}

/** Area in px²; holes are taken off. 0 for points and polylines. */
export function areaOf(g: Geometry): number {
  switch (g.kind) {
    case "point":
    case "polyline":
      return 0;
    case "rectangle":
      return g.width * g.height;
    case "ellipse":
      return Math.PI * g.rx * g.ry;
    case "polygon": {
      let area = 0;
      for (const [outer, ...holes] of g.parts) {
        if (outer) area += Math.abs(signedRingArea(outer));
        for (const hole of holes) area -= Math.abs(signedRingArea(hole));
      }
      return Math.max(0, area);
    }
  }
}

/** Length in px: of a polyline, or of all edges (holes included) of an area. */
export function lengthOf(g: Geometry): number {
  switch (g.kind) {
    case "point":
      return 0;
    case "rectangle":
      return 2 * (g.width + g.height);
    case "ellipse": {
      // Ramanujan's second approximation; relative error below 5e-4 even for very flat ones.
      const { rx, ry } = g;
      const h = rx + ry === 0 ? 0 : ((rx - ry) / (rx + ry)) ** 2;
      return Math.PI * (rx + ry) * (1 + (3 * h) / (10 + Math.sqrt(4 - 3 * h)));
    }
    default: {
      const { rings, closed } = outlineOf(g);
      return rings.reduce((sum, ring) => sum + ringLength(ring, closed), 0);
    }
  }
}

/** Whether the point lies in the area; in a hole it does not. Always false for points and polylines. */
export function containsPoint(g: Geometry, p: ImagePoint): boolean {
  switch (g.kind) {
    case "point":
    case "polyline":
      return false;
    case "rectangle":
      return ringContains(rectangleCorners(g), p.x, p.y);
    case "ellipse": {
      const cos = Math.cos(g.rotation);
      const sin = Math.sin(g.rotation);
      const dx = p.x - g.cx;
      const dy = p.y - g.cy;
      return ((dx * cos + dy * sin) / g.rx) ** 2 + ((dy * cos - dx * sin) / g.ry) ** 2 <= 1;
    }
    case "polygon":
      return g.parts.some(
        ([outer, ...holes]) =>
          outer !== undefined &&
          ringContains(outer, p.x, p.y) &&
          !holes.some((hole) => ringContains(hole, p.x, p.y)),
      );
  }
}

/** Distance in px from the point to the nearest edge (or to the point itself), from inside as from outside. */
export function distanceToOutline(g: Geometry, p: ImagePoint): number {
  const { rings, closed } = outlineOf(g, 0.05);
  let least = Number.POSITIVE_INFINITY;
  for (const ring of rings) least = Math.min(least, distanceToRing(ring, closed, p.x, p.y));
  return least;
}
