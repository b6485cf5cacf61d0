import { signedRingArea, UNITS_PER_PX } from "../geometry/index.ts";
import { type Parts, SLIVER_PX2, toUnit } from "./parts.ts";
import { type Box, type Edges, snap } from "./snap.ts";
import { boundary, trace } from "./trace.ts";
import { type Windings, windingsOf } from "./windings.ts";

export type BooleanOperation = "union" | "intersect" | "subtract" | "xor";

const LEAST_AREA2 = 2 * SLIVER_PX2 * UNITS_PER_PX ** 2;

const INSIDE: Record<BooleanOperation, (subject: number, clip: number) => boolean> = {
  union: (s, c) => s > 0 || c > 0,
  intersect: (s, c) => s > 0 && c > 0,
  subtract: (s, c) => s > 0 && c <= 0,
  xor: (s, c) => s > 0 !== c > 0,
};

interface Operand {
  readonly parts: Parts;
  readonly role: "subject" | "clip";
  /** Rings wind as they come, rather than outlines forwards and holes backwards. */
  readonly raw?: boolean;
}

const noEdges = (): Edges => ({ count: 0, ax: [], ay: [], bx: [], by: [], subject: [], clip: [] });

function addRing(edges: Edges, ring: readonly number[], subject: number, clip: number): void {
  const n = ring.length;
  let ax = toUnit(ring[n - 2]!);
  let ay = toUnit(ring[n - 1]!);
  for (let i = 0; i < n; i += 2) {
    const bx = toUnit(ring[i]!);
    const by = toUnit(ring[i + 1]!);
    if (ax !== bx || ay !== by) {
      edges.ax.push(ax);
      edges.ay.push(ay);
      edges.bx.push(bx);
      edges.by.push(by);
      edges.subject.push(subject);
      edges.clip.push(clip);
      edges.count++;
    }
    ax = bx;
    ay = by;
  }
}

function addOperand(edges: Edges, { parts, role, raw }: Operand): void {
  for (const rings of parts) {
    rings.forEach((ring, i) => {
      const winds = raw || signedRingArea(ring) > 0 === (i === 0) ? 1 : -1;
      addRing(edges, ring, role === "subject" ? winds : 0, role === "clip" ? winds : 0);
    });
  }
}

/** Back to px, in place. */
const toPxParts = (parts: number[][][]): number[][][] => {
  for (const rings of parts)
    for (const ring of rings) for (let i = 0; i < ring.length; i++) ring[i]! /= UNITS_PER_PX;
  return parts;
};

const is01 = ([least, most]: readonly [number, number]): boolean => least >= 0 && most <= 1;

/**
 * subject ∘ clip on the 1/64 px grid. Operands that cross or overlap themselves are cleaned first (`cleanParts`).
 * @param region what of the subject may be touched, in units; only for a subject that is an earlier result of this
 */
export function overlay(
  subject: Parts,
  clip: Parts,
  operation: BooleanOperation,
  region: Box | null = null,
): Parts {
  const edges = noEdges();
  addOperand(edges, { parts: subject, role: "subject" });
  addOperand(edges, { parts: clip, role: "clip" });
  let graph = snap(edges, region);
  let windings = windingsOf(graph);
  if (!clean(windings)) {
    const cleaned = noEdges();
    addOperand(cleaned, { parts: cleanParts(subject), role: "subject", raw: true });
    addOperand(cleaned, { parts: cleanParts(clip), role: "clip", raw: true });
    graph = snap(cleaned, null);
    windings = windingsOf(graph);
  }
  return toPxParts(trace(graph, windings, boundary(graph, windings, INSIDE[operation]), LEAST_AREA2));
}

const clean = (w: Windings): boolean => is01(w.range.subject) && is01(w.range.clip);

/**
 * The same area as simple rings: outlines positive (clockwise on screen), holes negative, parts apart. A ring that
 * crosses itself covers whatever it winds round at all, in either direction, so a stroke over itself stays filled.
 */
