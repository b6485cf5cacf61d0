import { hash2 } from "./random.ts";

const DIRECTIONS = 256;
const GRADIENT_X = new Float64Array(DIRECTIONS);
const GRADIENT_Y = new Float64Array(DIRECTIONS);
for (let i = 0; i < DIRECTIONS; i++) {
  GRADIENT_X[i] = Math.cos((i / DIRECTIONS) * 2 * Math.PI);
  GRADIENT_Y[i] = Math.sin((i / DIRECTIONS) * 2 * Math.PI);
}

function corner(seed: number, ix: number, iy: number, dx: number, dy: number): number {
  const g = hash2(seed, ix, iy) >>> 24;
  return GRADIENT_X[g]! * dx + GRADIENT_Y[g]! * dy;
}

/** Smooth gradient noise about 0, roughly within ±1, with features about one unit wide. */
export function noise2(seed: number, x: number, y: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const fx = x - ix;
  const fy = y - iy;
  const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
  const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
  const a = corner(seed, ix, iy, fx, fy);
  const b = corner(seed, ix + 1, iy, fx - 1, fy);
  const c = corner(seed, ix, iy + 1, fx, fy - 1);
  const d = corner(seed, ix + 1, iy + 1, fx - 1, fy - 1);
  const top = a + u * (b - a);
  return 1.5 * (top + v * (c + u * (d - c) - top));
}

/** `octaves` layers of noise, each half as strong and half as wide as the one before. */
export function fbm(seed: number, x: number, y: number, octaves: number): number {
  let sum = 0;
  let amplitude = 1;
  let total = 0;
  for (let i = 0; i < octaves; i++) {
    sum += amplitude * noise2(seed + i * 101, x, y);
    total += amplitude;
    amplitude *= 0.5;
    x = x * 2.03 + 17.1;
    y = y * 2.03 - 9.7;
  }
  return sum / total;
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
