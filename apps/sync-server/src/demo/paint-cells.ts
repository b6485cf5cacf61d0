import { CELL, CELL_COLUMNS, type Table } from "./cell-table.ts";
import type { Frame } from "./frame.ts";
import { nextHash, normal, unit } from "./random.ts";
import type { Territories } from "./territories.ts";
import { GRANULES, MOTTLE, textures } from "./textures.ts";

/** What cytoplasm loses where a nucleus lies. */
const DISPLACED = 0.62;

/** Half width of a membrane's profile (standard deviation, pixels): the optics, since a membrane itself is far thinner. */
const MEMBRANE_SIGMA = 1.35;

/** Replaces the ground by cytoplasm wherever a cell is. */
export function paintCytoplasm(
  frame: Frame,
  cells: Table,
  land: Territories,
  nuclei: Float32Array,
  target: Float32Array,
): void {
  const { size, scale } = frame;
  const v = cells.values;
  const level = Math.min(3, frame.level);
  const granules = textures()[GRANULES]!;
  const grains = granules.levels[level]!;
  const side = granules.side >> level;
  const mottle = textures()[MOTTLE]!;
  const blotches = mottle.levels[level]!;
  const blotchSide = mottle.side >> level;
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const o = land.owner[p]!;
      if (o < 0) continue;
      const at = o * CELL_COLUMNS;
      const alpha = insideShare(v, at, land, p, scale);
      if (alpha === 0) continue;
      const hash = v[at + CELL.HASH]!;
      const gx = frame.firstX + i + (((hash & 31) << 3) >> level);
      const gy = frame.firstY + j + ((((hash >>> 5) & 31) << 3) >> level);
      const texture =
        0.14 * grains[(gy & (side - 1)) * side + (gx & (side - 1))]! +
        0.12 * blotches[(gy & (blotchSide - 1)) * blotchSide + (gx & (blotchSide - 1))]!;
      let value = v[at + CELL.CYTOPLASM]! * Math.max(0.1, 1.1 - 0.2 * land.near[p]! + texture);
      value *= 1 - DISPLACED * nuclei[p]!;
      const shared = rivalShare(frame, v, land, p, i, j);
      if (shared > 0) {
        const rivalAt = land.rival[p]! * CELL_COLUMNS;
        const theirs = v[rivalAt + CELL.CYTOPLASM]! * Math.max(0.1, 1.1 - 0.2 * land.far[p]! + texture);
        value += shared * (theirs * (1 - DISPLACED * nuclei[p]!) - value);
      }
      if (v[at + CELL.VACUOLE]! > 0) value *= 1 - 0.82 * vacuole(v, at, frame, i, j, land, p);
      target[p]! += alpha * (value - target[p]!);
    }
  }
}

/** Share of a pixel that lies inside the cell's free border: 1 within, soft across it. */
function insideShare(v: Float64Array, at: number, land: Territories, p: number, scale: number): number {
  if (land.rival[p]! >= 0) return 1;
  // Pixels from the border, by the slope of the normalised distance.
  const radius = Math.min(v[at + CELL.A]!, v[at + CELL.B]!) * 1.1;
  const inward = (1 - Math.sqrt(land.near[p]!)) * radius;
  return Math.min(1, Math.max(0, 0.5 + inward / (2 * (1.3 + 0.5 * scale))));
}

function vacuole(
  v: Float64Array,
  at: number,
  frame: Frame,
  i: number,
  j: number,
  land: Territories,
  p: number,
): number {
  const dx = frame.originX + (i + 0.5) * frame.scale - v[at + CELL.X]! + land.warpX[p]!;
  const dy = frame.originY + (j + 0.5) * frame.scale - v[at + CELL.Y]! + land.warpY[p]!;
  const c = v[at + CELL.COS]!;
  const s = v[at + CELL.SIN]!;
  const u = (dx * c + dy * s + 15) / v[at + CELL.VACUOLE]!;
  const w = (dy * c - dx * s) / 8.2;
  return Math.min(1, Math.max(0, (1.12 - Math.sqrt(u * u + w * w)) * 3.2));
}

/** What a cell leaves of the ground's stain: sugars of the matrix aren't found inside. */
export const GROUND_IN_CELLS = 0.3;

