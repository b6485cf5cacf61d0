/*
 * Exact predicates on integers (and halves) below 2^40, held in doubles: a filtered product first, BigInt only
 * where the filter cannot tell.
 */

/** Products up to here are exact, and so is their difference. */
const EXACT = 2 ** 52;
/** Bound of the relative error of a difference of two rounded products. */
const FILTER = 4 * 2 ** -53;

/** Sign of (b - a) × (c - a): 1 where c lies to the left in a frame with y up (to the right on screen). */
export function orient(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const left = (bx - ax) * (cy - ay);
  const right = (by - ay) * (cx - ax);
  const det = left - right;
  const size = Math.abs(left) + Math.abs(right);
  if (size < EXACT || Math.abs(det) > FILTER * size) return det > 0 ? 1 : det < 0 ? -1 : 0;
  const exact = BigInt(2 * (bx - ax)) * BigInt(2 * (cy - ay)) - BigInt(2 * (by - ay)) * BigInt(2 * (cx - ax));
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

/** Where two properly crossing segments cross, rounded to whole units, halves upwards. Exact. */
export function crossing(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): { x: number; y: number } {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, dx - cx, dy - cy];
  const size = (Math.abs(ux) + Math.abs(uy) + Math.abs(cx - ax) + Math.abs(cy - ay)) ** 2;
  if (size < EXACT && (Math.abs(vx) + Math.abs(vy)) ** 2 < EXACT / 4) {
    const t = ((cx - ax) * vy - (cy - ay) * vx) / (ux * vy - uy * vx);
    const x = ax + t * ux;
    const y = ay + t * uy;
    if (clearOfTie(x) && clearOfTie(y)) return { x: Math.round(x), y: Math.round(y) };
  }
  const big = BigInt;
  const den = big(ux) * big(vy) - big(uy) * big(vx);
  const num = big(cx - ax) * big(vy) - big(cy - ay) * big(vx);
  return { x: ax + roundedQuotient(num * big(ux), den), y: ay + roundedQuotient(num * big(uy), den) };
}

const clearOfTie = (value: number): boolean => Math.abs(value - Math.floor(value) - 0.5) > 1e-3;

/** floor(num / den + 1/2). */
function roundedQuotient(num: bigint, den: bigint): number {
  const [top, bottom] = den < 0n ? [-2n * num - den, -2n * den] : [2n * num + den, 2n * den];
  const quotient = top / bottom;
  return Number(top % bottom < 0n ? quotient - 1n : quotient);
}

/**
 * Whether the segment meets the unit square around (hx, hy), which owns its smaller edges and not its larger ones:
 * every point of the plane is in exactly one such square.
 */
export function passesThrough(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  hx: number,
  hy: number,
): boolean {
  const [px, py, qx, qy] = ax > bx ? [bx, by, ax, ay] : [ax, ay, bx, by];
  const [x0, x1, y0, y1] = [hx - 0.5, hx + 0.5, hy - 0.5, hy + 0.5];
  if (px >= x1 || qx < x0 || Math.min(py, qy) >= y1 || Math.max(py, qy) < y0) return false;
  if (px === qx || py === qy) return true;
  const rising = py < qy;
  const topLeft = orient(px, py, qx, qy, x0, y1);
  if (topLeft === 0) return !rising;
  const topRight = orient(px, py, qx, qy, x1, y1);
  if (topRight === 0) return rising;
  if (topLeft !== topRight) return true;
  const bottomLeft = orient(px, py, qx, qy, x0, y0);
  if (bottomLeft === 0 || bottomLeft !== topLeft) return true;
  const bottomRight = orient(px, py, qx, qy, x1, y0);
  if (bottomRight === 0) return !rising;
  return bottomRight !== topLeft;
}
