import { float32Stock, int32Stock } from "./buffers.ts";
import { CELL, CELL_COLUMNS, type Table } from "./cell-table.ts";
import type { Frame } from "./frame.ts";
import { hash2 } from "./random.ts";
import { CHUNK } from "./slide-shape.ts";

/**
 * Whose pixel is it? Cells compete as ellipses: a pixel belongs to the cell at
 * the smallest normalised distance, as long as that is at most 1.
 */
export interface Territories {
  /** Row of the owning cell, −1 for none. */
  readonly owner: Int32Array;
  /** Row of the runner-up, −1 where the cell ends without a neighbour. */
  readonly rival: Int32Array;
  /** Squared normalised distances to both; without a rival 1. */
  readonly near: Float32Array;
  readonly far: Float32Array;
  /** Displacement in pixels that makes boundaries wander. */
  readonly warpX: Float32Array;
  readonly warpY: Float32Array;
}

/** Squared normalised distance up to which a cell is followed past its border, so that a free border can be drawn soft. */
const BEYOND = 1.35;
const ENDED = 1000;

export function findTerritories(frame: Frame, cells: Table): Territories {
  const { size, scale } = frame;
  const owner = int32Stock.take(size * size).fill(-1);
  const rival = int32Stock.take(size * size).fill(-1);
  const near = float32Stock.take(size * size).fill(1e9);
  const far = float32Stock.take(size * size).fill(1e9);
  const { warpX, warpY } = makeWarp(frame);
  const v = cells.values;
  for (let n = 0; n < cells.count; n++) {
    const at = n * CELL_COLUMNS;
    const x = v[at + CELL.X]!;
    const y = v[at + CELL.Y]!;
    const a = v[at + CELL.A]!;
    const b = v[at + CELL.B]!;
    const cos = v[at + CELL.COS]!;
    const sin = v[at + CELL.SIN]!;
    // q = pxx·dx² + 2·pxy·dx·dy + pyy·dy²
    const pxx = (cos * cos) / (a * a) + (sin * sin) / (b * b);
    const pyy = (sin * sin) / (a * a) + (cos * cos) / (b * b);
    const pxy = cos * sin * (1 / (a * a) - 1 / (b * b));
    const slack = WARP + 1;
    const halfHeight = Math.sqrt((BEYOND * pxx) / (pxx * pyy - pxy * pxy)) + slack;
    const j0 = Math.max(0, Math.ceil((y - halfHeight - frame.originY) / scale - 0.5));
    const j1 = Math.min(size - 1, Math.floor((y + halfHeight - frame.originY) / scale - 0.5));
    for (let j = j0; j <= j1; j++) {
      const rowY = frame.originY + (j + 0.5) * scale - y;
      // The ellipse's span in this row, widened by what the warp may shift.
      const inside = Math.max(0, Math.min(Math.abs(rowY) - slack, halfHeight)) * Math.sign(rowY);
      const root = (pxy * pxy - pxx * pyy) * inside * inside + pxx * BEYOND;
      if (root < 0) continue;
      const half = Math.sqrt(root) / pxx + slack + Math.abs(pxy / pxx) * slack;
      const middle = x - (pxy * rowY) / pxx;
      const i0 = Math.max(0, Math.ceil((middle - half - frame.originX) / scale - 0.5));
      const i1 = Math.min(size - 1, Math.floor((middle + half - frame.originX) / scale - 0.5));
      for (let i = i0, p = j * size + i0; i <= i1; i++, p++) {
        const dx = frame.originX + (i + 0.5) * scale - x + warpX[p]!;
        const dy = rowY + warpY[p]!;
        let q = dx * (pxx * dx + 2 * pxy * dy) + pyy * dy * dy;
        if (q > BEYOND) continue;
        // Past its border a cell only counts where no other one is.
        if (q > 1) q += ENDED;
        if (q >= far[p]!) continue;
        if (q < near[p]!) {
          far[p] = near[p]!;
          rival[p] = owner[p]!;
          near[p] = q;
          owner[p] = n;
        } else {
          far[p] = q;
          rival[p] = n;
        }
      }
    }
  }
  for (let p = 0; p < owner.length; p++) {
    const o = owner[p]!;
    if (o < 0) continue;
    const ended = near[p]! > ENDED;
    if (ended) near[p]! -= ENDED;
    if (ended || far[p]! > 1) {
      rival[p] = -1;
      far[p] = 1;
    }
  }
  return { owner, rival, near, far, warpX, warpY };
}

/** Gives the memory back: the territories must not be used any more. */
export function releaseTerritories(land: Territories): void {
  int32Stock.give(land.owner);
  int32Stock.give(land.rival);
  float32Stock.give(land.near);
  float32Stock.give(land.far);
  if (land.warpX === STILL) return;
  float32Stock.give(land.warpX);
  float32Stock.give(land.warpY);
}

const STILL = new Float32Array(CHUNK * CHUNK);
const WARP = 3.2;
const WARP_CELL = 14;

/** Smooth displacement of up to `WARP` pixels, features some 14 pixels wide; none where a pixel is wider than that. */
function makeWarp(frame: Frame): { warpX: Float32Array; warpY: Float32Array } {
  const { size, scale } = frame;
  if (scale > 4) return { warpX: STILL, warpY: STILL };
  const warpX = float32Stock.take(size * size);
  const warpY = float32Stock.take(size * size);
  const nodes = Math.ceil((size * scale) / WARP_CELL) + 3;
  const ox = Math.floor(frame.originX / WARP_CELL);
  const oy = Math.floor(frame.originY / WARP_CELL);
  const gridX = new Float32Array(nodes * nodes);
  const gridY = new Float32Array(nodes * nodes);
  for (let j = 0; j < nodes; j++) {
    for (let i = 0; i < nodes; i++) {
      const h = hash2(404, ox + i, oy + j);
      gridX[j * nodes + i] = ((h & 0xffff) / 32768 - 1) * WARP;
      gridY[j * nodes + i] = ((h >>> 16) / 32768 - 1) * WARP;
    }
  }
  for (let j = 0; j < size; j++) {
    const gy = (frame.originY + (j + 0.5) * scale) / WARP_CELL - oy;
    const iy = Math.floor(gy);
    const fy = ease(gy - iy);
    for (let i = 0; i < size; i++) {
      const gx = (frame.originX + (i + 0.5) * scale) / WARP_CELL - ox;
      const ix = Math.floor(gx);
      const fx = ease(gx - ix);
      const a = iy * nodes + ix;
      const b = a + nodes;
      const p = j * size + i;
      const topX = gridX[a]! + fx * (gridX[a + 1]! - gridX[a]!);
      const lowX = gridX[b]! + fx * (gridX[b + 1]! - gridX[b]!);
      warpX[p] = topX + fy * (lowX - topX);
      const topY = gridY[a]! + fx * (gridY[a + 1]! - gridY[a]!);
      const lowY = gridY[b]! + fx * (gridY[b + 1]! - gridY[b]!);
      warpY[p] = topY + fy * (lowY - topY);
    }
  }
  return { warpX, warpY };
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
