import { scratch } from "./buffers.ts";
import { makeScene, SCENE_MARGIN, type Scene } from "./cells.ts";
import { takeCensus } from "./census.ts";
import { estimate } from "./estimate.ts";
import type { Frame } from "./frame.ts";
import { paintGround } from "./ground.ts";
import { GROUND_IN_CELLS } from "./paint-cells.ts";
import { paintNuclei } from "./paint-nuclei.ts";
import { blur, coverOf, type Splat, signalOf, splatScene } from "./splat.ts";
import { type Structure, structuresIn } from "./structures.ts";
import type { TissueMap } from "./tissue.ts";

/** Light from above and below the plane of focus: its share, and how far it spreads in full-resolution pixels. */
export const HAZE = [0.2, 0.12, 0.16, 0.06];
export const HAZE_SIGMA = 34;

/** Pixels around a chunk that take part in its haze, at a step of 16 or more. */
export const HAZE_MARGIN = 8;

/** What the channels of a coarse chunk have in common. */
export interface Survey {
  readonly structures: readonly Structure[];
  /** Null where cells aren't made one by one. */
  readonly scene: Scene | null;
  readonly splat: Splat;
  /** Share of each pixel that is covered by cells; made with the first channel. */
  cover?: Float32Array;
}

/** Levels from 4 up, where a cell is two pixels wide or less: adds up cells, counts them, and at last only expects them. */
export function survey(frame: Frame, map: TissueMap): Survey {
  const { scale } = frame;
  const margin = HAZE_MARGIN * scale;
  const span = frame.size * scale;
  const grid = {
    originX: frame.originX - margin,
    originY: frame.originY - margin,
    step: scale,
    width: frame.size + 2 * HAZE_MARGIN,
    height: frame.size + 2 * HAZE_MARGIN,
  };
  const structures = structuresIn(
    map,
    grid.originX,
    grid.originY,
    grid.originX + span + 2 * margin,
    grid.originY + span + 2 * margin,
  );
  if (frame.level > 5) return { structures, scene: null, splat: estimate(map, structures, grid) };
  if (frame.level > 4) return { structures, scene: null, splat: takeCensus(map, structures, grid) };
  const scene = makeScene(
    map,
    frame.originX - SCENE_MARGIN,
    frame.originY - SCENE_MARGIN,
    frame.originX + span + SCENE_MARGIN,
    frame.originY + span + SCENE_MARGIN,
  );
  return { structures: scene.structures, scene, splat: splatScene(scene, grid) };
}

/** Clean electrons of one channel of a surveyed chunk. */
export function paintSurvey(frame: Frame, map: TissueMap, found: Survey, channel: number): Float32Array {
  const { size, scale } = frame;
  const { splat } = found;
  const { width, height } = splat.grid;
  found.cover ??= coverOf(splat);
  const { cover } = found;
  const signal = signalOf(splat, channel);
  const out = paintGround(frame, map, found.structures, channel);
  const hazy = scratch("hazy", signal.length);
  hazy.set(signal);
  blur(hazy, width, height, HAZE_SIGMA / scale);
  const displaced = channel === 2 ? 1 : channel === 1 ? 1 - GROUND_IN_CELLS : 0;
  // Crisp nuclei where they can still be drawn.
  const drawn = channel === 0 && found.scene !== null;
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const q = (j + HAZE_MARGIN) * width + i + HAZE_MARGIN;
      // Cells take the place of what lies between them.
      out[p]! *= 1 - displaced * cover[q]!;
      out[p]! += (drawn ? 0 : signal[q]!) + HAZE[channel]! * hazy[q]!;
    }
  }
  if (drawn) paintNuclei(frame, found.scene.bodies, out);
  return out;
}
