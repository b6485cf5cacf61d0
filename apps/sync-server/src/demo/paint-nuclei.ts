import { BODY, BODY_COLUMNS, type Table } from "./cell-table.ts";
import type { Frame } from "./frame.ts";
import { bodyReach, emptyHarmonics, radiusAt, readHarmonics } from "./outline.ts";
import { textures } from "./textures.ts";

const harmonics = emptyHarmonics();

/** Half width of an edge in full-resolution pixels, from focus and from averaging over a pixel. */
function edgeWidth(soft: number, scale: number): number {
  return Math.sqrt(soft * soft + 0.36 * (scale * scale - 1));
}

/**
 * Adds every body's fluorescence to `target` (electrons). The total of a body
 * is the same at every level: brightness times its area.
 */
export function paintNuclei(frame: Frame, bodies: Table, target: Float32Array): void {
  const { scale, size } = frame;
  const tables = textures();
  const v = bodies.values;
  const level = Math.min(frame.level, 3);
  for (let n = 0; n < bodies.count; n++) {
    const at = n * BODY_COLUMNS;
    readHarmonics(v, at, harmonics);
    const width = edgeWidth(v[at + BODY.SOFT]!, scale);
    const reach = bodyReach(v, at, harmonics.spread) + width;
    const x = v[at + BODY.X]!;
    const y = v[at + BODY.Y]!;
    const i0 = Math.ceil((x - reach - frame.originX) / scale - 0.5);
    const i1 = Math.floor((x + reach - frame.originX) / scale - 0.5);
    const j0 = Math.ceil((y - reach - frame.originY) / scale - 0.5);
    const j1 = Math.floor((y + reach - frame.originY) / scale - 0.5);
    if (i1 < 0 || j1 < 0 || i0 >= size || j0 >= size) continue;

    const a = v[at + BODY.A]!;
    const b = v[at + BODY.B]!;
    const cos = v[at + BODY.COS]!;
    const sin = v[at + BODY.SIN]!;
    const bend = v[at + BODY.BEND]!;
    const bendMean = (bend * a * a) / 4;
    const invA = 1 / a;
    const invB = 1 / b;
    const inv2w = 0.5 / width;
    const marginQ = width / Math.min(a, b) + harmonics.spread;
    const innerQ = marginQ < 1 ? (1 - marginQ) ** 2 : 0;
    const outerQ = (1 + marginQ) ** 2;
    const hash = v[at + BODY.HASH]!;
    const table = tables[v[at + BODY.TEXTURE]!]!;
    const texels = table.levels[level]!;
    const side = table.side >> level;
    const wrap = side - 1;
    // The texture goes with the body, in steps of 8, so that coarser levels average the same texels.
    const offX = ((((hash & 31) - Math.round(x / 8)) << 3) >> level) + frame.firstX;
    const offY = (((((hash >>> 5) & 31) - Math.round(y / 8)) << 3) >> level) + frame.firstY;
    const contrast = frame.level > 3 ? 0 : v[at + BODY.CONTRAST]!;

    // Few pixels sample an edge badly: coarse levels weigh them to the exact total.
    let bright = v[at + BODY.BRIGHT]!;
    const exact = (Math.PI * a * b * harmonics.area) / (scale * scale);
    if (scale < 4) {
      bright *= (a * b) / (a * b + (width * width) / 5);
    } else {
      let sum = 0;
      for (let j = j0; j <= j1; j++) {
        const dy = frame.originY + (j + 0.5) * scale - y;
        for (let i = i0; i <= i1; i++) {
          const dx = frame.originX + (i + 0.5) * scale - x;
          const u = dx * cos + dy * sin;
          const w = dy * cos - dx * sin;
          const cover = coverage(u, w, bend, bendMean, invA, invB, innerQ, outerQ, inv2w);
          sum += cover * dome(u * invA, w * invB);
        }
      }
      if (sum === 0) {
        // It lies between the pixels' centres: the nearest pixel gets it all.
        const i = Math.floor((x - frame.originX) / scale);
        const j = Math.floor((y - frame.originY) / scale);
        if (i >= 0 && j >= 0 && i < size && j < size) target[j * size + i]! += bright * exact;
        continue;
      }
      bright *= exact / sum;
    }

    const left = Math.max(0, i0);
    const right = Math.min(size - 1, i1);
    for (let j = Math.max(0, j0); j <= Math.min(size - 1, j1); j++) {
      const dy = frame.originY + (j + 0.5) * scale - y;
      const textureRow = ((j + offY) & wrap) * side;
      const row = j * size;
      for (let i = left; i <= right; i++) {
        const dx = frame.originX + (i + 0.5) * scale - x;
        const u = dx * cos + dy * sin;
        const w = dy * cos - dx * sin;
        const cover = coverage(u, w, bend, bendMean, invA, invB, innerQ, outerQ, inv2w);
        if (cover === 0) continue;
        const shade = dome(u * invA, w * invB) + contrast * texels[textureRow + ((i + offX) & wrap)]!;
        target[row + i]! += bright * cover * Math.max(0.05, shade);
      }
    }
  }
}