/** Adds a bright line wherever two cells meet, and along free borders. */
export function paintMembranes(frame: Frame, cells: Table, land: Territories, target: Float32Array): void {
  const { size, scale } = frame;
  const v = cells.values;
  const sigma = Math.sqrt(MEMBRANE_SIGMA ** 2 + 0.16 * (scale * scale - 1));
  // Only the nearest border is drawn; where pixels are wide, the others in them are missed.
  const missed = [0, 0.003, 0.018, 0.064][frame.level]!;
  const gain = (MEMBRANE_SIGMA / sigma) * (1 + missed);
  const cut = 3 * sigma;
  const mottle = textures()[MOTTLE]!;
  const level = Math.min(3, frame.level);
  const blotches = mottle.levels[level]!;
  const wrap = (mottle.side >> level) - 1;
  for (let j = 0; j < size; j++) {
    const y = frame.originY + (j + 0.5) * scale;
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const o = land.owner[p]!;
      if (o < 0) continue;
      const at = o * CELL_COLUMNS;
      target[p]! *= 1 - (1 - GROUND_IN_CELLS) * insideShare(v, at, land, p, scale);
      const gap = Math.sqrt(land.far[p]!) - Math.sqrt(land.near[p]!);
      const shortest = Math.min(v[at + CELL.A]!, v[at + CELL.B]!);
      // Few slopes of a distance are steeper than 1 / shortest half axis, fewer neighbours' than three times that.
      if (Math.abs(gap) * shortest > 4 * cut) {
        target[p]! += v[at + CELL.MEMBRANE]! * 0.05;
        continue;
      }
      let bright = v[at + CELL.MEMBRANE]!;
      const r = land.rival[p]!;
      if (r >= 0) bright = 0.5 * (bright + v[r * CELL_COLUMNS + CELL.MEMBRANE]!);
      const t = borderDistance(v, land, p, frame.originX + (i + 0.5) * scale, y) / sigma;
      let value = gap >= 0 ? 0.05 * v[at + CELL.MEMBRANE]! : 0;
      if (t < 3) {
        const uneven = Math.max(
          0.15,
          1 + 0.28 * blotches[((frame.firstY + j) & wrap) * (wrap + 1) + ((frame.firstX + i) & wrap)]!,
        );
        value += bright * gain * uneven * Math.exp(-0.5 * t * t);
      }
      target[p]! += value;
    }
  }
}

/** Half width of the border between two cytoplasms: the optics again. */
const BLEND = 1.7;

/** How much of a pixel's cytoplasm is the neighbour's: a half on the border, 0 away from it. */
function rivalShare(
  frame: Frame,
  v: Float64Array,
  land: Territories,
  p: number,
  i: number,
  j: number,
): number {
  if (land.rival[p]! < 0) return 0;
  const at = land.owner[p]! * CELL_COLUMNS;
  const width = BLEND + 0.4 * (frame.scale - 1);
  const gap = Math.sqrt(land.far[p]!) - Math.sqrt(land.near[p]!);
  if (gap * Math.min(v[at + CELL.A]!, v[at + CELL.B]!) > 4 * width) return 0;
  const x = frame.originX + (i + 0.5) * frame.scale;
  const y = frame.originY + (j + 0.5) * frame.scale;
  return Math.max(0, 0.5 - borderDistance(v, land, p, x, y) / (2 * width));
}

/** Pixels from the nearest border of the owner's territory, by the slopes of both distances. */
function borderDistance(v: Float64Array, land: Territories, p: number, x: number, y: number): number {
  const px = x + land.warpX[p]!;
  const py = y + land.warpY[p]!;
  const near = Math.sqrt(land.near[p]!);
  const far = Math.sqrt(land.far[p]!);
  gradient(v, land.owner[p]! * CELL_COLUMNS, px, py, near);
  let gx = slopeX;
  let gy = slopeY;
  if (land.rival[p]! >= 0) {
    gradient(v, land.rival[p]! * CELL_COLUMNS, px, py, far);
    gx -= slopeX;
    gy -= slopeY;
  }
  return Math.abs(far - near) / (Math.sqrt(gx * gx + gy * gy) + 1e-6);
}

