import { BODY_COLUMNS, CELL, CELL_COLUMNS, KIND, Table } from "./cell-table.ts";
import { emptyHabitat, habitatAt, LATTICES, muscleTone } from "./habitat.ts";
import { KINDS, PUNCTUM } from "./kinds.ts";
import { noise2 } from "./noise.ts";
import { NucleusMaker } from "./nucleus-maker.ts";
import { hash2, nextHash, normal, unit } from "./random.ts";
import { markInsides, type Structure, structuresIn } from "./structures.ts";
import { FIBRE_X, FIBRE_Y, FIELD_COUNT, MARKER, type TissueMap, tissueAt } from "./tissue.ts";
import { wallPlaces } from "./walls.ts";

/** Everything that has a place of its own in a part of the slide. */
export interface Scene {
  readonly cells: Table;
  readonly bodies: Table;
  readonly structures: readonly Structure[];
}

/** No cell and no nucleus reaches further from its centre. */
const CELL_REACH = 176;

const MASK_STEP = 16;
const field = new Float64Array(FIELD_COUNT);
const habitat = emptyHabitat();

/** Finds everything whose centre lies in the rectangle (full-resolution pixels). The same rectangle always gives the same rows. */
export function makeScene(map: TissueMap, minX: number, minY: number, maxX: number, maxY: number): Scene {
  const expected = Math.ceil(((maxX - minX) * (maxY - minY)) / 1500);
  const cells = new Table(CELL_COLUMNS, expected);
  const bodies = new Table(BODY_COLUMNS, expected);
  const structures = structuresIn(
    map,
    minX - CELL_REACH,
    minY - CELL_REACH,
    maxX + CELL_REACH,
    maxY + CELL_REACH,
  );
  // On a grid fixed to the slide, so that every chunk draws the same line.
  const originX = Math.floor(minX / MASK_STEP) * MASK_STEP;
  const originY = Math.floor(minY / MASK_STEP) * MASK_STEP;
  const width = Math.ceil((maxX - originX) / MASK_STEP) + 2;
  const height = Math.ceil((maxY - originY) / MASK_STEP) + 2;
  const taken = markInsides(structures, { originX, originY, step: MASK_STEP, width, height });
  const maker = new CellMaker(map, cells, bodies);

  for (const lattice of LATTICES) {
    const { spacing } = lattice;
    const j0 = Math.floor(minY / spacing - lattice.jitter - 1);
    const j1 = Math.ceil(maxY / spacing + lattice.jitter);
    const i0 = Math.floor(minX / spacing - lattice.jitter - 1.5);
    const i1 = Math.ceil(maxX / spacing + lattice.jitter);
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const hash = hash2(lattice.seed, i, j);
        const hash2nd = nextHash(hash);
        const x = (i + 0.5 + (j & 1 ? 0.5 : 0) + lattice.jitter * (2 * unit(hash) - 1)) * spacing;
        const y = (j + 0.5 + lattice.jitter * (2 * unit(hash2nd) - 1)) * spacing;
        if (x < minX || x >= maxX || y < minY || y >= maxY) continue;
        const inside =
          taken[Math.round((y - originY) / MASK_STEP) * width + Math.round((x - originX) / MASK_STEP)]! !== 0;
        if (inside) continue;
        tissueAt(map, x, y, field);
        habitatAt(lattice, field, x, y, habitat);
        const h = nextHash(hash2nd);
        const p = unit(h);
        if (p >= habitat.pBoth) continue;
        const kind = p < habitat.pFirst ? habitat.first : habitat.second;
        maker.place(kind, x, y, nextHash(h), lattice.firstId + 2 * (j * lattice.columns + i));
      }
    }
  }
  for (const structure of structures) maker.wall(structure, structures, minX, minY, maxX, maxY);
  return { cells, bodies, structures };
}

class CellMaker {
  readonly #map: TissueMap;
  readonly #cells: Table;
  readonly #nuclei: NucleusMaker;

  constructor(map: TissueMap, cells: Table, bodies: Table) {
    this.#map = map;
    this.#cells = cells;
    this.#nuclei = new NucleusMaker(cells, bodies);
  }

  /** A cell that belongs to no wall; long ones follow the fibres. `field` holds the tissue there. */
  place(kind: number, x: number, y: number, hash: number, id: number): void {
    let angle = unit(hash) * 6.283;
    if (kind === KIND.MUSCLE || kind === KIND.FIBROBLAST) {
      const fibre = Math.atan2(field[FIBRE_Y]!, field[FIBRE_X]!);
      if (kind === KIND.MUSCLE) angle = fibre + 0.12 * normal(hash);
      else angle = fibre + 0.5 * noise2(57, x / 420, y / 420) + 0.22 * normal(hash);
    }
    this.cell(kind, x, y, angle, hash, id);
  }

  /** Lines a crypt, gland or vessel with cells. */
  wall(
    s: Structure,
    all: readonly Structure[],
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
  ): void {
    for (const place of wallPlaces(s, all)) {
      const { x, y, hash } = place;
      if (x < minX || x >= maxX || y < minY || y >= maxY) continue;
      tissueAt(this.#map, x, y, field);
      this.cell(place.kind, x, y, place.angle + 0.1 * normal(hash), nextHash(hash), place.id);
    }
  }

  cell(kind: number, x: number, y: number, angle: number, hash: number, id: number): void {
    const traits = KINDS[kind]!;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    let h = nextHash(hash);
    const size = 1 + 0.1 * Math.max(-2.2, Math.min(2.2, normal(h)));
    const squeeze = 1 + 0.08 * Math.max(-2, Math.min(2, normal(h >>> 12)));
    h = nextHash(h);
    const stain = Math.exp(0.22 * normal(h));
    const cells = this.#cells;
    const at = cells.add();
    const row = cells.count - 1;
    const v = cells.values;
    v[at + CELL.X] = x;
    v[at + CELL.Y] = y;
    v[at + CELL.COS] = cos;
    v[at + CELL.SIN] = sin;
    v[at + CELL.A] = traits.cell[0] * size * squeeze;
    v[at + CELL.B] = (traits.cell[1] * size) / squeeze;
    v[at + CELL.KIND] = kind;
    v[at + CELL.MEMBRANE] = traits.membrane * Math.exp(0.16 * normal(h >>> 12));
    v[at + CELL.CYTOPLASM] = traits.cytoplasm * stain;
    if (kind === KIND.MUSCLE || kind === KIND.MUSCLE_CUT) v[at + CELL.CYTOPLASM]! *= muscleTone(x, y);
    v[at + CELL.HASH] = hash;
    h = nextHash(h);
    const marker = field[MARKER]! * traits.puncta * Math.exp(0.75 * normal(h) - 0.28);
    v[at + CELL.PUNCTA] = Math.floor(marker + unit(nextHash(h)));
    v[at + CELL.PUNCTUM] = PUNCTUM * Math.exp(0.3 * normal(h >>> 12) - 0.045);
    if (kind === KIND.EPITHELIUM && unit(nextHash(h ^ 0x33)) < 0.3) {
      v[at + CELL.VACUOLE] = 15;
    }
    this.#nuclei.add(kind, row, x, y, cos, sin, nextHash(h ^ 0x77), id);
  }
}

/** Margin needed around a rectangle so that everything that touches it is found. */
export const SCENE_MARGIN = CELL_REACH;
