import { toUnit } from "./parts.ts";
import { orient } from "./predicates.ts";
import type { RingEdges } from "./soundness.ts";

/** Points in which rings touch each other, and which rings those are. */
export class Touches {
  readonly #edges: RingEdges;
  /** By position in units: the rings that come there. */
  readonly #rings = new Map<string, Set<number>>();

  constructor(edges: RingEdges) {
    this.#edges = edges;
  }

  /** Edges e and f, of different rings, meet in this point only. False where one ring crosses the other there. */
  add(x: number, y: number, e: number, f: number): boolean {
    const { ring } = this.#edges;
    const key = `${x},${y}`;
    const there = this.#rings.get(key) ?? new Set();
    this.#rings.set(key, there.add(ring[e]!).add(ring[f]!));
    const [a, b] = this.#ways(x, y, e);
    const [c, d] = this.#ways(x, y, f);
    return isBetween(a, b, c) === isBetween(a, b, d);
  }

  /** From a point on it, the two ways that the edge's ring goes on. */
  #ways(x: number, y: number, e: number): [Vector, Vector] {
    const { ax, ay, bx, by, next, before } = this.#edges;
    const back = x === ax[e] && y === ay[e] ? before[e]! : e;
    const ahead = x === bx[e] && y === by[e] ? next[e]! : e;
    return [
      [ax[back]! - x, ay[back]! - y],
      [bx[ahead]! - x, by[ahead]! - y],
    ];
  }

  /**
   * Whether no area falls apart where its rings touch: it does where one can go from ring to ring through such points
   * and come back another way.
   * @param partOf the part of each ring
   */
  areHarmless(partOf: readonly number[]): boolean {
    const roots = new Map<string, string>();
    const rootOf = (node: string): string => {
      let at = node;
      for (let up = roots.get(at); up !== undefined; up = roots.get(at)) at = up;
      return at;
    };
    for (const [key, rings] of this.#rings)
      for (const ring of rings) {
        // Of each part a point is another node: parts may touch as they like.
        const [point, one] = [rootOf(`${partOf[ring]}/${key}`), rootOf(`${ring}`)];
        if (point === one) return false;
        roots.set(point, one);
      }
    return true;
  }

  /** A place on the ring, in px, where no other touches it. */
  placeOff(ring: readonly number[]): readonly [x: number, y: number] {
    for (let i = 0; i < ring.length; i += 2)
      if (this.#rings.size === 0 || !this.#rings.has(`${toUnit(ring[i]!)},${toUnit(ring[i + 1]!)}`))
        return [ring[i]!, ring[i + 1]!];
    // All corners are touched: somewhere along an edge then.
    return [ring[0]! + (ring[2]! - ring[0]!) * 0.3819660113, ring[1]! + (ring[3]! - ring[1]!) * 0.3819660113];
  }
}

type Vector = readonly [x: number, y: number];

/** The sign of the cross product. */
const cross = ([ax, ay]: Vector, [bx, by]: Vector): number => orient(0, 0, ax, ay, bx, by);

/** Whether v lies in the angle from a to b, in the sense in which the cross product is positive. */
function isBetween(a: Vector, b: Vector, v: Vector): boolean {
  const turn = cross(a, b);
  if (turn > 0) return cross(a, v) > 0 && cross(v, b) > 0;
  if (turn < 0) return !(cross(b, v) > 0 && cross(v, a) > 0);
  return cross(a, v) > 0;
}
