import { ringContains } from "../geometry/rings.ts";
import { type Parts, toUnit } from "./parts.ts";
import { orient } from "./predicates.ts";
import { Touches } from "./touches.ts";

/** Comparisons an edge, on average; whatever needs more is left to the planar graph, which does not mind crowds. */
const COMPARISONS_PER_EDGE = 400;
/** Every ring is compared with every other. */
const MOST_RINGS = 3_000;

/**
 * Whether these parts are sound on the 1/64 px grid, as GEOS and shapely understand it: no ring meets itself, rings
 * touch each other in points at most and so that no area falls apart, holes lie in their outlines, parts beside each
 * other or in holes. Exact; the time grows about as the number of vertices. null where that would take too long.
 */
export function isSound(parts: Parts): boolean | null {
  const edges = edgesOf(parts);
  if (!edges) return false;
  const touches = new Touches(edges);
  const apart = sweep(edges, touches);
  if (!apart) return apart;
  return touches.areHarmless(partOfRings(parts)) && nest(parts, touches);
}

/** Edges in units; `next[e]` goes on from e in its ring, `before[e]` leads to it. */
export interface RingEdges {
  readonly count: number;
  readonly ax: Float64Array;
  readonly ay: Float64Array;
  readonly bx: Float64Array;
  readonly by: Float64Array;
  readonly next: Int32Array;
  readonly before: Int32Array;
  readonly ring: Int32Array;
}

/** null where a ring has fewer than three corners on the grid. */
function edgesOf(parts: Parts): RingEdges | null {
  let size = 0;
  for (const rings of parts) for (const ring of rings) size += ring.length / 2;
  const [ax, ay] = [new Float64Array(size), new Float64Array(size)];
  const [bx, by] = [new Float64Array(size), new Float64Array(size)];
  const [next, before, ringOf] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  let count = 0;
  let id = 0;
  for (const rings of parts)
    for (const ring of rings) {
      const first = count;
      const n = ring.length;
      let x = toUnit(ring[n - 2]!);
      let y = toUnit(ring[n - 1]!);
      for (let i = 0; i < n; i += 2) {
        const tx = toUnit(ring[i]!);
        const ty = toUnit(ring[i + 1]!);
        // The same position twice is one corner.
        if (tx === x && ty === y) continue;
        ax[count] = x;
        ay[count] = y;
        bx[count] = tx;
        by[count] = ty;
        next[count] = count + 1;
        before[count] = count - 1;
        ringOf[count] = id;
        count++;
        x = tx;
        y = ty;
      }
      if (count - first < 3) return null;
      next[count - 1] = first;
      before[first] = count - 1;
      id++;
    }
  return { count, ax, ay, bx, by, next, before, ring: ringOf };
}

const partOfRings = (parts: Parts): number[] => parts.flatMap((rings, part) => rings.map(() => part));

/**
 * Compares each edge with those that reach it, along x or y, whichever the edges cover less of. False where two cross
 * or overlap or a ring meets itself; where rings only touch, `touches` is told.
 */
function sweep(edges: RingEdges, touches: Touches): boolean | null {
  const { count, ax, ay, bx, by } = edges;
  let wide = 0;
  let high = 0;
  for (let e = 0; e < count; e++) {
    wide += Math.abs(ax[e]! - bx[e]!);
    high += Math.abs(ay[e]! - by[e]!);
  }
  const [a, b, c, d] = wide <= high ? [ax, bx, ay, by] : [ay, by, ax, bx];
  const from = new Float64Array(count);
  for (let e = 0; e < count; e++) from[e] = Math.min(a[e]!, b[e]!);
  const order = Int32Array.from({ length: count }, (_, e) => e).sort((e, f) => from[e]! - from[f]!);
  const active: number[] = [];
  let budget = COMPARISONS_PER_EDGE * count;
  for (const e of order) {
    const start = from[e]!;
    const low = Math.min(c[e]!, d[e]!);
    const top = Math.max(c[e]!, d[e]!);
    budget -= active.length;
    if (budget < 0) return null;
    let kept = 0;
    for (let k = 0; k < active.length; k++) {
      const f = active[k]!;
      if (a[f]! < start && b[f]! < start) continue;
      active[kept++] = f;
      if ((c[f]! < low && d[f]! < low) || (c[f]! > top && d[f]! > top)) continue;
      if (clash(edges, e, f, touches)) return false;
    }
    active.length = kept;
    active.push(e);
  }
  return true;
}

