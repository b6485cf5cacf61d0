import { scratch } from "./buffers.ts";
import type { Frame } from "./frame.ts";
import { raggedEdge } from "./habitat.ts";
import { noise2, smoothstep } from "./noise.ts";
import { markInsides, type Structure } from "./structures.ts";
import { MOTTLE, STREAKS, textures } from "./textures.ts";
import {
  EDGE,
  FAT,
  FIBRE_X,
  FIBRE_Y,
  FIELD_COUNT,
  FOLLICLE,
  MUSCLE_ACROSS,
  MUSCLE_ALONG,
  NECROSIS,
  type TissueMap,
  TUMOUR,
  tissueAt,
} from "./tissue.ts";

const field = new Float64Array(FIELD_COUNT);
const DIRECTIONS = 16;
const COS = Float64Array.from({ length: DIRECTIONS }, (_, k) => Math.cos((k * Math.PI) / DIRECTIONS));
const SIN = Float64Array.from({ length: DIRECTIONS }, (_, k) => Math.sin((k * Math.PI) / DIRECTIONS));

/** Electrons a pixel between cells, per channel: [connective tissue, muscle, fat, follicle, necrosis]. */
const BETWEEN: readonly (readonly number[])[] = [
  [12, 10, 3, 18, 64],
  [92, 100, 60, 60, 50],
  [52, 120, 9, 40, 150],
  [14, 18, 4, 12, 34],
];
/** Electrons a pixel inside crypts, tumour glands and vessels, per channel. */
const LUMEN: readonly (readonly number[])[] = [
  [4, 10, 3],
  [10, 14, 7],
  [24, 46, 22],
  [6, 9, 5],
];

/** Electrons a pixel on bare glass. */
const GLASS = 1.2;

