import { KIND } from "./cell-table.ts";
import { emptyHabitat, habitatAt, LATTICES, muscleTone } from "./habitat.ts";
import { KIND_TOTALS } from "./kind-totals.ts";
import { KINDS, PUNCTUM } from "./kinds.ts";
import { hash2, normal } from "./random.ts";
import { deposit, depositDna, emptySplat, type Splat, type SplatGrid, SUM, SUM_COUNT } from "./splat.ts";
import { markInsides, type Structure, VERTICES } from "./structures.ts";
import { EDGE, FIELD_COUNT, MARKER, type TissueMap, tissueAt } from "./tissue.ts";
import { expectedLining } from "./walls.ts";

const field = new Float64Array(FIELD_COUNT);
const habitat = emptyHabitat();

/** Points by which a wall is laid out: it is a few pixels around. */
const WALL_POINTS = 14;

/**
 * What pixels of 64 or 128 full-resolution pixels hold on the mean: from the
 * habitat alone, without finding any cell, but with the grain that chance
 * gives to so few cells.
 */
export function estimate(map: TissueMap, structures: readonly Structure[], grid: SplatGrid): Splat {
  const out = emptySplat(grid);
  const { step, width, height } = grid;
  const fine = 2;
  const taken = markInsides(structures, {
    originX: grid.originX + step / (2 * fine),
    originY: grid.originY + step / (2 * fine),
    step: step / fine,
    width: width * fine,
    height: height * fine,
  });
  for (let j = 0; j < height; j++) {
    const y = grid.originY + (j + 0.5) * step;
    for (let i = 0; i < width; i++) {
      const x = grid.originX + (i + 0.5) * step;
      tissueAt(map, x, y, field);
      if (field[EDGE]! < -60) continue;
      const corner = 2 * j * fine * width + 2 * i;
      const below = corner + width * fine;
      const inside =
        (taken[corner] ? 1 : 0) +
        (taken[corner + 1] ? 1 : 0) +
        (taken[below] ? 1 : 0) +
        (taken[below + 1] ? 1 : 0);
      if (inside === 4) continue;
      const room = (1 - inside / 4) * step * step;
      addHabitats(out, (j * width + i) * SUM_COUNT, room, x, y);
    }
  }
  for (const structure of structures) addWall(map, out, structure);
  return out;
}

function addHabitats(out: Splat, p: number, room: number, x: number, y: number): void {
  const grain = 0.45 * normal(hash2(3100, Math.round(x), Math.round(y)));
  for (const lattice of LATTICES) {
    habitatAt(lattice, field, x, y, habitat);
    if (habitat.pBoth <= 0) continue;
    const places = room / lattice.spacing ** 2;
    const muscle = habitat.first === KIND.MUSCLE || habitat.first === KIND.MUSCLE_CUT;
    addKind(out, p, habitat.first, places * habitat.pFirst, grain, muscle ? muscleTone(x, y) : 1);
    if (habitat.second >= 0)
      addKind(out, p, habitat.second, places * (habitat.pBoth - habitat.pFirst), grain, 1);
  }
}

function addKind(out: Splat, p: number, kind: number, cells: number, grain: number, tone: number): void {
  const totals = KIND_TOTALS[kind]!;
  const { sums } = out;
  const uneven = cells * (1 + grain / Math.sqrt(1 + cells));
  sums[p + SUM.DNA]! += uneven * totals.dna;
  sums[p + SUM.AREA]! += cells * totals.area;
  sums[p + SUM.MEMBRANE]! += cells * totals.membrane;
  sums[p + SUM.CYTOPLASM]! += cells * totals.cytoplasm * tone;
  sums[p + SUM.PUNCTA]! += uneven * KINDS[kind]!.puncta * field[MARKER]! * PUNCTUM;
}

function addWall(map: TissueMap, out: Splat, s: Structure): void {
  tissueAt(map, s.x, s.y, field);
  for (const { kind, cells, inward } of expectedLining(s)) {
    const totals = KIND_TOTALS[kind]!;
    const n = cells / WALL_POINTS;
    for (let k = 0; k < WALL_POINTS; k++) {
      const v = (k * VERTICES) / WALL_POINTS;
      const dx = s.outline[2 * v]! - s.x;
      const dy = s.outline[2 * v + 1]! - s.y;
      const shrink = 1 - inward / Math.hypot(dx, dy);
      const x = s.x + dx * shrink;
      const y = s.y + dy * shrink;
      const puncta = n * KINDS[kind]!.puncta * field[MARKER]! * PUNCTUM;
      depositDna(out, x, y, n * totals.dna);
      deposit(out, x, y, 0, n * totals.area, n * totals.membrane, n * totals.cytoplasm, puncta);
    }
  }
}
