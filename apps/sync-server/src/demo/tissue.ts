import { fbm, noise2, smoothstep } from "./noise.ts";
import { hash2, nextHash, unit } from "./random.ts";
import { SLIDE_SIZE } from "./slide-shape.ts";

/**
 * What grows where: a section through the wall of a large bowel with a tumour
 * in it. From top to bottom mucosa with crypts, muscularis mucosae, submucosa
 * with vessels, fat and lymph follicles, two layers of muscle (cut along and
 * across), subserosal fat. All lengths are full-resolution pixels.
 */
export interface TissueMap {
  readonly fields: Float32Array;
}

/** Distance between the map's nodes, in pixels. */
const MAP_STEP = 256;
const NODES = SLIDE_SIZE / MAP_STEP + 1;

/** Signed distance to the tissue's border, about, in pixels; positive inside. */
export const EDGE = 0;
/** > 0.5: mucosa with crypts. */
export const MUCOSA = 1;
/** > 0: tumour; grows towards its core. */
export const TUMOUR = 2;
/** > 0: lymph follicle; > 0.5: its germinal centre. */
export const FOLLICLE = 3;
/** > 0.5: muscle cut along its fibres. */
export const MUSCLE_ALONG = 4;
/** > 0.5: muscle cut across its fibres. */
export const MUSCLE_ACROSS = 5;
/** > 0.5: fat. */
export const FAT = 6;
/** > 0.5: necrosis. */
export const NECROSIS = 7;
/** Cosine and sine of the direction of fibres. */
export const FIBRE_X = 8;
export const FIBRE_Y = 9;
/** 0…1: how much of the punctate marker cells of this place carry. */
export const MARKER = 10;
/** Density of inflammatory cells, 0…1. */
export const IMMUNE = 11;
/** Of the tumour: > 0 solid, < 0 glands and stroma; within about ±1. */
export const SOLIDITY = 12;
export const FIELD_COUNT = 13;

/** Computes the map; some hundred milliseconds, once a process. */
export function makeTissueMap(seed: number): TissueMap {
  const fields = new Float32Array(NODES * NODES * FIELD_COUNT);
  const follicles = placeFollicles(seed);
  for (let j = 0; j < NODES; j++) {
    for (let i = 0; i < NODES; i++) {
      describe(seed, i * MAP_STEP, j * MAP_STEP, follicles, fields, (j * NODES + i) * FIELD_COUNT);
    }
  }
  orient(fields, seed);
  return { fields };
}

interface Follicle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly cos: number;
  readonly sin: number;
  readonly stretch: number;
  /** Also found under mucosa that is well. */
  readonly basal: boolean;
}

function placeFollicles(seed: number): Follicle[] {
  const spacing = 3600;
  const count = Math.ceil(SLIDE_SIZE / spacing);
  const found: Follicle[] = [];
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < count; i++) {
      const h = hash2(seed + 900, i, j);
      const h2 = nextHash(h);
      const h3 = nextHash(h2);
      found.push({
        x: (i + 0.2 + 0.6 * unit(h)) * spacing,
        y: (j + 0.2 + 0.6 * unit(h2)) * spacing,
        radius: 380 + 900 * unit(h3) ** 2,
        cos: Math.cos(unit(h) * 6.283),
        sin: Math.sin(unit(h) * 6.283),
        stretch: 1 + 0.8 * unit(h2),
        basal: (h3 & 3) === 0,
      });
    }
  }
  return found;
}

/** How far folds of the mucosa rise at x. */
function foldHeight(seed: number, x: number): number {
  const wave = Math.cos(x / 1350 + 3.2 * noise2(seed + 11, x / 7000, 3));
  return (700 + 2600 * smoothstep(-0.3, 0.5, noise2(seed + 12, x / 7000, 5))) * smoothstep(-0.2, 1, wave);
}

/** The luminal surface without folds. */
function surface(seed: number, x: number): number {
  return 11600 + 2000 * noise2(seed + 10, x / 22000, 0);
}

const TILT = 0.13;

