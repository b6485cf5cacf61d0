import { orient } from "./predicates.ts";
import type { PlanarGraph } from "./snap.ts";
import { edgesBeside, headOf, tailOf, type Windings } from "./windings.ts";

/** A simple ring in units, flat x0,y0,…; `area2` is twice its signed area. */
interface UnitRing {
  readonly points: number[];
  readonly area2: number;
}

/** Half-edges with the area in which `inside(subject winding, clip winding)` holds to their left, and not to their right. */
export function boundary(
  g: PlanarGraph,
  w: Windings,
  inside: (subject: number, clip: number) => boolean,
): Uint8Array {
  const chosen = new Uint8Array(g.edgeCount * 2);
  for (let h = 0; h < chosen.length; h++)
    chosen[h] = !inside(w.subject[h]!, w.clip[h]!) && inside(w.subject[h ^ 1]!, w.clip[h ^ 1]!) ? 1 : 0;
  return chosen;
}

/**
 * The faces to the left of the chosen half-edges: each a connected area, its outline (positive) first, then its
 * holes (negative). Rings are simple and meet each other in single vertices at most.
 * @param least2 twice the area, in square units, below which outlines and holes are left out
 */
export function trace(g: PlanarGraph, w: Windings, chosen: Uint8Array, least2: number): number[][][] {
  const face = new Int32Array(g.edgeCount * 2).fill(-1);
  const outlines: (UnitRing | null)[] = [];
  const holes: UnitRing[][] = [];
  /** A face whose boundary so far is holes only, by one of their leftmost vertices. */
  const loose: { face: number; vertex: number }[] = [];
  const place = new Int32Array(g.vertexCount).fill(-1);

  for (let h = 0; h < chosen.length; h++) {
    if (!chosen[h] || face[h] !== -1) continue;
    const id = outlines.length;
    outlines.push(null);
    holes.push([]);
    let leftmost = tailOf(g, h);
    let bounded = false;
    const keep = (loop: readonly number[]): void => {
      const ring = ringOf(g, loop);
      if (ring.area2 > 0) {
        bounded = true;
        outlines[id] = ring.area2 >= least2 ? ring : null;
      } else if (-ring.area2 >= least2) holes[id]!.push(ring);
    };
    const path: number[] = [];
    let at = h;
    do {
      face[at] = id;
      const v = tailOf(g, at);
      if (g.x[v]! < g.x[leftmost]! || (g.x[v] === g.x[leftmost] && g.y[v]! < g.y[leftmost]!)) leftmost = v;
      if (place[v] !== -1) {
        // Back at a vertex: what was walked since is a ring of its own that touches the others here.
        const loop = path.splice(place[v]!);
        for (const u of loop) place[u] = -1;
        keep(loop);
      }
      place[v] = path.length;
      path.push(v);
      at = following(g, w, chosen, at);
    } while (at !== h);
    for (const u of path) place[u] = -1;
    keep(path);
    if (!bounded) loose.push({ face: id, vertex: leftmost });
  }

  const owner = ownersOf(g, chosen, face, loose);
  const parts: number[][][] = outlines.map((ring) => (ring ? [ring.points] : []));
  holes.forEach((rings, id) => {
    const part = parts[resolve(owner, id)]!;
    if (part.length > 0) for (const ring of rings) part.push(ring.points);
  });
  return parts.filter((part) => part.length > 0);
}

/** The next half-edge along the same face: the first chosen one clockwise from the way back. */
function following(g: PlanarGraph, w: Windings, chosen: Uint8Array, h: number): number {
  const back = w.position[h ^ 1]!;
  const { start, items } = w.out;
  const v = headOf(g, h);
  const first = start[v]!;
  const end = start[v + 1]!;
  let i = back;
  do {
    i = i === first ? end - 1 : i - 1;
  } while (!chosen[items[i]!] && i !== back);
  return items[i]!;
}

