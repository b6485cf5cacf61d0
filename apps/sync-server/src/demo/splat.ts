import { float32Stock, scratch } from "./buffers.ts";
import { BODY, BODY_COLUMNS, CELL, CELL_COLUMNS, KIND } from "./cell-table.ts";
import type { Scene } from "./cells.ts";
import { KIND_TOTALS } from "./kind-totals.ts";
import { KINDS } from "./kinds.ts";

/** A coarse raster in which cells are not drawn but added up. Point (i, j) is a pixel with its corner at origin + step·(i, j). */
export interface SplatGrid {
  readonly originX: number;
  readonly originY: number;
  readonly step: number;
  readonly width: number;
  readonly height: number;
}

/** What is added up, interleaved: electrons × full-resolution pixels, and for `AREA` full-resolution pixels. */
export const SUM = { DNA: 0, AREA: 1, MEMBRANE: 2, CYTOPLASM: 3, PUNCTA: 4 } as const;
export const SUM_COUNT = 5;

export interface Splat {
  readonly grid: SplatGrid;
  /** [y, x, sum] */
  readonly sums: Float32Array;
}

export function emptySplat(grid: SplatGrid): Splat {
  return { grid, sums: float32Stock.take(grid.width * grid.height * SUM_COUNT) };
}

/** Half width of a typical nucleus, in full-resolution pixels. */
const NUCLEUS = 10;

/** Adds a nucleus' fluorescence: a block of its size, shared out between the pixels that it covers. */
export function depositDna(out: Splat, x: number, y: number, dna: number): void {
  const { grid, sums } = out;
  const px = (x - grid.originX) / grid.step - 0.5;
  const py = (y - grid.originY) / grid.step - 0.5;
  const i = Math.floor(px);
  const j = Math.floor(py);
  if (i < 0 || j < 0 || i + 1 >= grid.width || j + 1 >= grid.height) return;
  const steep = Math.max(1, grid.step / (2 * NUCLEUS));
  const fx = Math.min(1, Math.max(0, 0.5 + (px - i - 0.5) * steep));
  const fy = Math.min(1, Math.max(0, 0.5 + (py - j - 0.5) * steep));
  const p = (j * grid.width + i) * SUM_COUNT + SUM.DNA;
  const q = p + grid.width * SUM_COUNT;
  sums[p]! += dna * (1 - fx) * (1 - fy);
  sums[p + SUM_COUNT]! += dna * fx * (1 - fy);
  sums[q]! += dna * (1 - fx) * fy;
  sums[q + SUM_COUNT]! += dna * fx * fy;
}

/** Gives the memory back: the splat must not be used any more. */
export function releaseSplat(splat: Splat): void {
  float32Stock.give(splat.sums);
}

const values = new Float64Array(SUM_COUNT);

/** Adds the five sums, shared out between the four pixels around a point. */
export function deposit(
  out: Splat,
  x: number,
  y: number,
  dna: number,
  area: number,
  membrane: number,
  cytoplasm: number,
  puncta: number,
): void {
  const { grid, sums } = out;
  const px = (x - grid.originX) / grid.step - 0.5;
  const py = (y - grid.originY) / grid.step - 0.5;
  const i = Math.floor(px);
  const j = Math.floor(py);
  if (i < 0 || j < 0 || i + 1 >= grid.width || j + 1 >= grid.height) return;
  const fx = px - i;
  const fy = py - j;
  values[0] = dna;
  values[1] = area;
  values[2] = membrane;
  values[3] = cytoplasm;
  values[4] = puncta;
  const p = (j * grid.width + i) * SUM_COUNT;
  const q = p + grid.width * SUM_COUNT;
  const w00 = (1 - fx) * (1 - fy);
  const w10 = fx * (1 - fy);
  const w01 = (1 - fx) * fy;
  const w11 = fx * fy;
  for (let k = 0; k < SUM_COUNT; k++) {
    const value = values[k]!;
    sums[p + k]! += value * w00;
    sums[p + SUM_COUNT + k]! += value * w10;
    sums[q + k]! += value * w01;
    sums[q + SUM_COUNT + k]! += value * w11;
  }
}

/** Lays a cell out: small ones at a point, long ones along their axis (cos, sin), fat cells as a disc with a bright rim. */
export function depositCell(
  out: Splat,
  kind: number,
  x: number,
  y: number,
  cos: number,
  sin: number,
  halfLength: number,
  area: number,
  membrane: number,
  cytoplasm: number,
  puncta: number,
): void {
  const { step } = out.grid;
  if (kind === KIND.ADIPOCYTE) {
    const parts = Math.max(4, Math.round((2 * halfLength) / step));
    for (let j = 0; j < parts; j++) {
      for (let i = 0; i < parts; i++) {
        const dx = (2.06 * (i + 0.5)) / parts - 1.03;
        const dy = (2.06 * (j + 0.5)) / parts - 1.03;
        const n = parts * parts;
        deposit(out, x + dx * halfLength, y + dy * halfLength, 0, area / n, 0, cytoplasm / n, 0);
      }
    }
    const around = 4 * parts;
    for (let k = 0; k < around; k++) {
      const angle = (k / around) * 2 * Math.PI;
      const px = x + 0.76 * halfLength * Math.cos(angle);
      deposit(out, px, y + 0.76 * halfLength * Math.sin(angle), 0, 0, membrane / around, 0, 0);
    }
    return;
  }
  const parts = Math.max(1, Math.round((1.5 * halfLength) / step));
  for (let k = 0; k < parts; k++) {
    const along = 1.6 * halfLength * ((k + 0.5) / parts - 0.5);
    deposit(
      out,
      x + along * cos,
      y + along * sin,
      0,
      area / parts,
      membrane / parts,
      cytoplasm / parts,
      puncta / parts,
    );
  }
}