function describe(
  seed: number,
  x: number,
  y: number,
  follicles: Follicle[],
  out: Float32Array,
  at: number,
): void {
  const dx = x - SLIDE_SIZE / 2;
  const dy = y - SLIDE_SIZE / 2;
  const rx = SLIDE_SIZE / 2 + dx * Math.cos(TILT) + dy * Math.sin(TILT);
  const ry = SLIDE_SIZE / 2 + dy * Math.cos(TILT) - dx * Math.sin(TILT);
  const bow = ((rx - 30000) / 32768) ** 2;
  const wx =
    rx + 2400 * noise2(seed + 26, x / 21000, y / 21000) + 1300 * fbm(seed + 1, x / 7000, y / 7000, 3);
  const wy =
    ry -
    6000 * bow +
    2600 * noise2(seed + 27, x / 21000, y / 21000) +
    1300 * fbm(seed + 2, x / 7000, y / 7000, 3);
  const fine = noise2(seed + 5, x / 1300, y / 1300);

  const tx = (wx - 39500) / 16500;
  const ty = (wy - 21500) / 14500;
  const lobes =
    0.42 * noise2(seed + 3, x / 5200, y / 5200) +
    0.2 * noise2(seed + 4, x / 1900, y / 1900) +
    0.05 * noise2(seed + 28, x / 600, y / 600);
  const tumour = 1 - Math.hypot(tx, ty) + lobes;

  // The tumour lifts the surface above it.
  const lift = 5600 * Math.exp(-(((wx - 39500) / 10500) ** 2));
  const flat = surface(seed, wx) - lift;
  const fold = foldHeight(seed, wx);
  const ragged = 260 * noise2(seed + 13, x / 800, y / 800) + 120 * noise2(seed + 25, x / 280, y / 280);
  const top = flat - fold + ragged;
  const bottom = 55200 + 1800 * noise2(seed + 14, wx / 11000, 7) + 500 * noise2(seed + 29, wx / 2600, 2);
  const left = wx - (3400 + 1500 * noise2(seed + 15, wy / 7000, 2) + 300 * noise2(seed + 31, wy / 1500, 2));
  const right = 62600 + 1300 * noise2(seed + 16, wy / 8000, 9) + 260 * noise2(seed + 32, wy / 1700, 2) - wx;
  let edge = softMin(softMin(wy - top, bottom - wy, 2500), softMin(left, right, 1500), 7500);
  // A crack that opens from the lower border, and a slit from the right one.
  const crack =
    Math.abs(wx - 18500 - 1500 * noise2(seed + 17, y / 6200, 1) - 300 * noise2(seed + 33, y / 1500, 1)) -
    430 * smoothstep(37500, 56000, wy);
  const slit =
    Math.abs(wy - 40600 - 900 * noise2(seed + 18, x / 4600, 2)) - 190 * smoothstep(51000, 60500, wx);
  edge = Math.min(edge, crack + 70 * fine, slit + 40 * fine);
  // Three pieces that came off and lie beside the section.
  for (const [px, py, radius] of PIECES) {
    const shape =
      1 + 0.4 * noise2(seed + 19, x / 1500, y / 1500) + 0.15 * noise2(seed + 34, x / 500, y / 500);
    edge = Math.max(edge, radius * shape - Math.hypot(x - px, (y - py) * 1.4));
  }

  const depth =
    (wy - top) / (bottom - top) +
    0.014 * noise2(seed + 6, x / 2600, y / 2600) +
    0.006 * noise2(seed + 35, x / 800, y / 800);
  const outside = tumour <= 0 ? 1 : 0;
  const inBand = (low: number, high: number, soft = 0.006): number =>
    smoothstep(low - soft, low + soft, depth) * (1 - smoothstep(high - soft, high + soft, depth));
  const mucosa = outside * (1 - smoothstep(0.172, 0.184, depth));
  const muscularisMucosae = inBand(0.187, 0.205);
  const inner = inBand(0.485, 0.64);
  const outer = inBand(0.652, 0.785);

  let follicle = -1;
  const seat = depth > 0.15 && depth < 0.34 && tumour < -0.1;
  const front = tumour > -0.3 && tumour < -0.02;
  if (seat || front) {
    for (const f of follicles) {
      const reach = Math.abs(x - f.x) + Math.abs(y - f.y);
      if (reach > 4000 || (seat && !front && !f.basal)) continue;
      const across = (x - f.x) * f.cos + (y - f.y) * f.sin;
      const along = ((y - f.y) * f.cos - (x - f.x) * f.sin) * f.stretch;
      follicle = Math.max(
        follicle,
        1 - Math.hypot(across, along) / f.radius + 0.3 * fine + 0.12 * noise2(seed + 36, x / 500, y / 500),
      );
    }
  }

  const lobules =
    noise2(seed + 20, wx / 5200, wy / 5200) +
    0.3 * noise2(seed + 21, x / 1500, y / 1500) +
    0.1 * noise2(seed + 37, x / 500, y / 500);
  const below = smoothstep(0.8, 0.83, depth) * smoothstep(-0.4, -0.25, lobules);
  const between = inBand(0.26, 0.44, 0.03) * smoothstep(0.28, 0.4, lobules);
  const fat = outside * Math.max(below, between);

  const core = noise2(seed + 22, x / 3300, y / 3300) + 0.35 * fine;
  out[at + EDGE] = edge;
  out[at + MUCOSA] = mucosa;
  out[at + TUMOUR] = tumour;
  out[at + FOLLICLE] = follicle;
  out[at + MUSCLE_ALONG] = outside * Math.max(muscularisMucosae, inner);
  out[at + MUSCLE_ACROSS] = outside * outer;
  out[at + FAT] = fat;
  out[at + NECROSIS] = smoothstep(0.18, 0.3, core - 0.2) * smoothstep(0.22, 0.36, tumour);
  // Kept for `orient`: fibres run along lines of equal depth.
  out[at + FIBRE_X] = depth;
  const clone = smoothstep(0.0, 0.35, noise2(seed + 23, wx / 6500, wy / 6500) + 0.25 * fine);
  out[at + MARKER] = tumour > 0 ? 0.06 + 0.94 * clone : 0.05 + 0.2 * smoothstep(0.1, 0.6, fine);
  const rim = smoothstep(-0.35, -0.05, tumour) * (1 - smoothstep(0.05, 0.3, tumour));
  out[at + IMMUNE] = Math.max(
    mucosa * (0.48 + 0.32 * fine),
    rim * smoothstep(-0.25, 0.5, noise2(seed + 24, x / 2600, y / 2600)),
    0.04 + 0.1 * smoothstep(0.2, 0.6, noise2(seed + 38, x / 900, y / 900)),
  );
  // Solid, glandular and scirrhous parts of the tumour.
  out[at + SOLIDITY] = noise2(seed + 39, wx / 6200, wy / 6200) + 0.4 * noise2(seed + 40, x / 2100, y / 2100);
}

