import { crossing, orient, passesThrough } from "./predicates.ts";
import { PairTable, type Rows, toRows } from "./tables.ts";

/**
 * Directed edges between integer points, with how much each adds to the winding numbers of the two operands.
 * Coordinates are whole units (1/64 px).
 */
export interface Edges {
  count: number;
  readonly ax: number[];
  readonly ay: number[];
  readonly bx: number[];
  readonly by: number[];
  readonly subject: number[];
  readonly clip: number[];
}

/** Edges that meet at their ends only, each once, from the vertex `from` to `to`, with the summed windings. */
export interface PlanarGraph {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly subject: Int32Array;
  readonly clip: Int32Array;
}

/** A box in units. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/**
 * Snap rounding (Hobby; Guibas and Marimont): every end and every crossing heats the grid square it lies in, and
 * every edge is bent through the centres of the hot squares it passes. What comes out never crosses itself, with
 * all vertices on the grid, and no edge moves further than half a unit.
 *
 * @param region where given, edges that stay out of this box are known not to cross any other: only what is inside
 * is looked at. It grows where an edge that has to be bent reaches out of it.
 */
export function snap(edges: Edges, region: Box | null): PlanarGraph {
  const vertices = new PairTable(edges.count + 64);
  const a = new Int32Array(edges.count);
  const b = new Int32Array(edges.count);
  for (let i = 0; i < edges.count; i++) {
    a[i] = vertices.idOf(edges.ax[i]!, edges.ay[i]!);
    b[i] = vertices.idOf(edges.bx[i]!, edges.by[i]!);
  }
  let bends = findBends(edges, a, b, vertices, region);
  for (let box = region; box !== null; ) {
    const reach = reachOf(edges, bends, box);
    if (!reach) break;
    box = reach;
    bends = findBends(edges, a, b, vertices, box);
  }
  return collect(edges, a, b, vertices, bends);
}

/** For the edges that pass hot squares other than those of their ends: which. */
interface Bends {
  readonly edge: number[];
  readonly vertex: number[];
}

function findBends(
  edges: Edges,
  a: Int32Array,
  b: Int32Array,
  vertices: PairTable,
  region: Box | null,
): Bends {
  const { ax, ay, bx, by } = edges;
  const active: number[] = [];
  const box: Box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (let i = 0; i < edges.count; i++) {
    const x0 = Math.min(ax[i]!, bx[i]!);
    const x1 = Math.max(ax[i]!, bx[i]!);
    const y0 = Math.min(ay[i]!, by[i]!);
    const y1 = Math.max(ay[i]!, by[i]!);
    if (region && (x1 < region.x0 || x0 > region.x1 || y1 < region.y0 || y0 > region.y1)) continue;
    active.push(i);
    if (x0 < box.x0) box.x0 = x0;
    if (x1 > box.x1) box.x1 = x1;
    if (y0 < box.y0) box.y0 = y0;
    if (y1 > box.y1) box.y1 = y1;
  }
  const bends: Bends = { edge: [], vertex: [] };
  if (active.length === 0) return bends;
  const grid = gridOf(box, active.length);
  const cells = edgesByCell(edges, active, grid);
  heatCrossings(edges, a, b, vertices, cells, grid.columns * grid.rows);

  const hotCells: number[] = [];
  const hot: number[] = [];
  for (let v = 0; v < vertices.size; v++) {
    const x = vertices.first[v]!;
    const y = vertices.second[v]!;
    if (x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1) continue;
    hotCells.push(cellOf(grid, x, y));
    hot.push(v);
  }
  const hotRows = toRows(grid.columns * grid.rows, hotCells, hot);
  for (let cell = 0; cell < grid.columns * grid.rows; cell++) {
    const end = hotRows.start[cell + 1]!;
    if (hotRows.start[cell] === end) continue;
    for (let k = cells.start[cell]!; k < cells.start[cell + 1]!; k++) {
      const e = cells.items[k]!;
      const [pax, pay, pbx, pby] = [ax[e]!, ay[e]!, bx[e]!, by[e]!];
      const x0 = Math.min(pax, pbx);
      const x1 = Math.max(pax, pbx);
      const y0 = Math.min(pay, pby);
      const y1 = Math.max(pay, pby);
      for (let h = hotRows.start[cell]!; h < end; h++) {
        const v = hotRows.items[h]!;
        const x = vertices.first[v]!;
        const y = vertices.second[v]!;
        if (x < x0 || x > x1 || y < y0 || y > y1 || v === a[e] || v === b[e]) continue;
        if (!passesThrough(pax, pay, pbx, pby, x, y)) continue;
        bends.edge.push(e);
        bends.vertex.push(v);
      }
    }
  }
  return bends;
}

