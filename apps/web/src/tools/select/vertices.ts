import type { Geometry, Ring } from "@coscope/annotations/geometry";
import type { Handle, ImageBox, XY } from "../tool.ts";

/*
 * Corners of polygons (outlines, holes, parts) and polylines. A corner is `v.<part>.<ring>.<vertex>`, the middle of
 * the edge after it `m.<part>.<ring>.<vertex>`; polylines count as part 0, ring 0.
 */

/** Handles closer to each other than this, in CSS px, would cover the outline. */
const VERTEX_SPACING_CSS = 7;
const MID_SPACING_CSS = 26;
/** More at once would cover the image and be slow. */
const MOST_HANDLES = 600;

interface EditableRing {
  readonly part: number;
  readonly ring: number;
  readonly points: Ring;
  readonly closed: boolean;
}

export function ringsOf(geometry: Geometry): EditableRing[] {
  if (geometry.kind === "polyline") return [{ part: 0, ring: 0, points: geometry.points, closed: false }];
  if (geometry.kind !== "polygon") return [];
  return geometry.parts.flatMap((rings, part) =>
    rings.map((points, ring) => ({ part, ring, points, closed: true })),
  );
}

function vertexAt(points: Ring, index: number): XY {
  return { x: points[index * 2]!, y: points[index * 2 + 1]! };
}

/** @param key `v.…` or `m.…` */
function parseVertex(key: string): { part: number; ring: number; vertex: number } {
  const [, part, ring, vertex] = key.split(".");
  return { part: Number(part), ring: Number(ring), vertex: Number(vertex) };
}

/** The corner that a mid handle becomes. */
export function vertexAfter(midKey: string): string {
  const { part, ring, vertex } = parseVertex(midKey);
  return `v.${part}.${ring}.${vertex + 1}`;
}

/**
 * Handles of what is in view, thinned by the zoom so that they can be told apart. Picked ones are always shown.
 * Corners out of view cost a comparison each: shapes of many thousands stay fluid.
 */
export function vertexHandles(
  geometry: Geometry,
  view: ImageBox,
  zoom: number,
  picked: ReadonlySet<string>,
): Handle[] {
  const rings = ringsOf(geometry);
  for (let spacing = VERTEX_SPACING_CSS; ; spacing *= 2) {
    const handles = spaced(rings, view, zoom, spacing, picked);
    if (handles.length <= MOST_HANDLES || spacing > 1e6) return handles;
  }
}

function spaced(
  rings: readonly EditableRing[],
  view: ImageBox,
  zoom: number,
  spacingCss: number,
  picked: ReadonlySet<string>,
): Handle[] {
  const handles: Handle[] = [];
  const least = (spacingCss / zoom) ** 2;
  const leastMid = (MID_SPACING_CSS / zoom) ** 2;
  const inView = (x: number, y: number) =>
    x >= view.minX && x <= view.maxX && y >= view.minY && y <= view.maxY;
  for (const { part, ring, points, closed } of rings) {
    const count = points.length / 2;
    let [lastX, lastY] = [Number.NaN, Number.NaN];
    for (let i = 0; i < count; i++) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      const next = (i + 1) % count;
      const hasEdge = closed || i < count - 1;
      const [nx, ny] = [points[2 * next]!, points[2 * next + 1]!];
      if (inView(x, y)) {
        const isPicked = picked.size > 0 && picked.has(`v.${part}.${ring}.${i}`);
        const near = (x - lastX) ** 2 + (y - lastY) ** 2 < least;
        if (!near || isPicked) {
          [lastX, lastY] = [x, y];
          handles.push({ id: `v.${part}.${ring}.${i}`, x, y, kind: isPicked ? "picked" : "vertex" });
        }
      }
      const [mx, my] = [(x + nx) / 2, (y + ny) / 2];
      if (hasEdge && (nx - x) ** 2 + (ny - y) ** 2 >= leastMid && inView(mx, my))
        handles.push({ id: `m.${part}.${ring}.${i}`, x: mx, y: my, kind: "mid" });
      if (handles.length > MOST_HANDLES) return handles;
    }
  }
  return handles;
}

