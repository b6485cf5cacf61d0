import { BODY } from "./cell-table.ts";
import { nextHash } from "./random.ts";

/**
 * The outline of a body in its own frame: (u, v) along and across its axes,
 * v straightened by the bend, both divided by the half axes, is inside where
 * ρ < r(φ) = 1 + Σ k=2…5 of cₖ cos kφ + sₖ sin kφ.
 */
export interface Harmonics {
  c2: number;
  s2: number;
  c3: number;
  s3: number;
  c4: number;
  s4: number;
  c5: number;
  s5: number;
  /** r(φ) lies within 1 ± this. */
  spread: number;
  /** Area relative to the plain ellipse. */
  area: number;
}

export function emptyHarmonics(): Harmonics {
  return { c2: 0, s2: 0, c3: 0, s3: 0, c4: 0, s4: 0, c5: 0, s5: 0, spread: 0, area: 1 };
}

/** Fills `out` with the irregularities of the body whose row starts at `at`. */
export function readHarmonics(values: Float64Array, at: number, out: Harmonics): void {
  const rough = values[at + BODY.ROUGH]!;
  const h = nextHash(values[at + BODY.HASH]! ^ 0x6d);
  const h2 = nextHash(h);
  const scale = (rough * 2) / 255;
  out.c2 = ((h & 255) - 127.5) * scale * 0.9;
  out.s2 = (((h >>> 8) & 255) - 127.5) * scale * 0.9;
  out.c3 = (((h >>> 16) & 255) - 127.5) * scale;
  out.s3 = ((h >>> 24) - 127.5) * scale;
  out.c4 = ((h2 & 255) - 127.5) * scale * 0.5;
  out.s4 = (((h2 >>> 8) & 255) - 127.5) * scale * 0.5;
  out.c5 = (((h2 >>> 16) & 255) - 127.5) * scale * 0.3;
  out.s5 = ((h2 >>> 24) - 127.5) * scale * 0.3;
  const e2 = out.c2 * out.c2 + out.s2 * out.s2;
  const e3 = out.c3 * out.c3 + out.s3 * out.s3;
  const e4 = out.c4 * out.c4 + out.s4 * out.s4;
  const e5 = out.c5 * out.c5 + out.s5 * out.s5;
  out.spread = Math.sqrt(e2) + Math.sqrt(e3) + Math.sqrt(e4) + Math.sqrt(e5);
  out.area = 1 + 0.5 * (e2 + e3 + e4 + e5);
}

/** r(φ) for the direction (cos φ, sin φ). */
export function radiusAt(h: Harmonics, c: number, s: number): number {
  const c2 = c * c - s * s;
  const s2 = 2 * c * s;
  const c3 = c2 * c - s2 * s;
  const s3 = s2 * c + c2 * s;
  const c4 = c2 * c2 - s2 * s2;
  const s4 = 2 * c2 * s2;
  const c5 = c4 * c - s4 * s;
  const s5 = s4 * c + c4 * s;
  return 1 + h.c2 * c2 + h.s2 * s2 + h.c3 * c3 + h.s3 * s3 + h.c4 * c4 + h.s4 * s4 + h.c5 * c5 + h.s5 * s5;
}

/** Largest distance of the outline from the body's centre, bend included. */
export function bodyReach(values: Float64Array, at: number, spread: number): number {
  const a = values[at + BODY.A]!;
  const b = values[at + BODY.B]!;
  return Math.max(a, b) * (1 + spread) + Math.abs(values[at + BODY.BEND]!) * a * a;
}
