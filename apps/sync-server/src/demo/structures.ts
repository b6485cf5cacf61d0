import { noise2, smoothstep } from "./noise.ts";
import { hash2, nextHash, unit } from "./random.ts";
import {
  EDGE,
  FAT,
  FIBRE_X,
  FIBRE_Y,
  FIELD_COUNT,
  FOLLICLE,
  MUCOSA,
  MUSCLE_ACROSS,
  NECROSIS,
  SOLIDITY,
  type TissueMap,
  TUMOUR,
  tissueAt,
} from "./tissue.ts";

/** Closed tubes seen in section: their wall is a ring of cells, their inside is empty. */
export type StructureKind = "crypt" | "tumour-gland" | "vessel";

export interface Structure {
  readonly kind: StructureKind;
  /** First of the label ids that belong to its cells. */
  readonly firstId: number;
  readonly hash: number;
  readonly x: number;
  readonly y: number;
  /** Largest distance of the outline from the centre. */
  readonly reach: number;
  /** Outer outline, `VERTICES` points counter-clockwise from angle 0, flat x, y. */
  readonly outline: Float64Array;
  /** Thickness of the wall. */
  readonly wall: number;
}

export const VERTICES = 56;
const COS = Float64Array.from({ length: VERTICES }, (_, i) => Math.cos((i / VERTICES) * 2 * Math.PI));
const SIN = Float64Array.from({ length: VERTICES }, (_, i) => Math.sin((i / VERTICES) * 2 * Math.PI));

/** Largest slow displacement of a place, in spacings. */
const DRIFT = 0.5;

interface Plan {
  readonly kind: StructureKind;
  readonly seed: number;
  readonly spacing: number;
  readonly jitter: number;
  readonly maxReach: number;
  readonly firstId: number;
  readonly idsEach: number;
}

const PLANS: readonly Plan[] = [
  { kind: "crypt", seed: 1000, spacing: 258, jitter: 0.14, maxReach: 150, firstId: 22_000_000, idsEach: 128 },
  {
    kind: "tumour-gland",
    seed: 1100,
    spacing: 640,
    jitter: 0.16,
    maxReach: 330,
    firstId: 30_000_000,
    idsEach: 512,
  },
  {
    kind: "vessel",
    seed: 1200,
    spacing: 1500,
    jitter: 0.3,
    maxReach: 330,
    firstId: 44_000_000,
    idsEach: 512,
  },
];

/** All structures whose outline may touch the rectangle. */
export function structuresIn(
  map: TissueMap,
  minX: number,
  minY: number,
  maxX: number,
  maxY: number,
): Structure[] {
  const found: Structure[] = [];
  for (const plan of PLANS) {
    const margin = plan.maxReach + plan.spacing * (plan.jitter + 0.5 + DRIFT);
    const i0 = Math.max(0, Math.floor((minX - margin) / plan.spacing));
    const i1 = Math.floor((maxX + margin) / plan.spacing);
    const j0 = Math.max(0, Math.floor((minY - margin) / plan.spacing));
    const j1 = Math.floor((maxY + margin) / plan.spacing);
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const made = plant(map, plan, i, j);
        if (!made) continue;
        const { x, y, reach } = made;
        if (x + reach > minX && x - reach < maxX && y + reach > minY && y - reach < maxY) found.push(made);
      }
    }
  }
  return found;
}

const field = new Float64Array(FIELD_COUNT);

function plant(map: TissueMap, plan: Plan, i: number, j: number): Structure | null {
  const hash = hash2(plan.seed, i, j);
  const h2 = nextHash(hash);
  const h3 = nextHash(h2);
  const h4 = nextHash(h3);
  const h5 = nextHash(h4);
  const gridX = (i + 0.5 + (j & 1 ? 0.5 : 0)) * plan.spacing;
  const gridY = (j + 0.5) * plan.spacing;
  // A slow drift of the places, so that no rows show from afar.
  const drift = DRIFT * plan.spacing;
  const x =
    gridX +
    plan.jitter * plan.spacing * (2 * unit(hash) - 1) +
    drift * noise2(plan.seed + 1, gridX / 1700, gridY / 1700);
  const y =
    gridY +
    plan.jitter * plan.spacing * (2 * unit(h2) - 1) +
    drift * noise2(plan.seed + 2, gridX / 1700, gridY / 1700);
  tissueAt(map, x, y, field);
  const edge = field[EDGE]!;
  let radius: number;
  let stretch: number;
  let rough: number;
  let wall: number;
  if (plan.kind === "crypt") {
    if (field[MUCOSA]! < 0.5 || edge < 90 || field[FOLLICLE]! > -0.25 || unit(h3) < 0.05) return null;
    radius = 100 + 24 * unit(h4);
    stretch = 1 + 0.38 * unit(h5) ** 2;
    rough = 0.035;
    wall = 58;
  } else if (plan.kind === "tumour-gland") {
    if (
      field[TUMOUR]! < 0.03 ||
      edge < 260 ||
      field[NECROSIS]! > 0.6 ||
      field[FOLLICLE]! > -0.2 ||
      unit(h3) > 0.85 - 0.7 * smoothstep(-0.1, 0.4, field[SOLIDITY]!)
    )
      return null;
    radius = 95 + 125 * unit(h4);
    stretch = 1 + 0.55 * unit(h5);
    rough = 0.11;
    wall = 66 + 34 * unit(nextHash(h5));
  } else {
    const inside = field[MUCOSA]! > 0.3 || field[TUMOUR]! > 0.25 || field[FOLLICLE]! > -0.4 || edge < 350;
    const chance = field[FAT]! > 0.5 ? 0.35 : field[MUSCLE_ACROSS]! > 0.5 ? 0.12 : 0.5;
    if (inside || unit(h3) > chance) return null;
    radius = 40 + 190 * unit(h4) ** 2.5;
    stretch = 1 + 1.1 * unit(h5) ** 2;
    rough = 0.06;
    wall = radius > 110 ? 50 : 16;
  }
  const along = Math.atan2(field[FIBRE_Y]!, field[FIBRE_X]!) + (plan.kind === "vessel" ? 0 : Math.PI / 2);
  const outline = trace(
    x,
    y,
    radius,
    stretch,
    rough,
    along + 0.8 * (unit(nextHash(h4)) - 0.5),
    hash,
    plan.maxReach,
  );
  let reach = 0;
  for (let k = 0; k < VERTICES; k++)
    reach = Math.max(reach, Math.hypot(outline[2 * k]! - x, outline[2 * k + 1]! - y));
  const index = j * 256 + i;
  return { kind: plan.kind, firstId: plan.firstId + index * plan.idsEach, hash, x, y, reach, outline, wall };
}