/** Whether two edges whose boxes touch meet in a way that no sound area has. */
function clash(edges: RingEdges, e: number, f: number, touches: Touches): boolean {
  const { ax, ay, bx, by, next, ring } = edges;
  const [pax, pay, pbx, pby] = [ax[e]!, ay[e]!, bx[e]!, by[e]!];
  const [qax, qay, qbx, qby] = [ax[f]!, ay[f]!, bx[f]!, by[f]!];
  if (next[e] === f) return turnsBack(pax, pay, pbx, pby, qbx, qby);
  if (next[f] === e) return turnsBack(qax, qay, qbx, qby, pbx, pby);
  const p1 = orient(pax, pay, pbx, pby, qax, qay);
  const p2 = orient(pax, pay, pbx, pby, qbx, qby);
  if (p1 * p2 > 0) return false;
  const q1 = orient(qax, qay, qbx, qby, pax, pay);
  const q2 = orient(qax, qay, qbx, qby, pbx, pby);
  if (q1 * q2 > 0) return false;
  // One and the same ring, a proper crossing, or along each other: where all four are 0, one point may still be all.
  if (ring[e] === ring[f] || (p1 * p2 < 0 && q1 * q2 < 0)) return true;
  const ends: [x: number, y: number][] = [];
  if (p1 === 0 && isWithin(edges, e, qax, qay)) ends.push([qax, qay]);
  if (p2 === 0 && isWithin(edges, e, qbx, qby)) ends.push([qbx, qby]);
  if (q1 === 0 && isWithin(edges, f, pax, pay)) ends.push([pax, pay]);
  if (q2 === 0 && isWithin(edges, f, pbx, pby)) ends.push([pbx, pby]);
  const [first] = ends;
  if (!first) return false;
  if (ends.some(([x, y]) => x !== first[0] || y !== first[1])) return true;
  return !touches.add(first[0], first[1], e, f);
}

const isWithin = ({ ax, ay, bx, by }: RingEdges, e: number, x: number, y: number): boolean =>
  x >= Math.min(ax[e]!, bx[e]!) &&
  x <= Math.max(ax[e]!, bx[e]!) &&
  y >= Math.min(ay[e]!, by[e]!) &&
  y <= Math.max(ay[e]!, by[e]!);

const turnsBack = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean =>
  orient(ax, ay, bx, by, cx, cy) === 0 && (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < 0;

/** Rings that do not cross lie in or beside each other: one place of each says which. */
function nest(parts: Parts, touches: Touches): boolean | null {
  const rings = parts.flat();
  if (rings.length === 1) return true;
  if (rings.length > MOST_RINGS) return null;
  const boxes = new Map(rings.map((ring) => [ring, boxOf(ring)]));
  const holds = (outer: readonly number[], inner: readonly number[]): boolean => {
    const [x0, y0, x1, y1] = boxes.get(outer)!;
    const [u0, v0, u1, v1] = boxes.get(inner)!;
    if (u0 < x0 || v0 < y0 || u1 > x1 || v1 > y1) return false;
    const [x, y] = touches.placeOff(inner);
    return ringContains(outer, x, y);
  };
  return parts.every(([outline, ...holes], i) => {
    if (holes.some((hole) => !holds(outline!, hole))) return false;
    if (holes.some((hole) => holes.some((other) => other !== hole && holds(other, hole)))) return false;
    return parts.every(
      ([other, ...otherHoles], j) =>
        i === j || !holds(other!, outline!) || otherHoles.some((hole) => holds(hole, outline!)),
    );
  });
}

function boxOf(ring: readonly number[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    box[0] = Math.min(box[0], ring[i]!);
    box[1] = Math.min(box[1], ring[i + 1]!);
    box[2] = Math.max(box[2], ring[i]!);
    box[3] = Math.max(box[3], ring[i + 1]!);
  }
  return box;
}
