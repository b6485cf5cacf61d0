import type { Geometry, Ring } from "@coscope/annotations/geometry";
import type { Handle, XY } from "../tool.ts";

/** Handles closer to each other than this, in CSS px, would cover the outline. */
const VERTEX_SPACING_CSS = 7;
const MID_SPACING_CSS = 26;
const ROTATE_OFFSET_CSS = 26;
const MAX_HANDLES = 600;

/** Smallest side of a box in image px: a box cannot be dragged to nothing. */
const MIN_SIDE_PX = 1 / 64;

/** A rectangle or the box around an ellipse. `rotation` in radians clockwise about the centre. */
interface Box {
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

/** Corner signs in drawing order: top left, top right, bottom right, bottom left. */
const CORNERS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

/**
 * The handles with which one annotation can be reshaped. Ids: `c<corner>`, `r` (rotate),
 * `v.<part>.<ring>.<vertex>`, `m.<part>.<ring>.<vertex before>`; polylines count as part 0, ring 0.
 */
export function handlesOf(geometry: Geometry, toScreen: (p: XY) => XY, zoom: number): Handle[] {
  const box = boxOf(geometry);
  if (box) {
    const handles: Handle[] = CORNERS.map(([sx, sy], index) => ({
      id: `c${index}`,
      ...boxPoint(box, (sx * box.width) / 2, (sy * box.height) / 2),
      kind: "corner",
    }));
    handles.push({
      id: "r",
      ...boxPoint(box, 0, -box.height / 2 - ROTATE_OFFSET_CSS / zoom),
      kind: "rotate",
    });
    return handles;
  }
  const handles: Handle[] = [];
  for (const { part, ring, points, closed } of ringsOf(geometry)) {
    const count = points.length / 2;
    let lastShown: XY | null = null;
    for (let i = 0; i < count && handles.length < MAX_HANDLES; i += 1) {
      const at = vertexAt(points, i);
      const screen = toScreen(at);
      if (lastShown && Math.hypot(screen.x - lastShown.x, screen.y - lastShown.y) < VERTEX_SPACING_CSS)
        continue;
      lastShown = screen;
      handles.push({ id: `v.${part}.${ring}.${i}`, ...at, kind: "vertex" });
      if (!closed && i === count - 1) continue;
      const next = vertexAt(points, (i + 1) % count);
      const nextScreen = toScreen(next);
      if (Math.hypot(nextScreen.x - screen.x, nextScreen.y - screen.y) < MID_SPACING_CSS) continue;
      const mid = { x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 };
      handles.push({ id: `m.${part}.${ring}.${i}`, ...mid, kind: "mid" });
    }
  }
  return handles;
}

/**
 * The geometry after a handle was dragged to a point. `keep`: the sides of a box keep their proportion, a
 * rotation goes in steps of 15°. A mid handle inserts a vertex.
 */
export function dragHandle(geometry: Geometry, handleId: string, to: XY, keep: boolean): Geometry {
  const box = boxOf(geometry);
  if (box && handleId === "r") return fromBox(geometry, { ...box, rotation: rotationTo(box, to, keep) });
  if (box) return fromBox(geometry, dragCorner(box, Number(handleId.slice(1)), to, keep));
  const [kind, part, ring, vertex] = parseVertexHandle(handleId);
  return mapRing(geometry, part, ring, (points) => {
    const changed = [...points];
    if (kind === "m") changed.splice((vertex + 1) * 2, 0, to.x, to.y);
    else changed.splice(vertex * 2, 2, to.x, to.y);
    return changed;
  });
}

/** null when the handle is no vertex, or too few vertices would remain. */
export function removeVertex(geometry: Geometry, handleId: string): Geometry | null {
  if (!handleId.startsWith("v.")) return null;
  const [, part, ring, vertex] = parseVertexHandle(handleId);
  const found = ringsOf(geometry).find((other) => other.part === part && other.ring === ring);
  if (!found || found.points.length / 2 <= (found.closed ? 3 : 2)) return null;
  return mapRing(geometry, part, ring, (points) => points.filter((_, i) => Math.floor(i / 2) !== vertex));
}

function dragCorner(box: Box, corner: number, to: XY, keep: boolean): Box {
  const [sx, sy] = CORNERS[corner]!;
  const fixed = boxPoint(box, (-sx * box.width) / 2, (-sy * box.height) / 2);
  // The drag in the box's own frame, so that a turned box keeps its rotation.
  const cos = Math.cos(box.rotation);
  const sin = Math.sin(box.rotation);
  const dx = to.x - fixed.x;
  const dy = to.y - fixed.y;
  let u = dx * cos + dy * sin;
  let v = -dx * sin + dy * cos;
  if (keep) {
    const scale = Math.max(Math.abs(u) / box.width, Math.abs(v) / box.height);
    u = (u < 0 ? -1 : 1) * scale * box.width;
    v = (v < 0 ? -1 : 1) * scale * box.height;
  }
  if (Math.abs(u) < MIN_SIDE_PX) u = sx * MIN_SIDE_PX;
  if (Math.abs(v) < MIN_SIDE_PX) v = sy * MIN_SIDE_PX;
  return {
    cx: fixed.x + (u * cos - v * sin) / 2,
    cy: fixed.y + (u * sin + v * cos) / 2,
    width: Math.abs(u),
    height: Math.abs(v),
    rotation: box.rotation,
  };
}

function rotationTo(box: Box, to: XY, steps: boolean): number {
  const angle = Math.atan2(to.y - box.cy, to.x - box.cx) + Math.PI / 2;
  const step = Math.PI / 12;
  const turned = steps ? Math.round(angle / step) * step : angle;
  return Math.atan2(Math.sin(turned), Math.cos(turned));
}

function boxOf(geometry: Geometry): Box | null {
  if (geometry.kind === "rectangle") {
    const { x, y, width, height, rotation } = geometry;
    return { cx: x + width / 2, cy: y + height / 2, width, height, rotation };
  }
  if (geometry.kind === "ellipse") {
    const { cx, cy, rx, ry, rotation } = geometry;
    return { cx, cy, width: 2 * rx, height: 2 * ry, rotation };
  }
  return null;
}

function fromBox(geometry: Geometry, box: Box): Geometry {
  const { cx, cy, width, height, rotation } = box;
  if (geometry.kind === "ellipse") {
    return { ...geometry, cx, cy, rx: width / 2, ry: height / 2, rotation };
  }
  const { plane } = geometry;
  return { kind: "rectangle", plane, x: cx - width / 2, y: cy - height / 2, width, height, rotation };
}

function boxPoint(box: Box, u: number, v: number): XY {
  const cos = Math.cos(box.rotation);
  const sin = Math.sin(box.rotation);
  return { x: box.cx + u * cos - v * sin, y: box.cy + u * sin + v * cos };
}

interface EditableRing {
  readonly part: number;
  readonly ring: number;
  readonly points: Ring;
  readonly closed: boolean;
}

function ringsOf(geometry: Geometry): EditableRing[] {
  if (geometry.kind === "polyline") return [{ part: 0, ring: 0, points: geometry.points, closed: false }];
  if (geometry.kind !== "polygon") return [];
  return geometry.parts.flatMap((rings, part) =>
    rings.map((points, ring) => ({ part, ring, points, closed: true })),
  );
}

function mapRing(geometry: Geometry, part: number, ring: number, change: (points: Ring) => Ring): Geometry {
  if (geometry.kind === "polyline") return { ...geometry, points: change(geometry.points) };
  if (geometry.kind !== "polygon") return geometry;
  const parts = geometry.parts.map((rings, p) =>
    p === part ? rings.map((points, r) => (r === ring ? change(points) : points)) : rings,
  );
  return { ...geometry, parts };
}

function vertexAt(points: Ring, index: number): XY {
  return { x: points[index * 2]!, y: points[index * 2 + 1]! };
}

function parseVertexHandle(id: string): [kind: string, part: number, ring: number, vertex: number] {
  const [kind, part, ring, vertex] = id.split(".");
  return [kind!, Number(part), Number(ring), Number(vertex)];
}
