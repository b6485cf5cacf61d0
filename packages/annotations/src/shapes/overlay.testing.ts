import { checkGeometry, signedRingArea } from "../geometry/index.ts";
import { distanceToRing, ringContains } from "../geometry/rings.ts";
import type { Parts } from "./parts.ts";
import { orient } from "./predicates.ts";

/** A small seeded generator (mulberry32): the same cases every time. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is wrong with these parts as a stored result, or null: brute force, all pairs of edges. */
export function faultOf(parts: Parts): string | null {
  if (parts.length === 0) return null;
  try {
    checkGeometry({ kind: "polygon", plane: { z: 0, t: 0 }, parts });
  } catch (error) {
    return String(error);
  }
  const edges: [number, number, number, number][] = [];
  for (const rings of parts)
    for (const [i, ring] of rings.entries()) {
      if (signedRingArea(ring) > 0 !== (i === 0)) return `ring ${i} is the wrong way round`;
      const seen = new Set<string>();
      for (let k = 0; k < ring.length; k += 2) {
        const key = `${ring[k]},${ring[k + 1]}`;
        if (seen.has(key)) return `a ring comes twice to ${key}`;
        seen.add(key);
        const next = (k + 2) % ring.length;
        edges.push([ring[k]! * 64, ring[k + 1]! * 64, ring[next]! * 64, ring[next + 1]! * 64]);
      }
    }
  for (const [outline, ...holes] of parts)
    for (const hole of holes)
      for (let i = 0; i < hole.length; i += 2) {
        const [x, y] = [hole[i]!, hole[i + 1]!];
        if (!ringContains(outline!, x, y) && distanceToRing(outline!, true, x, y) > 1e-9)
          return `a hole lies outside its outline at ${x}, ${y}`;
      }
  for (let i = 0; i < edges.length; i++)
    for (let j = 0; j < i; j++) {
      const [p, q] = [edges[i]!, edges[j]!];
      const [a, b] = [orient(...p, q[0], q[1]), orient(...p, q[2], q[3])];
      const [c, d] = [orient(...q, p[0], p[1]), orient(...q, p[2], p[3])];
      if (a * b < 0 && c * d < 0) return `edges ${p} and ${q} cross`;
      if (a === 0 && b === 0) {
        const along = (e: typeof p) => (p[0] !== p[2] ? [e[0], e[2]] : [e[1], e[3]]).sort((x, y) => x - y);
        const [e, f] = [along(p), along(q)];
        if (Math.min(e[1]!, f[1]!) > Math.max(e[0]!, f[0]!)) return `edges ${p} and ${q} overlap`;
      }
    }
  return null;
}

/** Even-odd over all rings: right for clean parts. */
export function covers(parts: Parts, x: number, y: number): boolean {
  let inside = false;
  for (const rings of parts)
    for (const ring of rings)
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
      }
  return inside;
}
