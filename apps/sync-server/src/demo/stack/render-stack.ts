import { expose } from "../camera.ts";
import { BODY, BODY_COLUMNS, Table } from "../cell-table.ts";
import type { StackChunk } from "../chunk-address.ts";
import { type Frame, frameOf } from "../frame.ts";
import { spot } from "../paint-cells.ts";
import { paintNuclei } from "../paint-nuclei.ts";
import { nextHash, normal, unit } from "../random.ts";
import { DEMO_SEED } from "../slide-shape.ts";
import { type Culture, type CultureCell, cultureAt, sectionAt } from "./culture.ts";
import { STACK } from "./stack-shape.ts";

const cultures = new Map<number, Culture>();

/** One chunk of the demo stack, row-major [y, x], counts. */
export function renderStack({ level, t, channel, z, y, x }: StackChunk): Uint16Array {
  let culture = cultures.get(t);
  if (!culture) {
    culture = cultureAt(DEMO_SEED, t);
    cultures.set(t, culture);
  }
  const frame = frameOf(level, y, x);
  const clean = new Float32Array(frame.size * frame.size).fill(channel === 0 ? 9 : 14);
  const height = z * STACK.planeUm;
  if (channel === 0) paintNuclei(frame, sectionAt(culture.solids, height), clean);
  else for (const cell of culture.cells) paintCell(frame, cell, height, t, clean);
  return expose(frame, clean, channel, DEMO_SEED, DEMO_SEED + 31 * (z + STACK.planes * t) + 7);
}

const glow = new Table(BODY_COLUMNS, 1);
const glowAt = glow.add();

/** Mitochondria: short threads around the nucleus, in a layer that thins towards the cell's rim. */
function paintCell(frame: Frame, cell: CultureCell, height: number, t: number, target: Float32Array): void {
  const left = frame.originX - cell.radius - 20;
  const top = frame.originY - cell.radius - 20;
  const span = frame.size * frame.scale + 2 * cell.radius + 40;
  if (cell.x < left || cell.y < top || cell.x > left + span || cell.y > top + span) return;
  const layer = (STACK.planeUm * (STACK.planes - 1)) / 2 - 0.6;
  const values = glow.values;
  values[glowAt + BODY.X] = cell.x;
  values[glowAt + BODY.Y] = cell.y;
  values[glowAt + BODY.COS] = 1;
  values[glowAt + BODY.A] = cell.radius * 0.85;
  values[glowAt + BODY.B] = cell.radius * 0.75;
  values[glowAt + BODY.SOFT] = cell.radius * 0.45;
  values[glowAt + BODY.BRIGHT] = 42 / (1 + ((height - layer) / 2.6) ** 2);
  values[glowAt + BODY.ROUGH] = 0.05;
  values[glowAt + BODY.HASH] = cell.hash;
  paintNuclei(frame, glow, target);

  let h = cell.hash;
  const threads = Math.round(cell.radius * 1.5);
  for (let n = 0; n < threads; n++) {
    h = nextHash(h);
    const angle = unit(h) * 6.283;
    const h2 = nextHash(h ^ 0x55);
    const out = cell.nucleus * 0.8 + (cell.radius - cell.nucleus * 0.8) * unit(h2) ** 1.4;
    // They wander from one time to the next.
    const wander = 3.5 * normal(nextHash(h2 + t));
    const direction = angle + 1.57 + 0.9 * normal(h2 >>> 8);
    const thick = 1.9 * (1 - out / (cell.radius * 1.15));
    const away = height - (layer + thick * normal(h2 >>> 16));
    const blurred = Math.abs(away);
    if (blurred > 3.4) continue;
    const sigma = 1.15 + 1.1 * blurred;
    const total = (2100 * (0.6 + 0.8 * unit(nextHash(h2)))) / (1 + blurred * blurred);
    const parts = 3 + (h2 & 3);
    const x = cell.x + out * Math.cos(angle) + wander;
    const y = cell.y + out * Math.sin(angle) - wander;
    for (let k = 0; k < parts; k++) {
      const along = (k - parts / 2) * 2.3;
      const bow = 0.06 * along * along * ((h2 & 8) === 0 ? 1 : -1);
      const px = x + along * Math.cos(direction) - bow * Math.sin(direction);
      const py = y + along * Math.sin(direction) + bow * Math.cos(direction);
      const width = Math.sqrt((sigma / frame.scale) ** 2 + (frame.scale > 1 ? 0.083 : 0));
      spot(frame, px, py, width, total / frame.scale ** 2, target);
    }
  }
}
