import { BODY, BODY_COLUMNS, CELL, CELL_COLUMNS, KIND } from "./cell-table.ts";
import { makeScene, SCENE_MARGIN } from "./cells.ts";
import { emptyHarmonics, radiusAt, readHarmonics } from "./outline.ts";
import { DEMO_SEED } from "./slide-shape.ts";
import { makeTissueMap } from "./tissue.ts";

/** A nucleus as the slide was painted from: the ground truth. Lengths in full-resolution pixels. */
export interface Nucleus {
  /** Its value in the label image. */
  readonly id: number;
  readonly x: number;
  readonly y: number;
  /** Outline, flat x0, y0, x1, y1, …, not closed; parts overlapped by a neighbour are not cut away. */
  readonly outline: readonly number[];
  readonly area: number;
  /** Kind of cell, in lower case: "tumour", "lymphocyte", … */
  readonly cell: string;
}

export interface Rect {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

const KIND_NAMES = Object.keys(KIND).map((name) => name.toLowerCase().replace("_", "-"));
const OUTLINE_POINTS = 48;

/** Gives the nuclei whose centre lies in a rectangle. Takes some hundred milliseconds to make. */
export function demoNuclei(seed: number = DEMO_SEED): { nucleiIn(rect: Rect): Nucleus[] } {
  const map = makeTissueMap(seed);
  const shape = emptyHarmonics();

  function nucleiIn(rect: Rect): Nucleus[] {
    // A nucleus may lie off its cell's centre, which is what a scene is asked for.
    const m = SCENE_MARGIN;
    const scene = makeScene(map, rect.minX - m, rect.minY - m, rect.maxX + m, rect.maxY + m);
    const v = scene.bodies.values;
    const found: Nucleus[] = [];
    for (let n = 0; n < scene.bodies.count; n++) {
      const at = n * BODY_COLUMNS;
      const id = v[at + BODY.ID]!;
      const x = v[at + BODY.X]!;
      const y = v[at + BODY.Y]!;
      if (id === 0 || x < rect.minX || x >= rect.maxX || y < rect.minY || y >= rect.maxY) continue;
      readHarmonics(v, at, shape);
      const a = v[at + BODY.A]!;
      const b = v[at + BODY.B]!;
      const cos = v[at + BODY.COS]!;
      const sin = v[at + BODY.SIN]!;
      const bend = v[at + BODY.BEND]!;
      const outline: number[] = [];
      for (let k = 0; k < OUTLINE_POINTS; k++) {
        const angle = (k / OUTLINE_POINTS) * 2 * Math.PI;
        const c = Math.cos(angle);
        const s = Math.sin(angle);
        const r = radiusAt(shape, c, s);
        const u = a * r * c;
        const w = b * r * s + bend * u * u - (bend * a * a) / 4;
        outline.push(x + u * cos - w * sin, y + u * sin + w * cos);
      }
      const kind = scene.cells.values[v[at + BODY.OWNER]! * CELL_COLUMNS + CELL.KIND]!;
      found.push({ id, x, y, outline, area: Math.PI * a * b * shape.area, cell: KIND_NAMES[kind]! });
    }
    return found;
  }

  return { nucleiIn };
}