function trace(
  x: number,
  y: number,
  radius: number,
  stretch: number,
  rough: number,
  angle: number,
  hash: number,
  limit: number,
): Float64Array {
  const outline = new Float64Array(2 * VERTICES);
  const ca = Math.cos(angle);
  const sa = Math.sin(angle);
  const a = radius * Math.sqrt(stretch);
  const b = radius / Math.sqrt(stretch);
  let h = hash ^ 0x51ab;
  const waves: [number, number, number][] = [];
  for (let k = 2; k <= 6; k++) {
    h = nextHash(h);
    waves.push([k, (rough * (0.4 + unit(h)) * 2) / Math.sqrt(k), (h & 1023) / 163]);
  }
  for (let v = 0; v < VERTICES; v++) {
    const t = (v / VERTICES) * 2 * Math.PI;
    let r = 1;
    for (const [k, amplitude, phase] of waves) r += amplitude * Math.cos(k * t + phase);
    const u = a * r * COS[v]!;
    const w = b * r * SIN[v]!;
    const far = Math.hypot(u, w);
    const fit = far > limit - 4 ? (limit - 4) / far : 1;
    outline[2 * v] = x + fit * (u * ca - w * sa);
    outline[2 * v + 1] = y + fit * (u * sa + w * ca);
  }
  return outline;
}

/**
 * Marks the grid points inside the outlines, drawn in by `inset` of the wall's
 * thickness. The grid's point (i, j) lies at
 * (originX + i·step, originY + j·step) and is set to 1 + the kind's number.
 */
export function markInsides(
  structures: readonly Structure[],
  grid: {
    readonly originX: number;
    readonly originY: number;
    readonly step: number;
    readonly width: number;
    readonly height: number;
  },
  inset = 0,
): Uint8Array {
  const mask = new Uint8Array(grid.width * grid.height);
  const crossings = new Float64Array(VERTICES);
  const outline = new Float64Array(2 * VERTICES);
  for (const s of structures) {
    const mark = s.kind === "crypt" ? 1 : s.kind === "tumour-gland" ? 2 : 3;
    for (let v = 0; v < 2 * VERTICES; v += 2) {
      const dx = s.outline[v]! - s.x;
      const dy = s.outline[v + 1]! - s.y;
      const shrink = 1 - (inset * s.wall) / Math.hypot(dx, dy);
      outline[v] = s.x + shrink * dx;
      outline[v + 1] = s.y + shrink * dy;
    }
    const j0 = Math.max(0, Math.ceil((s.y - s.reach - grid.originY) / grid.step));
    const j1 = Math.min(grid.height - 1, Math.floor((s.y + s.reach - grid.originY) / grid.step));
    for (let j = j0; j <= j1; j++) {
      const y = grid.originY + j * grid.step;
      let count = 0;
      let px = outline[2 * VERTICES - 2]!;
      let py = outline[2 * VERTICES - 1]!;
      for (let v = 0; v < VERTICES; v++) {
        const qx = outline[2 * v]!;
        const qy = outline[2 * v + 1]!;
        if (py <= y !== qy <= y) crossings[count++] = px + ((y - py) / (qy - py)) * (qx - px);
        px = qx;
        py = qy;
      }
      const xs = crossings.subarray(0, count).sort();
      for (let k = 0; k + 1 < count; k += 2) {
        const i0 = Math.max(0, Math.ceil((xs[k]! - grid.originX) / grid.step));
        const i1 = Math.min(grid.width - 1, Math.floor((xs[k + 1]! - grid.originX) / grid.step));
        if (i1 >= i0) mask.fill(mark, j * grid.width + i0, j * grid.width + i1 + 1);
      }
    }
  }
  return mask;
}

/** Whether a point lies inside a structure's outline. */
export function isInside(s: Structure, x: number, y: number): boolean {
  if ((x - s.x) ** 2 + (y - s.y) ** 2 > s.reach ** 2) return false;
  let inside = false;
  let px = s.outline[2 * VERTICES - 2]!;
  let py = s.outline[2 * VERTICES - 1]!;
  for (let v = 0; v < VERTICES; v++) {
    const qx = s.outline[2 * v]!;
    const qy = s.outline[2 * v + 1]!;
    if (py <= y !== qy <= y && x < px + ((y - py) / (qy - py)) * (qx - px)) inside = !inside;
    px = qx;
    py = qy;
  }
  return inside;
}