let slopeX = 0;
let slopeY = 0;

/** Gradient of a cell's normalised distance at a point where it is `d`. */
function gradient(v: Float64Array, at: number, x: number, y: number, d: number): void {
  const dx = x - v[at + CELL.X]!;
  const dy = y - v[at + CELL.Y]!;
  const c = v[at + CELL.COS]!;
  const s = v[at + CELL.SIN]!;
  const u = (dx * c + dy * s) / (v[at + CELL.A]! ** 2 * d + 1e-9);
  const w = (dy * c - dx * s) / (v[at + CELL.B]! ** 2 * d + 1e-9);
  slopeX = u * c - w * s;
  slopeY = u * s + w * c;
}

/** Standard deviation of a spot in focus, in pixels: 0.26 µm wide light through 0.8 NA. */
const SPOT_SIGMA = 1.2;

/** Adds the sub-resolution spots of every cell. */
export function paintPuncta(frame: Frame, cells: Table, target: Float32Array): void {
  const v = cells.values;
  const { scale } = frame;
  for (let n = 0; n < cells.count; n++) {
    const at = n * CELL_COLUMNS;
    const count = v[at + CELL.PUNCTA]!;
    if (count === 0) continue;
    const c = v[at + CELL.COS]!;
    const s = v[at + CELL.SIN]!;
    const a = v[at + CELL.A]! * 0.68;
    const b = v[at + CELL.B]! * 0.68;
    let h = nextHash(v[at + CELL.HASH]! ^ 0x99);
    let angle = 0;
    let radius = 0;
    for (let k = 0; k < count; k++) {
      h = nextHash(h);
      const near = k > 0 && (h & 7) < 2;
      if (near) {
        // Some spots come in clusters.
        angle += 0.35 * normal(h >>> 8);
        radius = Math.min(1, Math.abs(radius + 0.12 * normal(h >>> 16)));
      } else {
        angle = unit(h) * 6.2832;
        h = nextHash(h);
        radius = Math.sqrt(unit(h));
      }
      const u = a * radius * Math.cos(angle);
      const w = b * radius * Math.sin(angle);
      h = nextHash(h);
      const total = v[at + CELL.PUNCTUM]! * Math.exp(0.5 * normal(h) - 0.125);
      const sigma = h >>> 30 === 0 ? 2.3 : SPOT_SIGMA;
      spot(
        frame,
        v[at + CELL.X]! + u * c - w * s,
        v[at + CELL.Y]! + u * s + w * c,
        Math.sqrt((sigma / scale) ** 2 + (scale > 1 ? 0.083 : 0)),
        total / (scale * scale),
        target,
      );
    }
  }
}

const weightsX = new Float64Array(32);
const weightsY = new Float64Array(32);

/** Adds a Gaussian of the given total, `sigma` in pixels of the frame; its weights sum to one wherever it lies. */
export function spot(
  frame: Frame,
  x: number,
  y: number,
  sigma: number,
  total: number,
  target: Float32Array,
): void {
  const { size, scale } = frame;
  const px = (x - frame.originX) / scale - 0.5;
  const py = (y - frame.originY) / scale - 0.5;
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const i0 = Math.floor(px) - reach;
  const j0 = Math.floor(py) - reach;
  const width = 2 * reach + 2;
  if (i0 >= size || j0 >= size || i0 + width < 0 || j0 + width < 0) return;
  let sumX = 0;
  let sumY = 0;
  for (let k = 0; k < width; k++) {
    const dx = (i0 + k - px) / sigma;
    const dy = (j0 + k - py) / sigma;
    weightsX[k] = Math.exp(-0.5 * dx * dx);
    weightsY[k] = Math.exp(-0.5 * dy * dy);
    sumX += weightsX[k]!;
    sumY += weightsY[k]!;
  }
  const scaleTotal = total / (sumX * sumY);
  for (let k = Math.max(0, -j0); k < width && j0 + k < size; k++) {
    const row = (j0 + k) * size + i0;
    const weight = weightsY[k]! * scaleTotal;
    for (let m = Math.max(0, -i0); m < width && i0 + m < size; m++) target[row + m]! += weight * weightsX[m]!;
  }
}
