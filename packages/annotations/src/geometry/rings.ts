import type { Ring } from "./types.ts";

/** Signed area in px²: positive where the ring runs clockwise on screen (y down). */
export function signedRingArea(ring: Ring): number {
  // Relative to the first vertex: keeps precision far from the origin.
  const x0 = ring[0] ?? 0;
  const y0 = ring[1] ?? 0;
  let twice = 0;
  for (let i = 2; i + 3 < ring.length; i += 2) {
    twice += (ring[i]! - x0) * (ring[i + 3]! - y0) - (ring[i + 2]! - x0) * (ring[i + 1]! - y0);
  }
  return twice / 2;
}

/** Length along the ring in px, with the closing edge where `closed`. */
export function ringLength(ring: Ring, closed: boolean): number {
  let length = 0;
  forEachEdge(ring, closed, (ax, ay, bx, by) => {
    length += Math.hypot(bx - ax, by - ay);
  });
  return length;
}

/** Even-odd test. */
export function ringContains(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  forEachEdge(ring, true, (ax, ay, bx, by) => {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/** Distance in px from a point to the ring's edges (to its single vertex where it has but one). */
export function distanceToRing(ring: Ring, closed: boolean, x: number, y: number): number {
  if (ring.length === 2) return Math.hypot(x - ring[0]!, y - ring[1]!);
  let least = Number.POSITIVE_INFINITY;
  forEachEdge(ring, closed, (ax, ay, bx, by) => {
    const dx = bx - ax;
    const dy = by - ay;
    const along = dx === 0 && dy === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
    const clamped = Math.max(0, Math.min(1, along));
    least = Math.min(least, Math.hypot(x - ax - clamped * dx, y - ay - clamped * dy));
  });
  return least;
}

function forEachEdge(
  ring: Ring,
  closed: boolean,
  visit: (ax: number, ay: number, bx: number, by: number) => void,
): void {
  for (let i = 0; i + 3 < ring.length; i += 2) visit(ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!);
  const n = ring.length;
  if (closed && n >= 4) visit(ring[n - 2]!, ring[n - 1]!, ring[0]!, ring[1]!);
}
