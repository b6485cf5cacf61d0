/**
 * Order-independent randomness: every value is a hash of where it is used, so
 * any chunk can be computed alone, in any order, on any thread, and is the same.
 */

/** 32-bit mix of a seed and two integer coordinates (after "lowbias32" by C. Wellons, public domain). */
export function hash2(seed: number, x: number, y: number): number {
  let h = (seed ^ Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The next 32-bit value of a chain started by `hash2`. */
export function nextHash(h: number): number {
  h = (h + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

const UNIT = 1 / 4294967296;

/** A hash as a number in [0, 1). */
export function unit(h: number): number {
  return h * UNIT;
}

/** 4096 values of the standard normal distribution, shuffled, with mean 0 and variance 1. */
export const NORMALS: Float32Array = makeNormals(4096);

/** A standard normal value picked by the low 12 bits of a hash. */
export function normal(h: number): number {
  return NORMALS[h & 4095]!;
}

function makeNormals(count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = inverseNormal((i + 0.5) / count);
  let squares = 0;
  for (const v of values) squares += v * v;
  const scale = Math.sqrt(count / squares);
  for (let i = 0; i < count; i++) values[i]! *= scale;
  for (let i = count - 1; i > 0; i--) {
    const j = hash2(0x5eed, i, 7) % (i + 1);
    const kept = values[i]!;
    values[i] = values[j]!;
    values[j] = kept;
  }
  return values;
}

/** Quantile of the normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
function inverseNormal(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const tail = (q: number): number =>
    (((((c[0]! * q + c[1]!) * q + c[2]!) * q + c[3]!) * q + c[4]!) * q + c[5]!) /
    ((((d[0]! * q + d[1]!) * q + d[2]!) * q + d[3]!) * q + 1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 0.97575) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((a[0]! * r + a[1]!) * r + a[2]!) * r + a[3]!) * r + a[4]!) * r + a[5]!) * q) /
    (((((b[0]! * r + b[1]!) * r + b[2]!) * r + b[3]!) * r + b[4]!) * r + 1)
  );
}
