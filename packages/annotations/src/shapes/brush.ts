import {
  boundsOf,
  type Geometry,
  type ImageRect,
  isArea,
  type Plane,
  type PolygonGeometry,
  type Ring,
} from "../geometry/index.ts";
import { ShapeError } from "./errors.ts";
import { cleanParts, overlay, subtractClean, unitBoxOf, uniteClean } from "./overlay.ts";
import { type Parts, partsOf, polygonOf, toPx, toUnit } from "./parts.ts";

/** A place of the brush in image px; `radius` may vary along a stroke (pen pressure). */
export interface Dab {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** How far the edges of a dab may be from its circle, in px: a sixteenth, and a 256th of a large radius. */
export const dabTolerance = (radius: number): number => Math.max(1 / 16, radius / 256);

const SMALLEST_RADIUS = 0.25;

function circle({ x, y, radius }: Dab): number[] {
  const half = Math.acos(1 - Math.min(1, dabTolerance(radius) / radius));
  // Fours: then the disc reaches its full width along both axes.
  const count = 4 * Math.max(2, Math.ceil(Math.PI / half / 4));
  const points: number[] = [];
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * i) / count;
    points.push(toPx(toUnit(x + radius * Math.cos(angle))), toPx(toUnit(y + radius * Math.sin(angle))));
  }
  return points;
}

/** The area a brush covers on its straight way between two dabs: their convex hull, on the grid. */
export function capsule(a: Dab, b: Dab): Ring {
  for (const { x, y, radius } of [a, b])
    if (!Number.isFinite(x) || !Number.isFinite(y) || !(radius >= SMALLEST_RADIUS && radius < 2 ** 24))
      throw new ShapeError(
        "bad-argument",
        `finite x, y and a radius from ${SMALLEST_RADIUS}`,
        `${x}, ${y}, ${radius}`,
      );
  return hull(a.x === b.x && a.y === b.y && a.radius === b.radius ? circle(a) : circle(a).concat(circle(b)));
}

/** Convex hull (Andrew's monotone chain), positive. */
function hull(points: readonly number[]): number[] {
  const order = Array.from({ length: points.length / 2 }, (_, i) => i);
  order.sort((p, q) => points[2 * p]! - points[2 * q]! || points[2 * p + 1]! - points[2 * q + 1]!);
  const chain = (indices: readonly number[]): number[] => {
    const kept: number[] = [];
    for (const i of indices) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      while (kept.length >= 4) {
        const n = kept.length;
        const [ax, ay, bx, by] = [kept[n - 4]!, kept[n - 3]!, kept[n - 2]!, kept[n - 1]!];
        if ((bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0) break;
        kept.length = n - 2;
      }
      kept.push(x, y);
    }
    return kept.slice(0, -2);
  };
  return [...chain(order), ...chain(order.reverse())];
}

/** Everything a brush covers on its way along these dabs, simple and with holes where it goes round something. */
export function sweep(dabs: readonly Dab[], plane: Plane): PolygonGeometry | null {
  return polygonOf(sweepParts(dabs), plane);
}

function sweepParts(dabs: readonly Dab[]): Parts {
  // Halves first: neighbours along the stroke overlap most, so little is carried upwards.
  const unite = (from: number, to: number): Parts => {
    if (to - from <= 8) {
      const capsules: Parts[] = [];
      for (let i = from; i < to; i++) capsules.push([[capsule(dabs[i]!, dabs[i + 1] ?? dabs[i]!)]]);
      return uniteClean(capsules);
    }
    const middle = (from + to) >> 1;
    return overlay(unite(from, middle), unite(middle, to), "union");
  };
  return dabs.length === 0 ? [] : unite(0, Math.max(1, dabs.length - 1));
}

export interface BrushOptions {
  readonly mode: "add" | "erase";
  /** Where a new shape is put; an existing one keeps its own plane. */
  readonly plane: Plane;
  /** "Overwrite empty only": shapes that the brush does not enter. Those without an area do not count. */
  readonly avoid?: readonly Geometry[];
}

export interface LiveBrushOptions extends Omit<BrushOptions, "avoid"> {
  readonly avoid?: readonly Geometry[] | ((bounds: ImageRect) => readonly Geometry[]);
}

/**
 * One stroke of brush or eraser, live: each `extend` costs about as much as there is under the new bit of stroke,
 * plus one pass over the vertices. Keep `dabs` for the command: `brushed` applies them to a newer shape.
 */
export class BrushStroke {
  readonly #mode: "add" | "erase";
  readonly #plane: Plane;
  readonly #avoid: (bounds: ImageRect) => readonly Geometry[];
  /** Neighbours met so far, clean. */
  readonly #met = new Map<Geometry, Parts>();
  readonly #dabs: Dab[] = [];
  #parts: Parts;

  /** @param options.avoid may be asked along the way, with the bounds of each new bit of stroke */
  constructor(base: Geometry | null, options: LiveBrushOptions) {
    this.#mode = options.mode;
    this.#plane = base?.plane ?? options.plane;
    this.#parts = base ? cleanParts(partsOf(base)) : [];
    const { avoid = [] } = options;
    this.#avoid = typeof avoid === "function" ? avoid : () => avoid;
  }

  get dabs(): readonly Dab[] {
    return this.#dabs;
  }

  /** The shape as it is now; null where nothing is there (any more). */
  get shape(): PolygonGeometry | null {
    return polygonOf(this.#parts, this.#plane);
  }

  #neighboursIn(box: ImageRect): Parts[] {
    const near: Parts[] = [];
    for (const g of this.#avoid(box)) {
      if (!isArea(g)) continue;
      const bounds = boundsOf(g);
      if (bounds.minX >= box.maxX || bounds.maxX <= box.minX) continue;
      if (bounds.minY >= box.maxY || bounds.maxY <= box.minY) continue;
      const parts = this.#met.get(g) ?? cleanParts(partsOf(g));
      this.#met.set(g, parts);
      near.push(parts);
    }
    return near;
  }

  /** Goes on to this place, in a straight line from the last one. */
  extend(dab: Dab): PolygonGeometry | null {
    let covered: Parts = [[capsule(this.#dabs.at(-1) ?? dab, dab)]];
    const box = unitBoxOf(covered);
    if (this.#mode === "add") {
      const near = this.#neighboursIn({
        minX: toPx(box.x0),
        minY: toPx(box.y0),
        maxX: toPx(box.x1),
        maxY: toPx(box.y1),
      });
      if (near.length > 0) covered = subtractClean(covered, near);
    }
    const next = overlay(this.#parts, covered, this.#mode === "add" ? "union" : "subtract", box);
    polygonOf(next, this.#plane);
    this.#parts = next;
    this.#dabs.push(dab);
    return this.shape;
  }
}

/** A whole stroke on a shape at once: what a brush command does to the newest value when a colleague was faster. */
export function brushed(
  base: Geometry | null,
  dabs: readonly Dab[],
  options: BrushOptions,
): PolygonGeometry | null {
  const plane = base?.plane ?? options.plane;
  const parts = base ? partsOf(base) : [];
  let stroke = sweepParts(dabs);
  if (options.mode === "add" && options.avoid)
    stroke = subtractClean(
      stroke,
      options.avoid.filter(isArea).map((g) => cleanParts(partsOf(g))),
    );
  return polygonOf(overlay(parts, stroke, options.mode === "add" ? "union" : "subtract"), plane);
}