/** How much of each pixel is nucleus, 0…1, for what nuclei displace. */
export function paintCoverage(frame: Frame, bodies: Table, target: Float32Array): void {
  const { scale, size } = frame;
  const v = bodies.values;
  for (let n = 0; n < bodies.count; n++) {
    const at = n * BODY_COLUMNS;
    readHarmonics(v, at, harmonics);
    const width = edgeWidth(v[at + BODY.SOFT]!, scale);
    const reach = bodyReach(v, at, harmonics.spread) + width;
    const x = v[at + BODY.X]!;
    const y = v[at + BODY.Y]!;
    const i0 = Math.max(0, Math.ceil((x - reach - frame.originX) / scale - 0.5));
    const i1 = Math.min(size - 1, Math.floor((x + reach - frame.originX) / scale - 0.5));
    const j0 = Math.max(0, Math.ceil((y - reach - frame.originY) / scale - 0.5));
    const j1 = Math.min(size - 1, Math.floor((y + reach - frame.originY) / scale - 0.5));
    const a = v[at + BODY.A]!;
    const b = v[at + BODY.B]!;
    const cos = v[at + BODY.COS]!;
    const sin = v[at + BODY.SIN]!;
    const bend = v[at + BODY.BEND]!;
    const bendMean = (bend * a * a) / 4;
    const marginQ = width / Math.min(a, b) + harmonics.spread;
    const innerQ = marginQ < 1 ? (1 - marginQ) ** 2 : 0;
    const outerQ = (1 + marginQ) ** 2;
    for (let j = j0; j <= j1; j++) {
      const dy = frame.originY + (j + 0.5) * scale - y;
      for (let i = i0; i <= i1; i++) {
        const dx = frame.originX + (i + 0.5) * scale - x;
        const cover = coverage(
          dx * cos + dy * sin,
          dy * cos - dx * sin,
          bend,
          bendMean,
          1 / a,
          1 / b,
          innerQ,
          outerQ,
          0.5 / width,
        );
        const p = j * size + i;
        if (cover > target[p]!) target[p] = cover;
      }
    }
  }
}

/** A nucleus is thickest in its middle; the mean over an ellipse is 1. */
function dome(nu: number, nw: number): number {
  return 1.14 - 0.28 * Math.min(1, nu * nu + nw * nw);
}

/** Share of a pixel inside the outline that `harmonics` holds, for a point (u, w) in the body's frame. */
function coverage(
  u: number,
  w: number,
  bend: number,
  bendMean: number,
  invA: number,
  invB: number,
  innerQ: number,
  outerQ: number,
  inv2w: number,
): number {
  const nu = u * invA;
  const nw = (w - bend * u * u + bendMean) * invB;
  const q = nu * nu + nw * nw;
  if (q < innerQ) return 1;
  if (q > outerQ) return 0;
  const rho = Math.sqrt(q) + 1e-9;
  const slope = Math.sqrt(nu * nu * invA * invA + nw * nw * invB * invB) / rho + 1e-9;
  const edge = (radiusAt(harmonics, nu / rho, nw / rho) - rho) / slope;
  const t = 0.5 + edge * inv2w;
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}