export function cleanParts(parts: Parts): Parts {
  const whole = noEdges();
  addOperand(whole, { parts, role: "subject" });
  const graph = snap(whole, null);
  const windings = windingsOf(graph);
  if (clean(windings))
    return toPxParts(trace(graph, windings, boundary(graph, windings, INSIDE.union), LEAST_AREA2));
  // Part by part: what an outline winds round, less what any of its holes winds round.
  const cleaned = parts.map(([outline, ...holes]) => {
    const edges = noEdges();
    if (outline) addOperand(edges, { parts: [[outline]], role: "subject", raw: true });
    if (holes.length === 0) return traceOf(edges, (s) => s !== 0);
    const filled = traceOf(edges, (s) => s !== 0);
    const cut = noEdges();
    addOperand(cut, { parts: filled, role: "subject", raw: true });
    const each = holes.map((hole) => {
      const one = noEdges();
      addOperand(one, { parts: [[hole]], role: "subject", raw: true });
      return traceOf(one, (s) => s !== 0);
    });
    for (const hole of each) addOperand(cut, { parts: hole, role: "clip", raw: true });
    return traceOf(cut, INSIDE.subtract);
  });
  return cleaned.length === 1 ? cleaned[0]! : uniteClean(cleaned);
}

/** The union of any number of clean operands, in one go. */
export function uniteClean(operands: readonly Parts[]): Parts {
  const edges = noEdges();
  for (const parts of operands) addOperand(edges, { parts, role: "subject", raw: true });
  return traceOf(edges, INSIDE.union);
}

/** What a clean subject keeps of itself when any number of clean operands is taken off, in one go. */
export function subtractClean(subject: Parts, operands: readonly Parts[]): Parts {
  const edges = noEdges();
  addOperand(edges, { parts: subject, role: "subject", raw: true });
  for (const parts of operands) addOperand(edges, { parts, role: "clip", raw: true });
  return traceOf(edges, INSIDE.subtract);
}

function traceOf(edges: Edges, inside: (subject: number, clip: number) => boolean): Parts {
  const graph = snap(edges, null);
  const windings = windingsOf(graph);
  return toPxParts(trace(graph, windings, boundary(graph, windings, inside), LEAST_AREA2));
}

/**
 * Clean parts, cut along a line. Where the line ends inside, or crosses nothing but itself, what hangs loose of it
 * cuts nothing; a line from the outline to a hole alone cuts nothing either.
 */
export function cutClean(parts: Parts, line: readonly number[]): Parts {
  const edges = noEdges();
  addOperand(edges, { parts, role: "subject", raw: true });
  for (let i = 0; i + 3 < line.length; i += 2) {
    const a = [toUnit(line[i]!), toUnit(line[i + 1]!)] as const;
    const b = [toUnit(line[i + 2]!), toUnit(line[i + 3]!)] as const;
    if (a[0] === b[0] && a[1] === b[1]) continue;
    // Always the same way, so that a line over itself does not cancel out.
    const forward = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
    const [from, to] = forward ? [a, b] : [b, a];
    edges.ax.push(from[0]);
    edges.ay.push(from[1]);
    edges.bx.push(to[0]);
    edges.by.push(to[1]);
    edges.subject.push(0);
    edges.clip.push(1);
    edges.count++;
  }
  const graph = snap(edges, null);
  const windings = windingsOf(graph);
  const chosen = boundary(graph, windings, (s) => s > 0);
  const degree = new Int32Array(graph.vertexCount);
  const cuts: number[] = [];
  for (let e = 0; e < graph.edgeCount; e++) {
    const inner = windings.subject[2 * e]! > 0 && windings.subject[2 * e + 1]! > 0;
    if (graph.clip[e] !== 0 && inner) {
      chosen[2 * e] = 1;
      chosen[2 * e + 1] = 1;
      cuts.push(e);
    }
    if (!chosen[2 * e] && !chosen[2 * e + 1]) continue;
    degree[graph.from[e]!]!++;
    degree[graph.to[e]!]!++;
  }
  // Loose ends are taken off until none is left.
  for (let loose = true; loose; ) {
    loose = false;
    for (const e of cuts) {
      if (!chosen[2 * e] || (degree[graph.from[e]!]! > 1 && degree[graph.to[e]!]! > 1)) continue;
      chosen[2 * e] = 0;
      chosen[2 * e + 1] = 0;
      degree[graph.from[e]!]!--;
      degree[graph.to[e]!]!--;
      loose = true;
    }
  }
  return toPxParts(trace(graph, windings, chosen, LEAST_AREA2));
}

/** The box of parts in units, grown by one. */
export function unitBoxOf(parts: Parts): Box {
  const box: Box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const rings of parts)
    for (const ring of rings)
      for (let i = 0; i < ring.length; i += 2) {
        const x = toUnit(ring[i]!);
        const y = toUnit(ring[i + 1]!);
        box.x0 = Math.min(box.x0, x - 1);
        box.x1 = Math.max(box.x1, x + 1);
        box.y0 = Math.min(box.y0, y - 1);
        box.y1 = Math.max(box.y1, y + 1);
      }
  return box;
}