/** Means over all cells of what varies about a kind's traits: the totals already contain them. */
const MEAN_SIZE = 1.01;
const MEAN_MEMBRANE = Math.exp(0.16 ** 2 / 2);
const MEAN_STAIN = Math.exp(0.22 ** 2 / 2);

/** Adds up a scene's cells, each with what its own stain and size make of its kind's mean. */
export function splatScene(scene: Scene, grid: SplatGrid): Splat {
  const out = emptySplat(grid);
  const cells = scene.cells.values;
  for (let n = 0; n < scene.cells.count; n++) {
    const at = n * CELL_COLUMNS;
    const kind = cells[at + CELL.KIND]!;
    const traits = KINDS[kind]!;
    const totals = KIND_TOTALS[kind]!;
    const a = cells[at + CELL.A]!;
    const size = (a * cells[at + CELL.B]!) / (traits.cell[0] * traits.cell[1] * MEAN_SIZE);
    const area = totals.area * size;
    const membrane =
      (totals.membrane * Math.sqrt(size) * cells[at + CELL.MEMBRANE]!) / (traits.membrane * MEAN_MEMBRANE);
    const cytoplasm =
      (totals.cytoplasm * size * cells[at + CELL.CYTOPLASM]!) / (traits.cytoplasm * MEAN_STAIN);
    const puncta = cells[at + CELL.PUNCTA]! * cells[at + CELL.PUNCTUM]!;
    const x = cells[at + CELL.X]!;
    const y = cells[at + CELL.Y]!;
    depositCell(
      out,
      kind,
      x,
      y,
      cells[at + CELL.COS]!,
      cells[at + CELL.SIN]!,
      a,
      area,
      membrane,
      cytoplasm,
      puncta,
    );
  }
  const bodies = scene.bodies.values;
  for (let n = 0; n < scene.bodies.count; n++) {
    const at = n * BODY_COLUMNS;
    const total = Math.PI * bodies[at + BODY.A]! * bodies[at + BODY.B]! * bodies[at + BODY.BRIGHT]!;
    depositDna(out, bodies[at + BODY.X]!, bodies[at + BODY.Y]!, total);
  }
  return out;
}

/** How far what a cell holds is spread around the places where it is deposited, in full-resolution pixels. */
const ROOM_SIGMA = 15;

/** The same for the share that cells cover: wider, or chance crowding would cover one place twice and leave the next bare. */
const COVER_SIGMA = 56;

/** Share of each pixel that is covered by cells, 0…1. */
export function coverOf(splat: Splat): Float32Array {
  const cover = new Float32Array(splat.grid.width * splat.grid.height);
  readPlane(splat, SUM.AREA, cover);
  blur(cover, splat.grid.width, splat.grid.height, COVER_SIGMA / splat.grid.step);
  for (let p = 0; p < cover.length; p++) cover[p] = Math.min(1, cover[p]!);
  return cover;
}

/** Mean electrons a pixel that cells add in one channel, without what lies between them; a scratch array. */
export function signalOf(splat: Splat, channel: number): Float32Array {
  const { width, height, step } = splat.grid;
  const out = scratch("signal", width * height);
  const sum = [SUM.DNA, SUM.MEMBRANE, SUM.CYTOPLASM, SUM.PUNCTA][channel]!;
  readPlane(splat, sum, out);
  if (channel === 1 || channel === 2) blur(out, width, height, ROOM_SIGMA / step);
  return out;
}

/** One of the sums, per full-resolution pixel. */
function readPlane(splat: Splat, sum: number, out: Float32Array): void {
  const perPixel = 1 / splat.grid.step ** 2;
  for (let p = 0, q = sum; p < out.length; p++, q += SUM_COUNT) out[p] = splat.sums[q]! * perPixel;
}

/** Blurs in place by a Gaussian of `sigma` pixels; what lies outside counts as the nearest row or column. */
export function blur(values: Float32Array, width: number, height: number, sigma: number): void {
  const reach = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = new Float32Array(reach + 1);
  let total = 0;
  for (let k = 0; k <= reach; k++) {
    kernel[k] = Math.exp(-0.5 * (k / sigma) ** 2);
    total += (k === 0 ? 1 : 2) * kernel[k]!;
  }
  for (let k = 0; k <= reach; k++) kernel[k]! /= total;
  const line = new Float32Array(width + 2 * reach);
  for (let j = 0; j < height; j++) {
    const row = j * width;
    for (let i = 0; i < line.length; i++)
      line[i] = values[row + Math.min(width - 1, Math.max(0, i - reach))]!;
    for (let i = 0; i < width; i++) {
      const m = i + reach;
      let sum = kernel[0]! * line[m]!;
      for (let k = 1; k <= reach; k++) sum += kernel[k]! * (line[m - k]! + line[m + k]!);
      values[row + i] = sum;
    }
  }
  // Down the columns row by row, so that memory is read in order.
  const source = scratch("blur", values.length);
  source.set(values);
  for (let j = 0; j < height; j++) {
    const row = j * width;
    const centre = kernel[0]!;
    for (let i = 0; i < width; i++) values[row + i] = centre * source[row + i]!;
    for (let k = 1; k <= reach; k++) {
      const above = Math.max(0, j - k) * width;
      const below = Math.min(height - 1, j + k) * width;
      const weight = kernel[k]!;
      for (let i = 0; i < width; i++) values[row + i]! += weight * (source[above + i]! + source[below + i]!);
    }
  }
}
