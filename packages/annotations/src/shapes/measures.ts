import { areaOf, type Geometry, type Ring } from "../geometry/index.ts";
import { ringLength } from "../geometry/rings.ts";
import { axesOf, transformGeometry } from "./transform.ts";

/** Of a shape in the units of `perPx` (px where it is 1): lengths, and areas in their square. */
export interface ShapeMeasures {
  readonly area: number;
  /** All edges, holes included; the length of a polyline. */
  readonly perimeter: number;
  /** 4π·area / perimeter²: 1 for a disc, less for anything else; 0 without an area. */
  readonly circularity: number;
  /** Of the area (of the line, of the point), in image px whatever the unit. */
  readonly centroid: { readonly x: number; readonly y: number };
  /** Of the disc of the same area. */
  readonly equivalentDiameter: number;
}

/** @param perPx the size of a pixel along x and y, for instance in µm */
export function measureShape(g: Geometry, perPx: { x: number; y: number } = { x: 1, y: 1 }): ShapeMeasures {
  const area = areaOf(g) * perPx.x * perPx.y;
  const perimeter = perimeterOf(g, perPx);
  return {
    area,
    perimeter,
    circularity: perimeter === 0 ? 0 : (4 * Math.PI * area) / perimeter ** 2,
    centroid: centroidOf(g),
    equivalentDiameter: Math.sqrt((4 * area) / Math.PI),
  };
}

function perimeterOf(g: Geometry, { x, y }: { x: number; y: number }): number {
  const scale = [x, 0, 0, y, 0, 0] as const;
  switch (g.kind) {
    case "point":
      return 0;
    case "ellipse": {
      const { rx, ry } = axesOf(scale, g.rx, g.ry, g.rotation);
      return ellipsePerimeter(rx, ry);
    }
    case "rectangle": {
      const [cos, sin] = [Math.cos(g.rotation), Math.sin(g.rotation)];
      return 2 * (g.width * Math.hypot(x * cos, y * sin) + g.height * Math.hypot(x * sin, y * cos));
    }
    default: {
      const scaled = x === 1 && y === 1 ? g : transformGeometry(g, scale);
      if (scaled.kind === "polyline") return ringLength(scaled.points, false);
      if (scaled.kind !== "polygon") return 0;
      return scaled.parts.flat().reduce((sum, ring) => sum + ringLength(ring, true), 0);
    }
  }
}

/** By the arithmetic-geometric mean: exact to a double's precision (Gauss). */
function ellipsePerimeter(rx: number, ry: number): number {
  let [a, b] = [Math.max(rx, ry), Math.min(rx, ry)];
  if (b === 0) return 4 * a;
  const start = a;
  let sum = (a * a - b * b) / 2;
  let power = 1 / 2;
  while (a - b > 1e-15 * a) {
    const c = (a - b) / 2;
    [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
    power *= 2;
    sum += power * c * c;
  }
  return ((2 * Math.PI) / a) * (start * start - sum);
}

function centroidOf(g: Geometry): { x: number; y: number } {
  switch (g.kind) {
    case "point":
      return { x: g.x, y: g.y };
    case "rectangle":
      return { x: g.x + g.width / 2, y: g.y + g.height / 2 };
    case "ellipse":
      return { x: g.cx, y: g.cy };
    case "polyline":
      return middleOf(g.points);
    case "polygon": {
      const origin = g.parts[0]![0]!;
      const [x0, y0] = [origin[0]!, origin[1]!];
      const total = { weight: 0, x: 0, y: 0 };
      for (const rings of g.parts)
        rings.forEach((ring, i) => {
          let [twice, x, y] = [0, 0, 0];
          for (let k = 0, j = ring.length - 2; k < ring.length; j = k, k += 2) {
            const [ax, ay, bx, by] = [ring[j]! - x0, ring[j + 1]! - y0, ring[k]! - x0, ring[k + 1]! - y0];
            const cross = ax * by - bx * ay;
            twice += cross;
            x += (ax + bx) * cross;
            y += (ay + by) * cross;
          }
          const sign = (i === 0 ? 1 : -1) * (twice < 0 ? -1 : 1);
          total.weight += 3 * sign * twice;
          total.x += sign * x;
          total.y += sign * y;
        });
      if (total.weight === 0) return middleOf(origin);
      return { x: x0 + total.x / total.weight, y: y0 + total.y / total.weight };
    }
  }
}

/** The mean of a line's points, by length. */
function middleOf(points: Ring): { x: number; y: number } {
  let [length, x, y] = [0, 0, 0];
  for (let i = 0; i + 3 < points.length; i += 2) {
    const piece = Math.hypot(points[i + 2]! - points[i]!, points[i + 3]! - points[i + 1]!);
    length += piece;
    x += (piece * (points[i]! + points[i + 2]!)) / 2;
    y += (piece * (points[i + 1]! + points[i + 3]!)) / 2;
  }
  return length === 0 ? { x: points[0]!, y: points[1]! } : { x: x / length, y: y / length };
}
