import type { EllipseGeometry, Geometry, RectangleGeometry, Ring } from "./types.ts";

/** Straight edges that stand for a geometry when it is drawn or measured by its edges. */
export interface Outline {
  readonly rings: readonly Ring[];
  readonly closed: boolean;
}

const MIN_SEGMENTS = 12;
const MAX_SEGMENTS = 2048;

/**
 * The outline as polylines in image px: outer rings and holes, not closed by a repeated vertex.
 * A point gives one ring of one vertex.
 * @param tolerancePx how far an ellipse's edges may be from the curve, in image px
 */
export function outlineOf(g: Geometry, tolerancePx = 0.25): Outline {
  switch (g.kind) {
    case "point":
      return { rings: [[g.x, g.y]], closed: false };
    case "polyline":
      return { rings: [g.points], closed: false };
    case "rectangle":
      return { rings: [rectangleCorners(g)], closed: true };
    case "ellipse":
      return { rings: [ellipseRing(g, tolerancePx)], closed: true };
    case "polygon":
      return { rings: g.parts.flat(), closed: true };
  }
}

/** Corners in order: min corner first, then clockwise on screen before rotation. */
export function rectangleCorners(g: RectangleGeometry): number[] {
  const { x, y, width, height, rotation } = g;
  if (rotation === 0) return [x, y, x + width, y, x + width, y + height, x, y + height];
  const cx = x + width / 2;
  const cy = y + height / 2;
  const cos = Math.cos(rotation);
  const sin = Math.sin(rotation);
  const ring: number[] = [];
  for (const [sx, sy] of [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ] as const) {
    const dx = (sx * width) / 2;
    const dy = (sy * height) / 2;
    ring.push(cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
  }
  return ring;
}

function ellipseRing(g: EllipseGeometry, tolerancePx: number): number[] {
  const radius = Math.max(g.rx, g.ry);
  // The sagitta of a chord over an angle a is r(1 - cos(a/2)).
  const half = Math.acos(Math.max(-1, 1 - tolerancePx / Math.max(radius, tolerancePx)));
  const wanted = Math.ceil(Math.PI / Math.max(half, 1e-9));
  const segments = Math.max(MIN_SEGMENTS, Math.min(MAX_SEGMENTS, wanted));
  const cos = Math.cos(g.rotation);
  const sin = Math.sin(g.rotation);
  const ring = new Array<number>(segments * 2);
  for (let i = 0; i < segments; i++) {
    const angle = (2 * Math.PI * i) / segments;
    const dx = g.rx * Math.cos(angle);
    const dy = g.ry * Math.sin(angle);
    ring[2 * i] = g.cx + dx * cos - dy * sin;
    ring[2 * i + 1] = g.cy + dx * sin + dy * cos;
  }
  return ring;
}