const PIECES = [
  [7000, 5200, 1500],
  [13600, 3700, 800],
  [58600, 4600, 1150],
] as const;

/** Turns lines of equal depth into a direction, and lets it wander away from the muscle layers. */
function orient(fields: Float32Array, seed: number): void {
  const depth = Float32Array.from({ length: NODES * NODES }, (_, n) => fields[n * FIELD_COUNT + FIBRE_X]!);
  for (let j = 0; j < NODES; j++) {
    for (let i = 0; i < NODES; i++) {
      const n = j * NODES + i;
      const gx = depth[j * NODES + Math.min(NODES - 1, i + 2)]! - depth[j * NODES + Math.max(0, i - 2)]!;
      const gy = depth[Math.min(NODES - 1, j + 2) * NODES + i]! - depth[Math.max(0, j - 2) * NODES + i]!;
      const at = n * FIELD_COUNT;
      const muscle = Math.max(fields[at + MUSCLE_ALONG]!, fields[at + MUSCLE_ACROSS]!);
      const swirl = 0.35 + (1 - muscle) * 1.6;
      const angle =
        Math.atan2(gx, -gy) +
        Math.PI +
        swirl * noise2(seed + 30, (i * MAP_STEP) / 2400, (j * MAP_STEP) / 2400);
      fields[at + FIBRE_X] = Math.cos(angle);
      fields[at + FIBRE_Y] = Math.sin(angle);
    }
  }
}

function softMin(a: number, b: number, width: number): number {
  const h = Math.max(0, width - Math.abs(a - b)) / width;
  return Math.min(a, b) - (h * h * width) / 4;
}

/** Reads all fields at a point, bilinearly, into `out`. */
export function tissueAt(map: TissueMap, x: number, y: number, out: Float64Array): void {
  const gx = Math.min(NODES - 1.001, Math.max(0, x / MAP_STEP));
  const gy = Math.min(NODES - 1.001, Math.max(0, y / MAP_STEP));
  const ix = Math.floor(gx);
  const iy = Math.floor(gy);
  const fx = gx - ix;
  const fy = gy - iy;
  const a = (iy * NODES + ix) * FIELD_COUNT;
  const c = a + NODES * FIELD_COUNT;
  const { fields } = map;
  const w00 = (1 - fx) * (1 - fy);
  const w10 = fx * (1 - fy);
  const w01 = (1 - fx) * fy;
  const w11 = fx * fy;
  for (let k = 0; k < FIELD_COUNT; k++) {
    out[k] =
      w00 * fields[a + k]! +
      w10 * fields[a + FIELD_COUNT + k]! +
      w01 * fields[c + k]! +
      w11 * fields[c + FIELD_COUNT + k]!;
  }
}

/** One field at a point: what `tissueAt` gives, alone. */
export function fieldAt(map: TissueMap, field: number, x: number, y: number): number {
  const gx = Math.min(NODES - 1.001, Math.max(0, x / MAP_STEP));
  const gy = Math.min(NODES - 1.001, Math.max(0, y / MAP_STEP));
  const ix = Math.floor(gx);
  const iy = Math.floor(gy);
  const fx = gx - ix;
  const fy = gy - iy;
  const a = (iy * NODES + ix) * FIELD_COUNT + field;
  const c = a + NODES * FIELD_COUNT;
  const { fields } = map;
  const top = fields[a]! + fx * (fields[a + FIELD_COUNT]! - fields[a]!);
  const low = fields[c]! + fx * (fields[c + FIELD_COUNT]! - fields[c]!);
  return top + fy * (low - top);
}
