import { BODY, BODY_COLUMNS, Table } from "../cell-table.ts";
import { noise2 } from "../noise.ts";
import { hash2, nextHash, normal, unit } from "../random.ts";
import { CLUMPED_CHROMATIN, VESICULAR_CHROMATIN } from "../textures.ts";
import { STACK } from "./stack-shape.ts";

/** One body of DNA in space: an ellipsoid around (x, y) pixels and z µm above the first plane. */
interface Solid {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Half axes: pixels, pixels, µm. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly angle: number;
  readonly bright: number;
  readonly rough: number;
  readonly bend: number;
  readonly condensed: boolean;
  readonly hash: number;
}

/** A cell's cytoplasm, for its mitochondria. */
export interface CultureCell {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly nucleus: number;
  readonly hash: number;
}

export interface Culture {
  readonly solids: readonly Solid[];
  readonly cells: readonly CultureCell[];
}

const SPACING = 118;
const MIDDLE_UM = (STACK.planeUm * (STACK.planes - 1)) / 2;

/** The whole dish at one time. Cells crawl, some divide: the same cell at every time, moved. */
export function cultureAt(seed: number, t: number): Culture {
  const solids: Solid[] = [];
  const cells: CultureCell[] = [];
  const count = Math.ceil(STACK.size / SPACING) + 1;
  for (let j = -1; j < count; j++) {
    for (let i = -1; i < count; i++) {
      const hash = hash2(seed + 4000, i, j);
      const crowd = 0.72 + 0.5 * noise2(seed + 4001, i / 5, j / 5);
      if (unit(hash) > crowd) continue;
      grow(seed, t, i, j, nextHash(hash), solids, cells);
    }
  }
  return { solids, cells };
}

function grow(
  seed: number,
  t: number,
  i: number,
  j: number,
  hash: number,
  solids: Solid[],
  cells: CultureCell[],
): void {
  let h = hash;
  const next = (): number => {
    h = nextHash(h);
    return unit(h);
  };
  const phase = 500 * next();
  const x =
    (i + 0.5 + 0.5 * (j & 1) + 0.6 * (next() - 0.5)) * SPACING +
    44 * noise2(seed + 4002, phase + t * 0.13, 0.3);
  const y = (j + 0.5 + 0.6 * (next() - 0.5)) * SPACING + 44 * noise2(seed + 4003, phase + t * 0.13, 7.7);
  const angle = 6.283 * next() + 0.8 * noise2(seed + 4004, phase + t * 0.1, 2.2);
  const z = MIDDLE_UM + 1.1 * normal(nextHash(h ^ 5)) + 1.6 * noise2(seed + 4005, x / 600, y / 600);
  const size = Math.exp(0.12 * normal(nextHash(h ^ 6)));
  const bright = 520 * Math.exp(0.25 * normal(nextHash(h ^ 7))) * 0.975 ** t;
  const common = { rough: 0.035, bend: 0, condensed: false, hash: nextHash(h ^ 8) };
  // Three in ten divide while they are watched.
  const division = next() < 0.3 ? -1 + (STACK.times + 2) * next() : 1e9;
  const since = t - division;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  if (since < -0.9) {
    solids.push({ ...common, x, y, z, a: 25 * size, b: 19.5 * size, c: 2.9 * size, angle, bright });
    cells.push({ x, y, radius: 56 * size, nucleus: 25 * size, hash: common.hash });
  } else if (since < -0.35) {
    solids.push({
      ...common,
      x,
      y,
      z: z + 0.8,
      a: 21,
      b: 20,
      c: 3.6,
      angle,
      bright: bright * 1.5,
      condensed: true,
    });
    cells.push({ x, y, radius: 44, nucleus: 24, hash: common.hash });
  } else if (since < 0.15) {
    solids.push({
      ...common,
      x,
      y,
      z: z + 1.4,
      a: 21,
      b: 6,
      c: 4.2,
      angle,
      bright: bright * 2.6,
      rough: 0.09,
      condensed: true,
    });
    cells.push({ x, y, radius: 38, nucleus: 22, hash: common.hash });
  } else {
    // From two plates to two daughters that spread and settle.
    const apart = 13 + 30 * (1 - Math.exp(-(since - 0.15) / 1.1));
    const settled = 1 - Math.exp(-Math.max(0, since - 0.6) / 1.4);
    for (const side of [-1, 1]) {
      const dx = x - side * apart * s;
      const dy = y + side * apart * c;
      const solid = {
        ...common,
        hash: side < 0 ? common.hash : nextHash(common.hash),
        x: dx,
        y: dy,
        z: z + 1.2 * (1 - settled),
        a: 16 + 5 * settled * size,
        b: 5.5 + 10.5 * settled,
        c: 3.4 - 0.6 * settled,
        angle,
        bright: bright * (2.3 - 1.3 * settled),
        bend: settled < 0.4 ? -side * 0.012 : 0,
        condensed: settled < 0.4,
      };
      solids.push(solid);
      cells.push({ x: dx, y: dy, radius: 30 + 18 * settled, nucleus: 17 + 3 * settled, hash: solid.hash });
    }
  }
}

/** What the plane at `z` µm shows of the solids: their section, or their blur from above and below. */
export function sectionAt(solids: readonly Solid[], z: number): Table {
  const bodies = new Table(BODY_COLUMNS, solids.length);
  for (const solid of solids) {
    const away = Math.abs(z - solid.z);
    const blurred = Math.max(0, away - 0.45 * solid.c);
    const bright = solid.bright / (1 + (blurred / 2.1) ** 2);
    if (bright < 4) continue;
    const section = away < solid.c ? Math.sqrt(1 - 0.8 * (away / solid.c) ** 2) : 0.45;
    const at = bodies.add();
    const v = bodies.values;
    v[at + BODY.X] = solid.x;
    v[at + BODY.Y] = solid.y;
    v[at + BODY.COS] = Math.cos(solid.angle);
    v[at + BODY.SIN] = Math.sin(solid.angle);
    v[at + BODY.A] = solid.a * section;
    v[at + BODY.B] = solid.b * section;
    v[at + BODY.BEND] = solid.bend;
    v[at + BODY.ROUGH] = solid.rough;
    v[at + BODY.SOFT] = 1.7 + 3 * blurred;
    v[at + BODY.BRIGHT] = bright;
    v[at + BODY.TEXTURE] = solid.condensed ? CLUMPED_CHROMATIN : VESICULAR_CHROMATIN;
    v[at + BODY.CONTRAST] = (solid.condensed ? 0.34 : 0.26) / (1 + 1.5 * blurred * blurred);
    v[at + BODY.HASH] = solid.hash;
    v[at + BODY.OWNER] = -1;
  }
  return bodies;
}
