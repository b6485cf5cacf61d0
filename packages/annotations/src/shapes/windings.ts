import { orient } from "./predicates.ts";
import type { PlanarGraph } from "./snap.ts";
import { type Rows, toRows } from "./tables.ts";

/**
 * Half-edges of a planar graph: 2e runs from `from[e]` to `to[e]`, 2e + 1 back. `out` lists those that leave each
 * vertex, by angle. "Left" is where (edge × point) is positive.
 */
export interface Windings {
  readonly out: Rows;
  /** Where a half-edge stands in `out.items`. */
  readonly position: Int32Array;
  /** Winding numbers to the right of each half-edge, of both operands. */
  readonly subject: Int32Array;
  readonly clip: Int32Array;
  /** Of all faces. */
  readonly range: { subject: readonly [number, number]; clip: readonly [number, number] };
}

export const tailOf = (g: PlanarGraph, h: number): number => (h & 1 ? g.to[h >> 1]! : g.from[h >> 1]!);
export const headOf = (g: PlanarGraph, h: number): number => (h & 1 ? g.from[h >> 1]! : g.to[h >> 1]!);

/** Winding numbers of every face, spread from the leftmost vertex of each connected component. */
export function windingsOf(g: PlanarGraph): Windings {
  const out = outgoing(g);
  const seeds = seedsOf(g, out);
  for (const v of seeds) sortAround(g, out, v);
  const halves = g.edgeCount * 2;
  const position = new Int32Array(halves);
  for (let i = 0; i < out.items.length; i++) position[out.items[i]!] = i;
  const subject = new Int32Array(halves);
  const clip = new Int32Array(halves);
  const outside = outsideOf(g, seeds);
  const done = new Uint8Array(g.vertexCount);
  const queue: number[] = [];

  // Sets the faces around a vertex, from the one to the right of the half-edge at `first` onwards.
  const spin = (v: number, first: number, s: number, c: number): void => {
    done[v] = 1;
    const start = out.start[v]!;
    const degree = out.start[v + 1]! - start;
    for (let k = 0; k < degree; k++) {
      const h = out.items[start + ((first - start + k) % degree)]!;
      const sign = h & 1 ? -1 : 1;
      subject[h] = s;
      clip[h] = c;
      s += sign * g.subject[h >> 1]!;
      c += sign * g.clip[h >> 1]!;
      // To the right of the way back is what lies left of the way there.
      subject[h ^ 1] = s;
      clip[h ^ 1] = c;
      const head = headOf(g, h);
      if (!done[head]) {
        done[head] = 2;
        queue.push(h ^ 1);
      }
    }
  };

  seeds.forEach((v, i) => {
    spin(v, out.start[v]!, outside.subject[i]!, outside.clip[i]!);
    for (let h = queue.pop(); h !== undefined; h = queue.pop())
      spin(tailOf(g, h), position[h]!, subject[h]!, clip[h]!);
  });
  return { out, position, subject, clip, range: { subject: rangeOf(subject), clip: rangeOf(clip) } };
}

