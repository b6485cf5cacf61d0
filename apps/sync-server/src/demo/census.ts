import { KIND } from "./cell-table.ts";
import { emptyHabitat, habitatAt, LATTICES, muscleTone } from "./habitat.ts";
import { KIND_TOTALS } from "./kind-totals.ts";
import { KINDS, PUNCTUM } from "./kinds.ts";
import { hash2, NORMALS, nextHash, unit } from "./random.ts";
import { depositCell, depositDna, emptySplat, type Splat, type SplatGrid } from "./splat.ts";
import { markInsides, type Structure } from "./structures.ts";
import { EDGE, FIBRE_X, FIBRE_Y, FIELD_COUNT, MARKER, type TissueMap, tissueAt } from "./tissue.ts";
import { wallPlaces } from "./walls.ts";

/** Side of the squares in which one habitat stands for all places. */
const BLOCK = 64;
const MASK_STEP = 16;

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
  const fibreX = new Float32Array(across * down);
  const fibreY = new Float32Array(across * down);
  const here = LATTICES.map(() => emptyGrid(across * down));
  for (let n = 0; n < markers.length; n++) {
    const x = grid.originX + ((n % across) + 0.5) * BLOCK;
    const y = grid.originY + (Math.floor(n / across) + 0.5) * BLOCK;
    tissueAt(map, x, y, field);
    if (field[EDGE]! < -60) continue;
    markers[n] = field[MARKER]!;
    fibreX[n] = field[FIBRE_X]!;
    fibreY[n] = field[FIBRE_Y]!;
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
    const near = inhabitedAround(pBoth, across, down);
    const j0 = Math.floor(grid.originY / spacing - jitter - 0.5);
    const j1 = Math.ceil((grid.originY + spanY) / spacing + jitter - 0.5);
    const i0 = Math.floor(grid.originX / spacing - jitter - 1);
    const i1 = Math.ceil((grid.originX + spanX) / spacing + jitter - 0.5);
    for (let j = j0; j <= j1; j++) {
      const shift = 0.5 + (j & 1 ? 0.5 : 0);
      const row = Math.min(down - 1, Math.max(0, Math.floor(((j + 0.5) * spacing - grid.originY) / BLOCK)));
      for (let i = i0; i <= i1; i++) {
        // No cell strays into a third block: where a place and its neighbours are uninhabited, it is passed over.
        const column = Math.min(
          across - 1,
          Math.max(0, Math.floor(((i + shift) * spacing - grid.originX) / BLOCK)),
        );
        if (!near[row * across + column]) continue;
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
        count(
          out,
          kind,
          x + grid.originX,
          y + grid.originY,
          fibreX[block]!,
          fibreY[block]!,
          h,
          markers[block]!,
        );
      }
    }
  });
  for (const structure of structures) {
    for (const place of wallPlaces(structure, structures)) {
      tissueAt(map, place.x, place.y, field);
      count(
        out,
        place.kind,
        place.x,
        place.y,
        Math.cos(place.angle),
        Math.sin(place.angle),
        place.hash,
        field[MARKER]!,
      );
    }
  }
  return out;
}

/** 1 for blocks that are inhabited or next to one that is. */
function inhabitedAround(pBoth: Float32Array, across: number, down: number): Uint8Array {
  const out = new Uint8Array(across * down);
  for (let j = 0; j < down; j++) {
    for (let i = 0; i < across; i++) {
      if (pBoth[j * across + i]! <= 0) continue;
      for (let b = Math.max(0, j - 1); b <= Math.min(down - 1, j + 1); b++) {
        for (let a = Math.max(0, i - 1); a <= Math.min(across - 1, i + 1); a++) out[b * across + a] = 1;
      }
    }
  }
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

function count(
  out: Splat,
  kind: number,
  x: number,
  y: number,
  cos: number,
  sin: number,
  hash: number,
  marker: number,
): void {
  const totals = KIND_TOTALS[kind]!;
  const tone = kind === KIND.MUSCLE || kind === KIND.MUSCLE_CUT ? muscleTone(x, y) : 1;
  const stain = 1 + 0.2 * NORMALS[(hash >>> 3) & 4095]!;
  const dna = totals.dna * (1 + 0.25 * NORMALS[(hash >>> 9) & 4095]!);
  const puncta = KINDS[kind]!.puncta * marker * PUNCTUM * stain;
  if (dna > 0) depositDna(out, x, y, dna);
  depositCell(
    out,
    kind,
    x,
    y,
    cos,
    sin,
    KINDS[kind]!.cell[0],
    totals.area,
    totals.membrane,
    totals.cytoplasm * stain * tone,
    puncta,
  );
}