/** From its leftmost (then lowest in y) vertex on, without vertices on straight stretches. */
function ringOf(g: PlanarGraph, loop: readonly number[]): UnitRing {
  const { x, y } = g;
  const n = loop.length;
  let first = 0;
  for (let i = 1; i < n; i++) {
    const [u, v] = [loop[i]!, loop[first]!];
    if (x[u]! < x[v]! || (x[u] === x[v] && y[u]! < y[v]!)) first = i;
  }
  const points: number[] = [];
  const x0 = x[loop[first]!]!;
  const y0 = y[loop[first]!]!;
  let area2 = 0;
  let a = loop[(first + n - 1) % n]!;
  let b = loop[first]!;
  for (let i = 1; i <= n; i++) {
    const c = loop[(first + i) % n]!;
    area2 += (x[b]! - x0) * (y[c]! - y0) - (x[c]! - x0) * (y[b]! - y0);
    if (orient(x[a]!, y[a]!, x[b]!, y[b]!, x[c]!, y[c]!) !== 0) points.push(x[b]!, y[b]!);
    a = b;
    b = c;
  }
  return { points, area2 };
}

/** For faces known by their holes only: the face whose edge is next to the left of the leftmost hole. */
function ownersOf(
  g: PlanarGraph,
  chosen: Uint8Array,
  face: Int32Array,
  loose: readonly { face: number; vertex: number }[],
): Map<number, number> {
  const owner = new Map<number, number>();
  if (loose.length === 0) return owner;
  const beside = edgesBeside(
    g,
    loose.map(({ vertex }) => vertex),
    (e) => !chosen[2 * e] && !chosen[2 * e + 1],
  );
  for (const { face: id, vertex } of loose) {
    let nearest = -1;
    beside(vertex, (e) => {
      if (nearest === -1 || further(g, nearest, e, g.y[vertex]!)) nearest = e;
    });
    if (nearest === -1) continue;
    // A cut has a face on either side: the one wanted lies towards +x, left of the half-edge that falls in y.
    const rises = g.y[g.to[nearest]!]! > g.y[g.from[nearest]!]!;
    owner.set(id, face[rises ? 2 * nearest + 1 : 2 * nearest]!);
  }
  return owner;
}

/** Whether edge f crosses this y to the right of edge e. They do not cross each other. */
function further(g: PlanarGraph, e: number, f: number, y: number): boolean {
  const at = (edge: number): number => {
    const [p, q] = [g.from[edge]!, g.to[edge]!];
    return g.x[p]! + ((g.x[q]! - g.x[p]!) * (y - g.y[p]!)) / (g.y[q]! - g.y[p]!);
  };
  const gap = at(f) - at(e);
  if (Math.abs(gap) > 1e-3) return gap > 0;
  // Too near for doubles: ask on which side of one the ends of the other lie, exactly.
  const sideOf = (edge: number, v: number): number => {
    const [p, q] = g.y[g.from[edge]!]! < g.y[g.to[edge]!]! ? [g.from, g.to] : [g.to, g.from];
    return -orient(g.x[p[edge]!]!, g.y[p[edge]!]!, g.x[q[edge]!]!, g.y[q[edge]!]!, g.x[v]!, g.y[v]!);
  };
  const low = g.y[g.from[f]!]! < g.y[g.to[f]!]! ? g.from[f]! : g.to[f]!;
  const high = low === g.from[f] ? g.to[f]! : g.from[f]!;
  const lowE = g.y[g.from[e]!]! < g.y[g.to[e]!]! ? g.from[e]! : g.to[e]!;
  const highE = lowE === g.from[e] ? g.to[e]! : g.from[e]!;
  // The ends within the other's span of y decide.
  const votes =
    (g.y[low]! >= g.y[lowE]! ? sideOf(e, low) : -sideOf(f, lowE)) +
    (g.y[high]! <= g.y[highE]! ? sideOf(e, high) : -sideOf(f, highE));
  return votes > 0;
}

function resolve(owner: ReadonlyMap<number, number>, id: number): number {
  for (let next = owner.get(id); next !== undefined; next = owner.get(id)) id = next;
  return id;
}
