import { float64Stock } from "./buffers.ts";

/** Columns of a cell: its territory (an ellipse that competes with its neighbours) and what it contains. */
export const CELL = {
  X: 0,
  Y: 1,
  COS: 2,
  SIN: 3,
  /** Half axes of the territory, along and across the direction (COS, SIN): there the cell ends, if no neighbour is nearer. */
  A: 4,
  B: 5,
  KIND: 6,
  /** Electrons a pixel on the membrane's ridge. */
  MEMBRANE: 7,
  /** Electrons a pixel in the cytoplasm. */
  CYTOPLASM: 8,
  PUNCTA: 9,
  /** Mean electrons of one punctum, over all its pixels. */
  PUNCTUM: 10,
  HASH: 11,
  /** Goblet vacuole: half length, 0 where there is none. It lies on the side of −(COS, SIN). */
  VACUOLE: 12,
} as const;
export const CELL_COLUMNS = 13;

/** Columns of a body: something made of DNA, usually a nucleus. */
export const BODY = {
  X: 0,
  Y: 1,
  COS: 2,
  SIN: 3,
  A: 4,
  B: 5,
  /** Parabolic bend, per pixel: kidney shapes and curved anaphase plates. */
  BEND: 6,
  /** Relative size of the outline's irregularities. */
  ROUGH: 7,
  /** Width over which the edge falls off, in pixels: focus. */
  SOFT: 8,
  /** Electrons a pixel. */
  BRIGHT: 9,
  TEXTURE: 10,
  CONTRAST: 11,
  HASH: 12,
  /** Label id; 0 for fragments and for what is too far out of focus to be outlined. */
  ID: 13,
  /** Row of its cell, or −1. */
  OWNER: 14,
} as const;
export const BODY_COLUMNS = 15;

/** Growing rows of numbers, without an object for each row. Rows are never removed. */
export class Table {
  readonly columns: number;
  values: Float64Array;
  count = 0;

  /** `rows`: how many are expected; more are no error. */
  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.values = float64Stock.take(columns * Math.max(64, rows));
  }

  /** Gives the memory back: the table must not be used any more. */
  release(): void {
    float64Stock.give(this.values, this.count * this.columns);
    this.values = new Float64Array(0);
    this.count = 0;
  }

  /** Offset of a new row, all zero. */
  add(): number {
    const at = this.count * this.columns;
    if (at + this.columns > this.values.length) {
      const larger = float64Stock.take(this.values.length * 2);
      larger.set(this.values);
      float64Stock.give(this.values);
      this.values = larger;
    }
    this.count++;
    return at;
  }
}

export const KIND = {
  EPITHELIUM: 0,
  TUMOUR: 1,
  LYMPHOCYTE: 2,
  PLASMA: 3,
  FIBROBLAST: 4,
  MUSCLE: 5,
  MUSCLE_CUT: 6,
  ENDOTHELIUM: 7,
  ADIPOCYTE: 8,
  CENTROBLAST: 9,
  MACROPHAGE: 10,
  DYING: 11,
  ERYTHROCYTE: 12,
} as const;
export const KIND_COUNT = 13;