interface Grid {
  readonly box: Box;
  readonly size: number;
  readonly columns: number;
  readonly rows: number;
}

/** About four cells an edge, so that a cell holds few even where edges crowd along an outline. */
function gridOf(box: Box, edgeCount: number): Grid {
  const width = box.x1 - box.x0 + 1;
  const height = box.y1 - box.y0 + 1;
  const size = Math.max(
    4,
    Math.ceil(Math.sqrt((width * height) / (4 * edgeCount))),
    Math.ceil(Math.max(width, height) / (4 * edgeCount)),
  );
  return { box, size, columns: Math.floor(width / size) + 1, rows: Math.floor(height / size) + 1 };
}

const cellOf = (grid: Grid, x: number, y: number): number =>
  Math.floor((y - grid.box.y0) / grid.size) * grid.columns + Math.floor((x - grid.box.x0) / grid.size);

/** Each edge in all cells that come within a unit of it. */
function edgesByCell(edges: Edges, active: readonly number[], grid: Grid): Rows {
  const { box, size, columns, rows } = grid;
  const cells: number[] = [];
  const items: number[] = [];
  for (const e of active) {
    const flip = edges.ay[e]! > edges.by[e]!;
    const ax = (flip ? edges.bx[e]! : edges.ax[e]!) - box.x0;
    const ay = (flip ? edges.by[e]! : edges.ay[e]!) - box.y0;
    const bx = (flip ? edges.ax[e]! : edges.bx[e]!) - box.x0;
    const by = (flip ? edges.ay[e]! : edges.by[e]!) - box.y0;
    const first = Math.max(0, Math.floor((ay - 1) / size));
    const last = Math.min(rows - 1, Math.floor((by + 1) / size));
    const slope = by === ay ? 0 : (bx - ax) / (by - ay);
    for (let row = first; row <= last; row++) {
      let x0 = Math.min(ax, bx);
      let x1 = Math.max(ax, bx);
      if (last > first && by > ay) {
        const p = ax + slope * (Math.max(ay, row * size - 1) - ay);
        const q = ax + slope * (Math.min(by, (row + 1) * size + 1) - ay);
        x0 = Math.max(x0, Math.min(p, q) - 1);
        x1 = Math.min(x1, Math.max(p, q) + 1);
      }
      const from = Math.max(0, Math.floor((x0 - 1) / size));
      const to = Math.min(columns - 1, Math.floor((x1 + 1) / size));
      for (let column = from; column <= to; column++) {
        cells.push(row * columns + column);
        items.push(e);
      }
    }
  }
  return toRows(columns * rows, cells, items);
}

/** Adds the squares of all proper crossings to the vertices. Where edges only touch, an end is there already. */
function heatCrossings(
  edges: Edges,
  a: Int32Array,
  b: Int32Array,
  vertices: PairTable,
  cells: Rows,
  cellCount: number,
): void {
  const { ax, ay, bx, by } = edges;
  for (let cell = 0; cell < cellCount; cell++) {
    const end = cells.start[cell + 1]!;
    for (let k = cells.start[cell]!; k < end; k++) {
      const e = cells.items[k]!;
      const [pax, pay, pbx, pby] = [ax[e]!, ay[e]!, bx[e]!, by[e]!];
      const x0 = Math.min(pax, pbx);
      const x1 = Math.max(pax, pbx);
      const y0 = Math.min(pay, pby);
      const y1 = Math.max(pay, pby);
      for (let m = k + 1; m < end; m++) {
        const f = cells.items[m]!;
        const qax = ax[f]!;
        const qbx = bx[f]!;
        if ((qax < x0 && qbx < x0) || (qax > x1 && qbx > x1)) continue;
        const qay = ay[f]!;
        const qby = by[f]!;
        if ((qay < y0 && qby < y0) || (qay > y1 && qby > y1)) continue;
        if (a[e] === a[f] || a[e] === b[f] || b[e] === a[f] || b[e] === b[f]) continue;
        const p = orient(pax, pay, pbx, pby, qax, qay);
        if (p === 0 || p * orient(pax, pay, pbx, pby, qbx, qby) >= 0) continue;
        const q = orient(qax, qay, qbx, qby, pax, pay);
        if (q === 0 || q * orient(qax, qay, qbx, qby, pbx, pby) >= 0) continue;
        const { x, y } = crossing(pax, pay, pbx, pby, qax, qay, qbx, qby);
        vertices.idOf(x, y);
      }
    }
  }
}

