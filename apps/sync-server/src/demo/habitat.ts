import { KIND } from "./cell-table.ts";
import { noise2 } from "./noise.ts";
import {
  EDGE,
  FAT,
  FIBRE_X,
  FIBRE_Y,
  FOLLICLE,
  IMMUNE,
  MUCOSA,
  MUSCLE_ACROSS,
  MUSCLE_ALONG,
  NECROSIS,
  SOLIDITY,
  TUMOUR,
} from "./tissue.ts";

/**
 * Cells sit near the places of four lattices: small round cells, tumour cells
 * of solid nests, long cells, fat cells. A habitat says which kinds live at a
 * place of one lattice, and how probable each is.
 */
export interface Lattice {
  readonly seed: number;
  /** Pixels between places. */
  readonly spacing: number;
  /** Largest displacement of a cell from its place, in spacings. */
  readonly jitter: number;
  /** Label id of the first place; each has two ids, for the two plates of an anaphase. */
  readonly firstId: number;
  readonly columns: number;
}

export const SMALL: Lattice = { seed: 2100, spacing: 26, jitter: 0.27, firstId: 2, columns: 2600 };
const SOLID: Lattice = { seed: 2200, spacing: 43, jitter: 0.22, firstId: 13_600_000, columns: 1600 };
const LONG: Lattice = { seed: 2300, spacing: 54, jitter: 0.4, firstId: 18_700_000, columns: 1300 };
const LARGE: Lattice = { seed: 2400, spacing: 205, jitter: 0.22, firstId: 21_900_000, columns: 330 };
export const LATTICES: readonly Lattice[] = [SMALL, SOLID, LONG, LARGE];

/** Up to two kinds with the probability of the first and of both; `second` < 0 for one kind, `first` < 0 for none. */
export interface Habitat {
  first: number;
  second: number;
  pFirst: number;
  pBoth: number;
}

export function emptyHabitat(): Habitat {
  return { first: -1, second: -1, pFirst: 0, pBoth: 0 };
}

function only(out: Habitat, kind: number, p: number): void {
  out.first = kind;
  out.second = -1;
  out.pFirst = p;
  out.pBoth = p;
}

function either(out: Habitat, kind: number, p: number, other: number, q: number): void {
  out.first = kind;
  out.second = other;
  out.pFirst = p;
  out.pBoth = p + q;
}

/** Distance to the border of the tissue with its small-scale raggedness; 0 where cells end. */
export function raggedEdge(edge: number, x: number, y: number): number {
  if (edge > 90 || edge < -90) return edge;
  return edge - 4 + 40 * noise2(77, x / 260, y / 260) + 16 * noise2(78, x / 70, y / 70);
}

/** Who lives at (x, y) on this lattice; `field` is the tissue there. */
export function habitatAt(lattice: Lattice, field: Float64Array, x: number, y: number, out: Habitat): void {
  out.first = -1;
  out.second = -1;
  out.pFirst = 0;
  out.pBoth = 0;
  if (raggedEdge(field[EDGE]!, x, y) < 0) return;
  const fat = field[FAT]! > 0.5;
  if (lattice === LARGE) {
    if (fat) only(out, KIND.ADIPOCYTE, 0.97);
    return;
  }
  if (fat) {
    if (lattice === SMALL) only(out, KIND.MACROPHAGE, 0.003);
    return;
  }
  const tumour = field[TUMOUR]!;
  const follicle = field[FOLLICLE]!;
  const necrotic = field[NECROSIS]! > 0.5;
  const nest = tumour > 0 && follicle < 0 && isNest(x, y, tumour, field[SOLIDITY]!);
  if (lattice === SOLID) {
    if (nest && !necrotic) only(out, KIND.TUMOUR, 0.97);
    return;
  }
  if (lattice === LONG) {
    if (follicle > 0 || nest || necrotic) return;
    if (field[MUSCLE_ALONG]! > 0.5) {
      if (alongBundle(field, x, y) > 0.03) only(out, KIND.MUSCLE, 0.95);
    } else if (field[MUSCLE_ACROSS]! > 0.5) {
      if (acrossBundle(x, y) <= 0.06) only(out, KIND.FIBROBLAST, 0.7);
    } else {
      const density = field[MUCOSA]! > 0.5 ? 0.3 : 0.42 + 0.4 * noise2(56, x / 700, y / 700);
      either(out, KIND.MACROPHAGE, density * 0.06, KIND.FIBROBLAST, density * 0.94);
    }
    return;
  }
  if (follicle > 0) {
    // Cells of a germinal centre take more room.
    if (follicle > 0.5 + 0.08 * noise2(58, x / 120, y / 120)) only(out, KIND.CENTROBLAST, 0.72);
    else only(out, KIND.LYMPHOCYTE, 0.96);
  } else if (necrotic) only(out, KIND.DYING, 0.3);
  else if (nest) only(out, KIND.LYMPHOCYTE, 0.012);
  else if (field[MUSCLE_ACROSS]! > 0.5) {
    if (acrossBundle(x, y) > 0.06) only(out, KIND.MUSCLE_CUT, 0.97);
  } else if (field[MUSCLE_ALONG]! > 0.5) only(out, KIND.LYMPHOCYTE, 0.006);
  else {
    const crowd = Math.max(0, field[IMMUNE]! * (0.62 + 0.6 * noise2(59, x / 260, y / 260)));
    either(out, KIND.LYMPHOCYTE, crowd * 0.56, KIND.PLASMA, crowd * 0.44);
  }
}

/** Solid nests of tumour cells; between them stroma. */
function isNest(x: number, y: number, tumour: number, solidity: number): boolean {
  const n = noise2(60, x / 640, y / 640) + 0.35 * noise2(61, x / 210, y / 210);
  return n + Math.min(0.5, tumour) * 0.4 + 0.75 * solidity > 0.2;
}

/** Near 0 on the septa between bundles of muscle cut across. */
function acrossBundle(x: number, y: number): number {
  return Math.abs(noise2(62, x / 620, y / 620) + 0.15 * noise2(63, x / 150, y / 150));
}

/** Near 0 on the septa between bundles of muscle cut along. */
function alongBundle(field: Float64Array, x: number, y: number): number {
  const along = x * field[FIBRE_X]! + y * field[FIBRE_Y]!;
  const across = y * field[FIBRE_X]! - x * field[FIBRE_Y]!;
  return Math.abs(noise2(55, along / 900, across / 260));
}

/** How strongly muscle stains: each bundle has its own tone. */
export function muscleTone(x: number, y: number): number {
  return 1 + 0.42 * noise2(66, x / 760, y / 760) + 0.2 * noise2(67, x / 240, y / 240);
}
