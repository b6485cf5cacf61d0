import { type Geometry, type PolygonGeometry, type Ring, signedRingArea } from "../geometry/index.ts";
import { distanceToRing } from "../geometry/rings.ts";
import { capsule } from "./brush.ts";
import { ShapeError } from "./errors.ts";
import { cleanParts, cutClean, overlay, uniteClean } from "./overlay.ts";
import { type Parts, partsOf, polygonOf, SLIVER_PX2, toPx, toUnit } from "./parts.ts";
import { isSound } from "./soundness.ts";

/**
 * The pieces of an area along a line (flat x, y, … in px), each connected part for itself: one part uncut means that
 * the line cut nothing. A line must come in and go out; what ends inside cuts only up to where it was crossed.
 */
export function splitByLine(g: Geometry, line: Ring): PolygonGeometry[] {
  return cutClean(cleanParts(partsOf(g)), line).map((rings) => polygonOf([rings], g.plane)!);
}

/**
 * Fewer vertices (Douglas–Peucker): no vertex of the old outline is further than `tolerancePx` (+ 1/64) from the
 * new one. Parts, holes and their touching stay; where the tolerance would change them it is halved, and in the end
 * given up, so the result is always sound. Polylines too. Null only for an area that is nothing on the grid.
 */
export function simplify(g: Geometry, tolerancePx: number): Geometry | null {
  checkLength(tolerancePx);
  if (g.kind === "point") return g;
  if (g.kind === "polyline") return { ...g, points: simplifyLine(g.points, tolerancePx) };
  const parts = soundParts(g);
  const reshaped = gently(parts, tolerancePx, (ring, tolerance) => simplifyRing(ring, tolerance));
  return polygonOf(reshaped, g.plane);
}

/**
 * Corners cut off (Chaikin), twice: no point of the outline moves further than `deviationPx` (+ 1/64). Sound like
 * `simplify`. The number of vertices grows up to fourfold; simplify afterwards.
 */
export function smooth(g: Geometry, deviationPx: number): PolygonGeometry | null {
  checkLength(deviationPx);
  const parts = soundParts(g);
  const cut = (ring: Ring, deviation: number): number[] =>
    cutCorners(cutCorners(ring, (deviation * 2) / 3), deviation / 3);
  return polygonOf(gently(parts, deviationPx, cut), g.plane);
}

/** Wider by `distancePx` all round (rounded corners), or narrower where it is below 0. Null where nothing is left. */
export function expand(g: Geometry, distancePx: number): PolygonGeometry | null {
  if (!Number.isFinite(distancePx)) throw new ShapeError("bad-argument", "a distance in px", `${distancePx}`);
  const parts = cleanParts(partsOf(g));
  const radius = Math.abs(distancePx);
  if (radius < 0.25) return polygonOf(parts, g.plane);
  const bands = parts.flat().map((ring) => {
    const capsules: Parts[] = [];
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      capsules.push([
        [capsule({ x: ring[j]!, y: ring[j + 1]!, radius }, { x: ring[i]!, y: ring[i + 1]!, radius })],
      ]);
    return inHalves(capsules);
  });
  return polygonOf(overlay(parts, inHalves(bands), distancePx > 0 ? "union" : "subtract"), g.plane);
}

function inHalves(operands: readonly Parts[]): Parts {
  if (operands.length <= 8) return uniteClean(operands);
  const middle = operands.length >> 1;
  return overlay(inHalves(operands.slice(0, middle)), inHalves(operands.slice(middle)), "union");
}

function checkLength(px: number): void {
  if (!(px >= 0 && Number.isFinite(px)))
    throw new ShapeError("bad-argument", "a length in px, 0 or more", `${px}`);
}

const onGrid = (px: number): number => toPx(toUnit(px));

/** Cleaned only where it has to be: what is thinner than the grid's roundings is taken off by that. */
function soundParts(g: Geometry): Parts {
  const parts = partsOf(g);
  return isTidy(parts) && isSound(parts)
    ? parts.map((rings) => rings.map((ring) => ring.map(onGrid)))
    : cleanParts(parts);
}

/** Outlines are positive and holes negative, none of them a sliver. */
const isTidy = (parts: Parts): boolean =>
  parts.every((rings) => rings.every((ring, i) => signedRingArea(ring) * (i === 0 ? 1 : -1) >= SLIVER_PX2));

/** Reshapes every ring; with half the strength again where the result would not be sound. */
function gently(parts: Parts, strength: number, reshape: (ring: Ring, strength: number) => number[]): Parts {
  for (let attempt = 0; attempt < 6; attempt++) {
    const rings = parts.map((part) => part.map((ring) => reshape(ring, strength / 2 ** attempt)));
    if (isTidy(rings) && isSound(rings)) return rings;
  }
  return parts;
}

function simplifyRing(ring: Ring, tolerance: number): number[] {
  const n = ring.length / 2;
  let far = 0;
  let most = -1;
  for (let i = 1; i < n; i++) {
    const d = (ring[2 * i]! - ring[0]!) ** 2 + (ring[2 * i + 1]! - ring[1]!) ** 2;
    if (d > most) [most, far] = [d, i];
  }
  const closed = [...ring, ring[0]!, ring[1]!];
  const there = simplifyLine(closed.slice(0, 2 * far + 2), tolerance);
  const back = simplifyLine(closed.slice(2 * far), tolerance);
  const joined = [...there.slice(0, -2), ...back.slice(0, -2)];
  if (joined.length >= 6) return joined;
  // Thinner than the tolerance: the vertex furthest from the chord keeps it an area.
  let apex = -1;
  let height = 0;
  for (let i = 0; i < n; i++) {
    const d = distanceToRing(
      [ring[0]!, ring[1]!, ring[2 * far]!, ring[2 * far + 1]!],
      false,
      ring[2 * i]!,
      ring[2 * i + 1]!,
    );
    if (d > height) [height, apex] = [d, i];
  }
  if (apex === -1) return [];
  return [0, far, apex].sort((a, b) => a - b).flatMap((i) => [ring[2 * i]!, ring[2 * i + 1]!]);
}

function simplifyLine(line: Ring, tolerance: number): number[] {
  const n = line.length / 2;
  const keep = new Uint8Array(n);
  keep[0] = 1;
  keep[n - 1] = 1;
  const stack: [number, number][] = [[0, n - 1]];
  for (let span = stack.pop(); span; span = stack.pop()) {
    const [from, to] = span;
    const chord = [line[2 * from]!, line[2 * from + 1]!, line[2 * to]!, line[2 * to + 1]!];
    let most = tolerance;
    let at = -1;
    for (let i = from + 1; i < to; i++) {
      const d = distanceToRing(chord, false, line[2 * i]!, line[2 * i + 1]!);
      if (d > most) [most, at] = [d, i];
    }
    if (at === -1) continue;
    keep[at] = 1;
    stack.push([from, at], [at, to]);
  }
  return line.filter((_, i) => keep[i >> 1] === 1);
}

/** Each corner gives way to two points, at most `reach` px and a quarter of the edge away from it. */
function cutCorners(ring: Ring, reach: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    const [ax, ay, bx, by] = [ring[i]!, ring[i + 1]!, ring[next]!, ring[next + 1]!];
    const length = Math.hypot(bx - ax, by - ay);
    const share = length === 0 ? 0 : Math.min(1 / 4, reach / length);
    result.push(onGrid(ax + (bx - ax) * share), onGrid(ay + (by - ay) * share));
    result.push(onGrid(bx + (ax - bx) * share), onGrid(by + (ay - by) * share));
  }
  return result;
}