/** The box with all bent edges in it, or null where it held them already. */
function reachOf(edges: Edges, bends: Bends, box: Box): Box | null {
  const reach = { ...box };
  for (const e of bends.edge) {
    reach.x0 = Math.min(reach.x0, edges.ax[e]! - 1, edges.bx[e]! - 1);
    reach.x1 = Math.max(reach.x1, edges.ax[e]! + 1, edges.bx[e]! + 1);
    reach.y0 = Math.min(reach.y0, edges.ay[e]! - 1, edges.by[e]! - 1);
    reach.y1 = Math.max(reach.y1, edges.ay[e]! + 1, edges.by[e]! + 1);
  }
  const same = reach.x0 === box.x0 && reach.x1 === box.x1 && reach.y0 === box.y0 && reach.y1 === box.y1;
  return same ? null : reach;
}

function collect(edges: Edges, a: Int32Array, b: Int32Array, vertices: PairTable, bends: Bends): PlanarGraph {
  const pairs = new PairTable(edges.count + bends.edge.length);
  const subject: number[] = [];
  const clip: number[] = [];
  const put = (from: number, to: number, e: number): void => {
    if (from === to) return;
    const forward = from < to;
    const id = forward ? pairs.idOf(from, to) : pairs.idOf(to, from);
    const sign = forward ? 1 : -1;
    subject[id] = (subject[id] ?? 0) + sign * edges.subject[e]!;
    clip[id] = (clip[id] ?? 0) + sign * edges.clip[e]!;
  };
  const bent = new Map<number, number[]>();
  bends.edge.forEach((e, i) => {
    const through = bent.get(e);
    if (through) through.push(bends.vertex[i]!);
    else bent.set(e, [bends.vertex[i]!]);
  });
  const { first: x, second: y } = vertices;
  for (let e = 0; e < edges.count; e++) {
    const through = bent.get(e);
    if (!through) {
      put(a[e]!, b[e]!, e);
      continue;
    }
    // A straight edge passes the squares in an order that is monotone in x and in y.
    const dx = Math.sign(edges.bx[e]! - edges.ax[e]!);
    const dy = Math.sign(edges.by[e]! - edges.ay[e]!);
    through.sort((p, q) => dx * (x[p]! - x[q]!) + dy * (y[p]! - y[q]!));
    let last = a[e]!;
    for (const v of through) {
      put(last, v, e);
      last = v;
    }
    put(last, b[e]!, e);
  }
  return withoutCancelled(vertices, pairs, subject, clip);
}

/** What winds nothing bounds nothing. */
function withoutCancelled(
  vertices: PairTable,
  pairs: PairTable,
  subject: readonly number[],
  clip: readonly number[],
): PlanarGraph {
  const from = new Int32Array(pairs.size);
  const to = new Int32Array(pairs.size);
  const s = new Int32Array(pairs.size);
  const c = new Int32Array(pairs.size);
  let edgeCount = 0;
  for (let i = 0; i < pairs.size; i++) {
    if (subject[i] === 0 && clip[i] === 0) continue;
    from[edgeCount] = pairs.first[i]!;
    to[edgeCount] = pairs.second[i]!;
    s[edgeCount] = subject[i]!;
    c[edgeCount] = clip[i]!;
    edgeCount++;
  }
  return {
    x: vertices.first,
    y: vertices.second,
    vertexCount: vertices.size,
    edgeCount,
    from,
    to,
    subject: s,
    clip: c,
  };
}
