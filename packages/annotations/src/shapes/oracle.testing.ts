import * as polyclip from "polyclip-ts";
import type { Parts } from "./parts.ts";

/* What knows nothing of us: polyclip-ts, and asking the centres of pixels. */

/** Area of `a ∘ b` as polyclip-ts has it; null where it gives up, which it does in one of some thousand cases. */
export function polyclipArea(
  operation: "union" | "intersect" | "subtract" | "xor",
  a: Parts,
  ...more: Parts[]
): number | null {
  const theirs = {
    union: polyclip.union,
    intersect: polyclip.intersection,
    subtract: polyclip.difference,
    xor: polyclip.xor,
  }[operation];
  try {
    return areaOfResult(theirs(closed(a) as never, ...(more.map(closed) as never[])) as number[][][][]);
  } catch {
    return null;
  }
}

const closed = (parts: Parts): [number, number][][][] =>
  parts.map((rings) =>
    rings.map((ring) => {
      const pairs: [number, number][] = [];
      for (let i = 0; i < ring.length; i += 2) pairs.push([ring[i]!, ring[i + 1]!]);
      return [...pairs, pairs[0]!];
    }),
  );

function areaOfResult(result: number[][][][]): number {
  let area = 0;
  for (const rings of result)
    rings.forEach((ring, i) => {
      let twice = 0;
      for (let k = 0; k + 1 < ring.length; k++)
        twice += ring[k]![0]! * ring[k + 1]![1]! - ring[k + 1]![0]! * ring[k]![1]!;
      area += ((i === 0 ? 1 : -1) * Math.abs(twice)) / 2;
    });
  return area;
}

/** Distance from a point to the nearest edge. */
export function clearance(parts: Parts, x: number, y: number): number {
  let least = Infinity;
  for (const ring of parts.flat())
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      least = Math.min(least, distanceToEdge(x, y, ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!));
  return least;
}

export function distanceToEdge(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length2));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** The centres of `side` × `side` pixels over a square from (-1, -1) on: no grid of ours has them. */
export function* centres(size: number, side: number): Generator<readonly [x: number, y: number]> {
  const step = (size + 2) / side;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      yield [-1 + (column + 0.5001) * step, -1 + (row + 0.4998) * step];
}

/** Coarse grids make everything touch, overlap and coincide; fine ones make crossings that have to be rounded. */
export function randomRing(random: () => number, grid: number, size: number): number[] {
  const count = 3 + Math.floor(random() * 5);
  return Array.from({ length: 2 * count }, () => Math.round(random() * size * grid) / grid);
}
