import type { Geometry } from "../geometry/index.ts";

/** So many in one command: its update stays far below the 16 MiB that a server takes, and a page goes on in between. */
const MOST_ANNOTATIONS = 1_000;
const MOST_VERTICES = 50_000;

/** A move of as many is one transaction: small outlines cost it little. */
export const MOST_MOVED = 5_000;

/**
 * In slices that fit into one command each, of an addition or a move, which both write whole outlines. A shape of many
 * vertices is a slice of its own.
 */
export function* slicesOf<T extends { readonly geometry: Geometry }>(
  all: Iterable<T>,
  most = MOST_ANNOTATIONS,
): Generator<T[]> {
  let slice: T[] = [];
  let vertices = 0;
  for (const one of all) {
    const more = vertexCount(one.geometry);
    if (slice.length > 0 && (slice.length >= most || vertices + more > MOST_VERTICES)) {
      yield slice;
      slice = [];
      vertices = 0;
    }
    slice.push(one);
    vertices += more;
  }
  if (slice.length > 0) yield slice;
}

function vertexCount(g: Geometry): number {
  if (g.kind === "polyline") return g.points.length / 2;
  if (g.kind !== "polygon") return 4;
  let count = 0;
  for (const rings of g.parts) for (const ring of rings) count += ring.length / 2;
  return count;
}