/** Corners inside a box, whether they have a handle or not. */
export function verticesIn(geometry: Geometry, box: ImageBox): string[] {
  return ringsOf(geometry).flatMap(({ part, ring, points }) => {
    const found: string[] = [];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i]!, points[i + 1]!];
      if (x >= box.minX && x <= box.maxX && y >= box.minY && y <= box.maxY)
        found.push(`v.${part}.${ring}.${i / 2}`);
    }
    return found;
  });
}

export function countVertices(geometry: Geometry): number {
  return ringsOf(geometry).reduce((sum, { points }) => sum + points.length / 2, 0);
}

export function moveVertices(
  geometry: Geometry,
  keys: ReadonlySet<string>,
  dx: number,
  dy: number,
): Geometry {
  const chosen = byRing(keys);
  return mapRings(geometry, (points, part, ring) => {
    const vertices = chosen.get(`${part}.${ring}`);
    if (!vertices) return points;
    const moved = [...points];
    for (const vertex of vertices) {
      moved[2 * vertex]! += dx;
      moved[2 * vertex + 1]! += dy;
    }
    return moved;
  });
}

/** A new corner between the one that the key names (`m.…`) and the next. */
export function insertVertex(geometry: Geometry, key: string, at: XY): Geometry {
  const { part, ring, vertex } = parseVertex(key);
  return mapRings(geometry, (points, p, r) => {
    if (p !== part || r !== ring) return points;
    return [...points.slice(0, 2 * vertex + 2), at.x, at.y, ...points.slice(2 * vertex + 2)];
  });
}

/** Without these corners. Holes and further parts of which too few are left go; null where nothing would be left. */
export function removeVertices(geometry: Geometry, keys: ReadonlySet<string>): Geometry | null {
  const chosen = byRing(keys);
  const without = (points: Ring, part: number, ring: number): Ring => {
    const vertices = chosen.get(`${part}.${ring}`);
    return vertices ? points.filter((_, i) => !vertices.has(i >> 1)) : points;
  };
  if (geometry.kind === "polyline") {
    const points = without(geometry.points, 0, 0);
    return points.length >= 4 ? { ...geometry, points } : null;
  }
  if (geometry.kind !== "polygon") return null;
  const parts = geometry.parts
    .map((rings, p) => rings.map((points, r) => without(points, p, r)))
    .filter(([outline]) => outline!.length >= 6)
    .map((rings) => rings.filter((points) => points.length >= 6));
  return parts.length > 0 ? { ...geometry, parts } : null;
}

/** The edge that passes within `reachPx` of a point, as its mid key. */
export function edgeNear(geometry: Geometry, at: XY, reachPx: number): string | null {
  let best: string | null = null;
  let least = reachPx;
  for (const { part, ring, points, closed } of ringsOf(geometry)) {
    const count = points.length / 2;
    for (let i = 0; i < (closed ? count : count - 1); i++) {
      const [a, b] = [vertexAt(points, i), vertexAt(points, (i + 1) % count)];
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const length = dx * dx + dy * dy;
      const along = length === 0 ? 0 : ((at.x - a.x) * dx + (at.y - a.y) * dy) / length;
      const share = Math.max(0, Math.min(1, along));
      const away = Math.hypot(at.x - a.x - share * dx, at.y - a.y - share * dy);
      if (away > least) continue;
      least = away;
      best = `m.${part}.${ring}.${i}`;
    }
  }
  return best;
}

function byRing(keys: ReadonlySet<string>): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const key of keys) {
    const { part, ring, vertex } = parseVertex(key);
    const name = `${part}.${ring}`;
    const vertices = found.get(name) ?? new Set();
    vertices.add(vertex);
    found.set(name, vertices);
  }
  return found;
}

function mapRings(geometry: Geometry, change: (points: Ring, part: number, ring: number) => Ring): Geometry {
  if (geometry.kind === "polyline") return { ...geometry, points: change(geometry.points, 0, 0) };
  if (geometry.kind !== "polygon") return geometry;
  return {
    ...geometry,
    parts: geometry.parts.map((rings, p) => rings.map((points, r) => change(points, p, r))),
  };
}
