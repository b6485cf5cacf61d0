import { foldAt } from "./artefacts.ts";
import type { Frame } from "./frame.ts";
import { nodeStep } from "./ground.ts";
import { noise2 } from "./noise.ts";
import { hash2, NORMALS, unit } from "./random.ts";

/** Counts that an unlit pixel reads. */
export const OFFSET = 100;
/** Counts per electron. */
const GAIN = 2.2;
/** Read noise, electrons. */
const READ_NOISE = 1.8;

/** Side of one camera field, in pixels; the slide is stitched from them. */
const FIELD = 2048;
/** Light lost in a field's corners. */
const VIGNETTE = 0.06;

/**
 * What the camera makes of a clean picture (electrons a pixel): uneven light in
 * every stitched field, shot and read noise, offset, 16 bits. A pixel of a
 * coarser level is the mean of many, and has so much less noise. `noiseSeed`
 * tells exposures of the same place apart.
 */
export function expose(
  frame: Frame,
  clean: Float32Array,
  channel: number,
  seed: number,
  noiseSeed: number = seed,
): Uint16Array {
  const { size, scale } = frame;
  const out = new Uint16Array(size * size);
  const step = nodeStep(frame.level);
  const stain = stainNodes(frame, step, channel, seed);
  const nodes = size / step + 1;
  const stainRow = new Float32Array(nodes);
  const shade = new Float32Array(size);
  const fieldX = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const x = frame.originX + (i + 0.5) * scale;
    fieldX[i] = Math.floor(x / FIELD);
    const t = (x / FIELD - fieldX[i]! - 0.5) * 2;
    shade[i] = 0.5 * VIGNETTE * t * t;
  }
  const noise = 1 / scale;
  const light = new Float32Array(fieldX[size - 1]! - fieldX[0]! + 1);
  let row = -1;
  for (let j = 0; j < size; j++) {
    const y = frame.originY + (j + 0.5) * scale;
    const fieldY = Math.floor(y / FIELD);
    const t = (y / FIELD - fieldY - 0.46) * 2;
    const shadeY = 0.5 * VIGNETTE * t * t;
    if (fieldY !== row) {
      row = fieldY;
      for (let k = 0; k < light.length; k++) {
        light[k] = 1 + 0.025 * (unit(hash2(seed + 500 + channel, fieldX[0]! + k, fieldY)) - 0.5);
      }
    }
    const node = Math.floor((j + 0.5) / step) * nodes;
    const down = ((j + 0.5) / step) % 1;
    for (let k = 0; k < nodes; k++)
      stainRow[k] = stain[node + k]! + down * (stain[node + nodes + k]! - stain[node + k]!);
    const rowSeed = hash2(noiseSeed + 600 + channel + 16 * frame.level, frame.firstY + j, frame.firstX);
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const across = (i + 0.5) / step;
      const k = Math.floor(across);
      const stained = stainRow[k]! + (across - k) * (stainRow[k + 1]! - stainRow[k]!);
      const lit = light[fieldX[i]! - fieldX[0]!]! * (1 - shade[i]! - shadeY) * stained;
      const electrons = clean[p]! * lit;
      let h = Math.imul(rowSeed + i, 0x7feb352d);
      h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
      const sigma = Math.sqrt(electrons + READ_NOISE * READ_NOISE) * noise;
      const counts = OFFSET + GAIN * (electrons + sigma * NORMALS[(h >>> 16) & 4095]!);
      out[p] = counts < 0 ? 0 : counts > 65535 ? 65535 : counts + 0.5;
    }
  }
  return out;
}

/** How unevenly the slide took each stain; antibodies far more so than DAPI. */
const UNEVEN = [0.1, 0.42, 0.36, 0.15];

/** Uneven staining, and tissue that lies double where the section is folded: factors at every `step` pixels. */
function stainNodes(frame: Frame, step: number, channel: number, seed: number): Float32Array {
  const { size, scale } = frame;
  const nodes = size / step + 1;
  const grid = new Float32Array(nodes * nodes);
  const depth = UNEVEN[channel]!;
  for (let j = 0; j < nodes; j++) {
    for (let i = 0; i < nodes; i++) {
      const x = frame.originX + i * step * scale;
      const y = frame.originY + j * step * scale;
      const slow = noise2(seed + 520 + channel, x / 7500, y / 7500);
      const medium = noise2(seed + 530 + channel, x / 2300, y / 2300);
      grid[j * nodes + i] = (1 + depth * slow + 0.4 * depth * medium) * (1 + 0.85 * foldAt(x, y));
    }
  }
  return grid;
}
