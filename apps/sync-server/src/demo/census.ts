import { KIND } from "./cell-table.ts";
import { emptyHabitat, habitatAt, LATTICES } from "./habitat.ts";
import { KIND_TOTALS } from "./kind-totals.ts";
import { KINDS } from "./kinds.ts";
import { hash2, NORMALS, nextHash, unit } from "./random.ts";
import { deposit, emptySplat, type Splat, type SplatGrid } from "./splat.ts";
import { markInsides, type Structure, VERTICES, wallPlan } from "./structures.ts";
import { EDGE, FIELD_COUNT, MARKER, type TissueMap, tissueAt } from "./tissue.ts";

/** Side of the squares in which one habitat stands for all places. */
const BLOCK = 64;
const MASK_STEP = 16;
/** Mean electrons of one punctum, over all its pixels. */
export const PUNCTUM = 2720;

const field = new Float64Array(FIELD_COUNT);
const habitat = emptyHabitat();

/**
 * Adds up the same cells as `makeScene` finds, without making them: places and
 * presence are exact but for the habitat's grain, brightness is a kind's mean
 * with some spread. One call covers sixteen thousand pixels square.
 */
export function takeCensus(map: TissueMap, structures: readonly Structure[], grid: SplatGrid): Splat {
  const out = emptySplat(grid);
  const spanX = grid.width * grid.step;
  const spanY = grid.height * grid.step;
  const maskWidth = spanX / MASK_STEP + 1;
  const maskHeight = spanY / MASK_STEP + 1;
  const taken = markInsides(structures, {
    originX: grid.originX,
    originY: grid.originY,
    step: MASK_STEP,
    width: maskWidth,
    height: maskHeight,
  });
  const across = Math.ceil(spanX / BLOCK);
  const down = Math.ceil(spanY / BLOCK);
  const markers = new Float32Array(across * down);
  const here = LATTICES.map(() => emptyGrid(across * down));
  for (let n = 0; n < markers.length; n++) {
    const x = grid.originX + ((n % across) + 0.5) * BLOCK;
    const y = grid.originY + (Math.floor(n / across) + 0.5) * BLOCK;
    tissueAt(map, x, y, field);
    if (field[EDGE]! < -60) continue;
    markers[n] = field[MARKER]!;
    for (let l = 0; l < LATTICES.length; l++) {
      habitatAt(LATTICES[l]!, field, x, y, habitat);
      const h = here[l]!;
      h.first[n] = habitat.first;
      h.second[n] = habitat.second;
      h.pFirst[n] = habitat.pFirst;
      h.pBoth[n] = habitat.pBoth;
    }
  }
  LATTICES.forEach((lattice, l) => {
    const { first, second, pFirst, pBoth } = here[l]!;
    const { spacing, jitter } = lattice;
    const j0 = Math.floor(grid.originY / spacing - jitter - 0.5);
    const j1 = Math.ceil((grid.originY + spanY) / spacing + jitter - 0.5);
    const i0 = Math.floor(grid.originX / spacing - jitter - 1);
    const i1 = Math.ceil((grid.originX + spanX) / spacing + jitter - 0.5);
    for (let j = j0; j <= j1; j++) {
      const shift = 0.5 + (j & 1 ? 0.5 : 0);
      for (let i = i0; i <= i1; i++) {
        const hash = hash2(lattice.seed, i, j);
        const hash2nd = nextHash(hash);
        const x = (i + shift + jitter * (2 * unit(hash) - 1)) * spacing - grid.originX;
        const y = (j + 0.5 + jitter * (2 * unit(hash2nd) - 1)) * spacing - grid.originY;
        if (x < 0 || y < 0 || x >= spanX || y >= spanY) continue;
        const block = Math.floor(y / BLOCK) * across + Math.floor(x / BLOCK);
        const both = pBoth[block]!;
        if (both <= 0) continue;
        const h = nextHash(hash2nd);
        const p = unit(h);
        if (p >= both) continue;
        if (taken[Math.round(y / MASK_STEP) * maskWidth + Math.round(x / MASK_STEP)] !== 0) continue;
        const kind = p < pFirst[block]! ? first[block]! : second[block]!;
        count(out, kind, x + grid.originX, y + grid.originY, h, markers[block]!);
      }
    }
  });
  for (const structure of structures) countWall(map, out, structure);
  return out;
}

/** A lattice's habitat in every block. */
interface HabitatGrid {
  readonly first: Int8Array;
  readonly second: Int8Array;
  readonly pFirst: Float32Array;
  readonly pBoth: Float32Array;
}

function emptyGrid(n: number): HabitatGrid {
  return {
    first: new Int8Array(n),
    second: new Int8Array(n),
    pFirst: new Float32Array(n),
    pBoth: new Float32Array(n),
  };
}

function count(out: Splat, kind: number, x: number, y: number, hash: number, marker: number): void {
  const totals = KIND_TOTALS[kind]!;
  const stain = 1 + 0.2 * NORMALS[(hash >>> 3) & 4095]!;
  const dna = totals.dna * (1 + 0.25 * NORMALS[(hash >>> 9) & 4095]!);
  const puncta = KINDS[kind]!.puncta * marker * PUNCTUM * stain;
  deposit(out, x, y, dna, totals.area, totals.membrane, totals.cytoplasm * stain, puncta);
}

function countWall(map: TissueMap, out: Splat, s: Structure): void {
  const kind =
    s.kind === "crypt" ? KIND.EPITHELIUM : s.kind === "tumour-gland" ? KIND.TUMOUR : KIND.ENDOTHELIUM;
  const plan = wallPlan(s);
  tissueAt(map, s.x, s.y, field);
  const marker = field[MARKER]!;
  for (let row = 0; row < plan.rows; row++) {
    const inward = (s.wall * (row + 0.5)) / plan.rows;
    for (let n = 0; n < plan.count; n++) {
      const v = Math.floor(((n + 0.5 * row) / plan.count) * VERTICES) % VERTICES;
      const dx = s.outline[2 * v]! - s.x;
      const dy = s.outline[2 * v + 1]! - s.y;
      const shrink = 1 - inward / Math.hypot(dx, dy);
      count(out, kind, s.x + dx * shrink, s.y + dy * shrink, hash2(s.hash, n, row), marker);
    }
  }
}