function rangeOf(values: Int32Array): readonly [number, number] {
  let least = 0;
  let most = 0;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** Half-edges by the vertex they leave; each list by rising angle, where it has more than two. */
function outgoing(g: PlanarGraph): Rows {
  const start = new Int32Array(g.vertexCount + 1);
  for (let e = 0; e < g.edgeCount; e++) {
    start[g.from[e]! + 1]!++;
    start[g.to[e]! + 1]!++;
  }
  for (let v = 0; v < g.vertexCount; v++) start[v + 1]! += start[v]!;
  const next = start.slice();
  const items = new Int32Array(g.edgeCount * 2);
  for (let e = 0; e < g.edgeCount; e++) {
    items[next[g.from[e]!]!++] = 2 * e;
    items[next[g.to[e]!]!++] = 2 * e + 1;
  }
  const rows = { start, items };
  // Two go round each other in either order.
  for (let v = 0; v < g.vertexCount; v++) if (start[v + 1]! - start[v]! > 2) sortAround(g, rows, v);
  return rows;
}

/**
 * From just past -90° on: the gap across -x lies behind the last and before the first of a vertex that has nothing
 * to its left.
 */
function sortAround(g: PlanarGraph, { start, items }: Rows, v: number): void {
  const { x, y } = g;
  const behind = (h: number): number => {
    const w = headOf(g, h);
    return x[w]! > x[v]! || (x[w] === x[v] && y[w]! > y[v]!) ? 0 : 1;
  };
  const around = (p: number, q: number): number => {
    const [u, w] = [headOf(g, p), headOf(g, q)];
    return behind(p) - behind(q) || -orient(x[v]!, y[v]!, x[u]!, y[u]!, x[w]!, y[w]!);
  };
  items.subarray(start[v]!, start[v + 1]!).sort(around);
}

/** The vertex with the least x, then the least y, of each connected component. */
function seedsOf(g: PlanarGraph, out: Rows): number[] {
  const seen = new Uint8Array(g.vertexCount);
  const seeds: number[] = [];
  const stack: number[] = [];
  for (let v = 0; v < g.vertexCount; v++) {
    if (seen[v] || out.start[v] === out.start[v + 1]) continue;
    let least = v;
    seen[v] = 1;
    stack.push(v);
    for (let w = stack.pop(); w !== undefined; w = stack.pop()) {
      if (g.x[w]! < g.x[least]! || (g.x[w] === g.x[least] && g.y[w]! < g.y[least]!)) least = w;
      for (let i = out.start[w]!; i < out.start[w + 1]!; i++) {
        const next = headOf(g, out.items[i]!);
        if (seen[next]) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    seeds.push(least);
  }
  return seeds;
}

/** Winding numbers just left of each seed, by the edges that a ray to -x crosses. */
function outsideOf(g: PlanarGraph, seeds: readonly number[]): { subject: number[]; clip: number[] } {
  const subject: number[] = [];
  const clip: number[] = [];
  const beside = edgesBeside(g, seeds);
  for (const v of seeds) {
    let s = 0;
    let c = 0;
    beside(v, (e, up) => {
      s += up ? -g.subject[e]! : g.subject[e]!;
      c += up ? -g.clip[e]! : g.clip[e]!;
    });
    subject.push(s);
    clip.push(c);
  }
  return { subject, clip };
}

/**
 * For each of these vertices the edges that a ray from it to -x crosses, and whether they rise there in y as they
 * run from `from` to `to`.
 */
export function edgesBeside(
  g: PlanarGraph,
  asked: readonly number[],
  skip?: (edge: number) => boolean,
): (v: number, visit: (edge: number, rises: boolean) => void) => void {
  const { x, y } = g;
  // Bands of y keep many components from each looking at all edges.
  let low = Infinity;
  let high = -Infinity;
  for (const v of asked) {
    low = Math.min(low, y[v]!);
    high = Math.max(high, y[v]!);
  }
  const bandCount = asked.length > 8 ? Math.min(1024, asked.length) : 1;
  const bandHeight = Math.max(1, (high - low + 1) / bandCount);
  const bandOf = (at: number): number =>
    Math.max(0, Math.min(bandCount - 1, Math.floor((at - low) / bandHeight)));
  const bands: number[] = [];
  const items: number[] = [];
  if (asked.length > 0)
    for (let e = 0; e < g.edgeCount; e++) {
      const ya = y[g.from[e]!]!;
      const yb = y[g.to[e]!]!;
      if (ya === yb || Math.max(ya, yb) < low || Math.min(ya, yb) > high || skip?.(e)) continue;
      for (let band = bandOf(Math.min(ya, yb)); band <= bandOf(Math.max(ya, yb)); band++) {
        bands.push(band);
        items.push(e);
      }
    }
  const rows = toRows(bandCount, bands, items);
  return (v, visit) => {
    const px = x[v]!;
    const py = y[v]!;
    const band = bandOf(py);
    for (let i = rows.start[band]!; i < rows.start[band + 1]!; i++) {
      const e = rows.items[i]!;
      const [p, q] = [g.from[e]!, g.to[e]!];
      const rises = y[q]! > y[p]!;
      if (y[p]! <= py === y[q]! <= py || (x[p]! >= px && x[q]! >= px)) continue;
      const side = orient(x[p]!, y[p]!, x[q]!, y[q]!, px, py);
      if (rises ? side < 0 : side > 0) visit(e, rises);
    }
  };
}