/** What lies between the cells: fibres, empty lumens, bare glass. Electrons a pixel of one channel, in a scratch array. */
export function paintGround(
  frame: Frame,
  map: TissueMap,
  structures: readonly Structure[],
  channel: number,
): Float32Array {
  const { size, scale } = frame;
  const out = scratch("clean", size * size);
  const step = nodeStep(frame.level);
  const nodes = size / step + 1;
  const edge = new Float32Array(nodes * nodes);
  const base = new Float32Array(nodes * nodes);
  const fibrous = new Float32Array(nodes * nodes);
  const clotted = new Float32Array(nodes * nodes);
  const turn = new Float32Array(nodes * nodes);
  const between = BETWEEN[channel]!;
  for (let j = 0; j < nodes; j++) {
    for (let i = 0; i < nodes; i++) {
      const x = frame.originX + i * step * scale;
      const y = frame.originY + j * step * scale;
      tissueAt(map, x, y, field);
      const n = j * nodes + i;
      edge[n] = raggedEdge(field[EDGE]!, x, y);
      const muscle = Math.max(field[MUSCLE_ALONG]!, field[MUSCLE_ACROSS]!);
      const lymphoid = smoothstep(-0.05, 0.05, field[FOLLICLE]!);
      let level = between[0]!;
      level += muscle * (between[1]! - level);
      level += smoothstep(0.4, 0.6, field[FAT]!) * (between[2]! - level);
      level += lymphoid * (between[3]! - level);
      level += field[NECROSIS]! * (between[4]! - level);
      // Collagen lies in bundles.
      const bundles = 0.34 - Math.abs(noise2(80, x / 620, y / 620));
      base[n] = level * (1 + 0.3 * noise2(79, x / 1500, y / 1500) + 0.8 * bundles);
      clotted[n] = 0.05 + 0.3 * field[NECROSIS]!;
      fibrous[n] = (1 - lymphoid) * (1 - 0.85 * field[NECROSIS]!) * (field[TUMOUR]! > 0 ? 0.4 : 0.33);
      const angle = Math.atan2(field[FIBRE_Y]!, field[FIBRE_X]!) + 0.5 * noise2(57, x / 420, y / 420);
      turn[n] = (angle / Math.PI) * DIRECTIONS;
      turn[n]! -= Math.floor(turn[n]! / DIRECTIONS) * DIRECTIONS;
    }
  }
  const grid = {
    originX: frame.originX + scale / 2,
    originY: frame.originY + scale / 2,
    step: scale,
    width: size,
    height: size,
  };
  // The border of the lumen hides under the middle of the wall.
  const lumen = markInsides(structures, grid, 0.5);
  const level = Math.min(3, frame.level);
  const streaks = textures()[STREAKS]!;
  const streakTexels = streaks.levels[level]!;
  const streakWrap = (streaks.side >> level) - 1;
  const mottle = textures()[MOTTLE]!;
  const mottleTexels = mottle.levels[level]!;
  const mottleSide = mottle.side >> level;
  const mottleWrap = mottleSide - 1;
  const textured = frame.level <= 3;
  const soft = 5 + scale;

  const lumens = LUMEN[channel]!;
  for (let bj = 0; bj < nodes - 1; bj++) {
    for (let bi = 0; bi < nodes - 1; bi++) {
      const n = bj * nodes + bi;
      const highest = Math.max(edge[n]!, edge[n + 1]!, edge[n + nodes]!, edge[n + nodes + 1]!);
      const lowest = Math.min(edge[n]!, edge[n + 1]!, edge[n + nodes]!, edge[n + nodes + 1]!);
      // Directions of fibres repeat after half a turn: the block's corners are brought next to each other.
      const t00 = turn[n]!;
      const t10 = t00 + nearestTurn(turn[n + 1]! - t00);
      const t01 = t00 + nearestTurn(turn[n + nodes]! - t00);
      const t11 = t00 + nearestTurn(turn[n + nodes + 1]! - t00);
      for (let jj = 0; jj < step; jj++) {
        const fy = (jj + 0.5) / step;
        const j = bj * step + jj;
        // Along a row of a block everything slow is a straight line.
        const base0 = base[n]! + fy * (base[n + nodes]! - base[n]!);
        const base1 = base[n + 1]! + fy * (base[n + nodes + 1]! - base[n + 1]!);
        const edge0 = edge[n]! + fy * (edge[n + nodes]! - edge[n]!);
        const edge1 = edge[n + 1]! + fy * (edge[n + nodes + 1]! - edge[n + 1]!);
        const turn0 = t00 + fy * (t01 - t00) + 2 * DIRECTIONS;
        const turn1 = t10 + fy * (t11 - t10) + 2 * DIRECTIONS;
        const fibrous0 = fibrous[n]!;
        const clotted0 = clotted[n]!;
        const gy = frame.firstY + j;
        const mottleRow = (gy & mottleWrap) * mottleSide;
        for (let ii = 0; ii < step; ii++) {
          const fx = (ii + 0.5) / step;
          const i = bi * step + ii;
          const p = j * size + i;
          const gx = frame.firstX + i;
          const within = lumen[p]!;
          if (within !== 0) {
            const texture = textured ? 0.3 * mottleTexels[mottleRow + (gx & mottleWrap)]! : 0;
            out[p] = GLASS + lumens[within - 1]! * Math.max(0.05, 1 + texture);
            continue;
          }
          if (highest <= -soft) {
            out[p] = GLASS;
            continue;
          }
          const inside = lowest >= soft ? 1 : smoothstep(-soft, soft, edge0 + fx * (edge1 - edge0));
          const level = (base0 + fx * (base1 - base0)) * inside;
          let texture = 0;
          if (textured) {
            const angle = turn0 + fx * (turn1 - turn0);
            const direction = Math.floor(angle);
            const near = streakAt(streakTexels, streakWrap, direction, gx, gy);
            const far = streakAt(streakTexels, streakWrap, direction + 1, gx, gy);
            const blotch = mottleTexels[mottleRow + (gx & mottleWrap)]!;
            texture = fibrous0 * (near + (angle - direction) * (far - near)) + clotted0 * blotch;
          }
          out[p] = GLASS + level * Math.max(0.05, 1 + texture);
        }
      }
    }
  }
  return out;
}

/** Pixels between the nodes at which slow fields are evaluated: never wider than the tissue map's own nodes. */
export function nodeStep(level: number): number {
  return level <= 3 ? 16 : level === 4 ? 8 : level <= 6 ? 4 : 2;
}

/** The fibre texture turned to one of the directions. */
function streakAt(texels: Float32Array, wrap: number, direction: number, x: number, y: number): number {
  const c = COS[direction & (DIRECTIONS - 1)]!;
  const s = SIN[direction & (DIRECTIONS - 1)]!;
  const u = Math.floor(x * c + y * s) & wrap;
  return texels[(Math.floor(y * c - x * s) & wrap) * (wrap + 1) + u]!;
}

/** A difference of directions as the shortest way, at most half of `DIRECTIONS`. */
function nearestTurn(difference: number): number {
  return difference - Math.round(difference / DIRECTIONS) * DIRECTIONS;
}
