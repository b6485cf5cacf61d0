import { type Geometry, type PolygonGeometry, type Ring, rectangleCorners } from "../geometry/index.ts";
import { ShapeError } from "./errors.ts";

export { SLIVER_PX2 } from "./parts.ts";
export { isSound } from "./soundness.ts";

/** x' = a·x + c·y + e, y' = b·x + d·y + f (the order of SVG and canvas), in px. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Turned by `radians`, clockwise on screen, about a point. */
export function rotation(radians: number, cx: number, cy: number): Affine {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return [cos, sin, -sin, cos, cx - cos * cx + sin * cy, cy - sin * cx - cos * cy];
}

/** Stretched from a point that stays; negative factors mirror. */
export const scaling = (sx: number, sy: number, cx: number, cy: number): Affine => [
  sx,
  0,
  0,
  sy,
  cx - sx * cx,
  cy - sy * cy,
];

/**
 * The image of a geometry. Ellipses stay ellipses; rectangles stay rectangles while their corners stay square, and
 * become polygons otherwise. On the grid a smaller or turned polygon may cross itself, or have rings that are nothing:
 * `mended` before it is stored. Throws ShapeError ("bad-argument") for a matrix that is not finite or flattens.
 */
export function transformGeometry(g: Geometry, m: Affine): Geometry {
  const [a, b, c, d] = m;
  const det = a * d - b * c;
  if (!m.every(Number.isFinite) || det === 0)
    throw new ShapeError("bad-argument", "a finite matrix that does not flatten", m.join(", "));
  const x = (px: number, py: number): number => m[0] * px + m[2] * py + m[4];
  const y = (px: number, py: number): number => m[1] * px + m[3] * py + m[5];
  const line = (ring: Ring): number[] => {
    const moved: number[] = [];
    for (let i = 0; i < ring.length; i += 2) moved.push(x(ring[i]!, ring[i + 1]!), y(ring[i]!, ring[i + 1]!));
    return moved;
  };
  // Mirrored rings are turned round: outlines stay clockwise.
  const ringOf = (ring: Ring): number[] => (det > 0 ? line(ring) : reversed(line(ring)));
  switch (g.kind) {
    case "point":
      return { ...g, x: x(g.x, g.y), y: y(g.x, g.y) };
    case "polyline":
      return { ...g, points: line(g.points) };
    case "polygon":
      return { ...g, parts: g.parts.map((rings) => rings.map(ringOf)) };
    case "ellipse": {
      const { rx, ry, rotation: turn } = axesOf(m, g.rx, g.ry, g.rotation);
      return { ...g, cx: x(g.cx, g.cy), cy: y(g.cx, g.cy), rx, ry, rotation: turn };
    }
    case "rectangle": {
      const [cos, sin] = [Math.cos(g.rotation), Math.sin(g.rotation)];
      const [ux, uy] = [a * cos + c * sin, b * cos + d * sin];
      const [vx, vy] = [c * cos - a * sin, d * cos - b * sin];
      const [across, down] = [Math.hypot(ux, uy), Math.hypot(vx, vy)];
      if (Math.abs(ux * vx + uy * vy) > 1e-9 * across * down) {
        const polygon: PolygonGeometry = {
          kind: "polygon",
          plane: g.plane,
          parts: [[ringOf(rectangleCorners(g))]],
        };
        return polygon;
      }
      const [width, height] = [g.width * across, g.height * down];
      const [px, py] = [g.x + g.width / 2, g.y + g.height / 2];
      // A mirrored rectangle is one again: only the direction of its first edge counts, and 0 stays 0.
      const turn = Math.atan2(uy, ux);
      const flat = Math.abs(Math.sin(turn)) < 1e-12 ? 0 : turn;
      return { ...g, x: x(px, py) - width / 2, y: y(px, py) - height / 2, width, height, rotation: flat };
    }
  }
}

export const rotateGeometry = (g: Geometry, radians: number, cx: number, cy: number): Geometry =>
  transformGeometry(g, rotation(radians, cx, cy));
export const scaleGeometry = (g: Geometry, sx: number, sy: number, cx: number, cy: number): Geometry =>
  transformGeometry(g, scaling(sx, sy, cx, cy));

function reversed(ring: readonly number[]): number[] {
  const turned: number[] = [];
  for (let i = ring.length - 2; i >= 0; i -= 2) turned.push(ring[i]!, ring[i + 1]!);
  return turned;
}

/** Half axes and rotation of an ellipse's image: the singular values of matrix × its axes. */
export function axesOf(
  [a, b, c, d]: readonly number[],
  rx: number,
  ry: number,
  turn: number,
): { rx: number; ry: number; rotation: number } {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [px, py] = [(a! * cos + c! * sin) * rx, (b! * cos + d! * sin) * rx];
  const [qx, qy] = [(c! * cos - a! * sin) * ry, (d! * cos - b! * sin) * ry];
  // Axes that stay square keep their names and their direction to the last bit that is there.
  if (Math.abs(px * qx + py * qy) <= 1e-12 * Math.hypot(px, py) * Math.hypot(qx, qy))
    return { rx: Math.hypot(px, py), ry: Math.hypot(qx, qy), rotation: Math.atan2(py, px) };
  const [e, f] = [(px + qy) / 2, (px - qy) / 2];
  const [g, h] = [(py + qx) / 2, (py - qx) / 2];
  const [q, r] = [Math.hypot(e, h), Math.hypot(f, g)];
  const [first, second] = [Math.atan2(g, f), Math.atan2(h, e)];
  return { rx: q + r, ry: Math.abs(q - r), rotation: (first + second) / 2 };
}
