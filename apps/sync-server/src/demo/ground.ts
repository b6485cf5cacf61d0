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

/** What lies between the cells: fibres, empty lumens, bare glass. Electrons a pixel of one channel. */
export function paintGround(
  frame: Frame,
  map: TissueMap,
  structures: readonly Structure[],
  channel: number,
): Float32Array {
  const { size, scale } = frame;
  const out = new Float32Array(size * size);
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
  const lumen = markInsides(structures, grid);
  const level = Math.min(3, frame.level);
  const streaks = textures()[STREAKS]!;
  const streakTexels = streaks.levels[level]!;
  const streakSide = streaks.side >> level;
  const mottle = textures()[MOTTLE]!;
  const mottleTexels = mottle.levels[level]!;
  const mottleSide = mottle.side >> level;
  const textured = frame.level <= 3;

  for (let bj = 0; bj < nodes - 1; bj++) {
    for (let bi = 0; bi < nodes - 1; bi++) {
      const n = bj * nodes + bi;
      // Directions of fibres repeat after half a turn: the block's corners are brought next to each other.
      const t00 = turn[n]!;
      const t10 = t00 + nearestTurn(turn[n + 1]! - t00);
      const t01 = t00 + nearestTurn(turn[n + nodes]! - t00);
      const t11 = t00 + nearestTurn(turn[n + nodes + 1]! - t00);
      for (let jj = 0; jj < step; jj++) {
        const fy = (jj + 0.5) / step;
        const j = bj * step + jj;
        for (let ii = 0; ii < step; ii++) {
          const fx = (ii + 0.5) / step;
          const i = bi * step + ii;
          const p = j * size + i;
          const border = lerp2(edge, n, nodes, fx, fy);
          const inside = smoothstep(-5 - scale, 5 + scale, border);
          const within = lumen[p]!;
          if (inside === 0 && within === 0) {
            out[p] = 1.2;
            continue;
          }
          let texture = 0;
          if (textured) {
            const gx = frame.firstX + i;
            const gy = frame.firstY + j;
            if (within === 0) {
              const low = t00 + fx * (t10 - t00);
              const angle = low + fy * (t01 + fx * (t11 - t01) - low) + 2 * DIRECTIONS;
              const direction = Math.floor(angle);
              const mix = angle - direction;
              const c0 = COS[direction % DIRECTIONS]!;
              const s0 = SIN[direction % DIRECTIONS]!;
              const c1 = COS[(direction + 1) % DIRECTIONS]!;
              const s1 = SIN[(direction + 1) % DIRECTIONS]!;
              const t0 =
                streakTexels[
                  (Math.floor(gy * c0 - gx * s0) & (streakSide - 1)) * streakSide +
                    (Math.floor(gx * c0 + gy * s0) & (streakSide - 1))
                ]!;
              const t1 =
                streakTexels[
                  (Math.floor(gy * c1 - gx * s1) & (streakSide - 1)) * streakSide +
                    (Math.floor(gx * c1 + gy * s1) & (streakSide - 1))
                ]!;
              const blotch = mottleTexels[(gy & (mottleSide - 1)) * mottleSide + (gx & (mottleSide - 1))]!;
              texture =
                lerp2(fibrous, n, nodes, fx, fy) * (t0 + mix * (t1 - t0)) +
                lerp2(clotted, n, nodes, fx, fy) * blotch;
            } else {
              texture = 0.3 * mottleTexels[(gy & (mottleSide - 1)) * mottleSide + (gx & (mottleSide - 1))]!;
            }
          }
          const level = within === 0 ? lerp2(base, n, nodes, fx, fy) * inside : LUMEN[channel]![within - 1]!;
          out[p] = 1.2 + level * Math.max(0.05, 1 + texture);
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

export function lerp2(grid: Float32Array, n: number, nodes: number, fx: number, fy: number): number {
  const top = grid[n]! + fx * (grid[n + 1]! - grid[n]!);
  const low = grid[n + nodes]! + fx * (grid[n + nodes + 1]! - grid[n + nodes]!);
  return top + fy * (low - top);
}

/** A difference of directions as the shortest way, at most half of `DIRECTIONS`. */
function nearestTurn(difference: number): number {
  return difference - Math.round(difference / DIRECTIONS) * DIRECTIONS;
}
