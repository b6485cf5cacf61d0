/**
 * Prints the table of `kind-totals.ts`: paints many chunks of the second level,
 * and adds up what the cells of each kind got. Run with Node by hand.
 */
import { BODY, BODY_COLUMNS, CELL, CELL_COLUMNS, KIND, KIND_COUNT } from "./cell-table.ts";
import { makeScene, SCENE_MARGIN } from "./cells.ts";
import { frameOf } from "./frame.ts";
import { paintCytoplasm, paintMembranes } from "./paint-cells.ts";
import { paintCoverage } from "./paint-nuclei.ts";
import { hash2 } from "./random.ts";
import { CHUNK, DEMO_SEED, SLIDE_SIZE } from "./slide-shape.ts";
import { findTerritories } from "./territories.ts";
import { makeTissueMap } from "./tissue.ts";

const LEVEL = 1;
/** Any brightness of the ground: what is left of it tells how much a soft border covers. */
const GROUND = 1000;
const map = makeTissueMap(DEMO_SEED);
const count = new Float64Array(KIND_COUNT);
const sums = {
  area: new Float64Array(KIND_COUNT),
  membrane: new Float64Array(KIND_COUNT),
  cytoplasm: new Float64Array(KIND_COUNT),
  dna: new Float64Array(KIND_COUNT),
};
const chunks = SLIDE_SIZE / CHUNK / 2 ** LEVEL;
for (let n = 0; n < Number(process.argv[2] ?? 400); n++) {
  const frame = frameOf(LEVEL, hash2(1, n, 0) % chunks, hash2(2, n, 0) % chunks);
  const span = frame.size * frame.scale;
  const scene = makeScene(
    map,
    frame.originX - SCENE_MARGIN,
    frame.originY - SCENE_MARGIN,
    frame.originX + span + SCENE_MARGIN,
    frame.originY + span + SCENE_MARGIN,
  );
  const v = scene.cells.values;
  const kindOf = (row: number): number => v[row * CELL_COLUMNS + CELL.KIND]!;
  // Sums over all pixels against centres inside: what a cell loses at one border, another gains.
  for (let row = 0; row < scene.cells.count; row++) {
    const x = v[row * CELL_COLUMNS + CELL.X]! - frame.originX;
    const y = v[row * CELL_COLUMNS + CELL.Y]! - frame.originY;
    if (x >= 0 && y >= 0 && x < span && y < span) count[kindOf(row)]!++;
  }
  const b = scene.bodies.values;
  for (let row = 0; row < scene.bodies.count; row++) {
    const at = row * BODY_COLUMNS;
    const x = b[at + BODY.X]! - frame.originX;
    const y = b[at + BODY.Y]! - frame.originY;
    if (x >= 0 && y >= 0 && x < span && y < span)
      sums.dna[kindOf(b[at + BODY.OWNER]!)]! +=
        Math.PI * b[at + BODY.A]! * b[at + BODY.B]! * b[at + BODY.BRIGHT]!;
  }
  const land = findTerritories(frame, scene.cells);
  const nuclei = new Float32Array(CHUNK * CHUNK);
  paintCoverage(frame, scene.bodies, nuclei);
  const cytoplasm = new Float32Array(CHUNK * CHUNK);
  const membranes = new Float32Array(CHUNK * CHUNK);
  paintCytoplasm(frame, scene.cells, land, nuclei, cytoplasm);
  const overGround = new Float32Array(CHUNK * CHUNK).fill(GROUND);
  paintCytoplasm(frame, scene.cells, land, nuclei, overGround);
  paintMembranes(frame, scene.cells, land, membranes);
  const pixel = frame.scale ** 2;
  for (let p = 0; p < land.owner.length; p++) {
    const o = land.owner[p]!;
    if (o < 0) continue;
    const kind = kindOf(o);
    sums.area[kind]! += (1 - (overGround[p]! - cytoplasm[p]!) / GROUND) * pixel;
    sums.membrane[kind]! += membranes[p]! * pixel;
    sums.cytoplasm[kind]! += cytoplasm[p]! * pixel;
  }
}
const names = Object.keys(KIND);
for (let k = 0; k < KIND_COUNT; k++) {
  const n = Math.max(1, count[k]!);
  const mean = (s: Float64Array): number => Math.round(s[k]! / n);
  console.log(
    `  // ${names[k]} (${count[k]})\n  { area: ${mean(sums.area)}, membrane: ${mean(sums.membrane)}, cytoplasm: ${mean(sums.cytoplasm)}, dna: ${mean(sums.dna)} },`,
  );
}
