/** What one cell of a kind amounts to on the mean: its room in pixels, and electrons summed over it. */
export interface KindTotals {
  readonly area: number;
  readonly membrane: number;
  readonly cytoplasm: number;
  readonly dna: number;
}

/**
 * Measured on the full-resolution painting by `measure-kinds.ts`, in the order
 * of `KIND`; run it again after any change to how a cell is painted.
 */
export const KIND_TOTALS: readonly KindTotals[] = [
  // EPITHELIUM
  { area: 1051, membrane: 147935, cytoplasm: 185787, dna: 270241 },
  // TUMOUR
  { area: 1578, membrane: 133196, cytoplasm: 399850, dna: 382868 },
  // LYMPHOCYTE
  { area: 580, membrane: 36093, cytoplasm: 36544, dna: 228442 },
  // PLASMA
  { area: 742, membrane: 36403, cytoplasm: 192142, dna: 202320 },
  // FIBROBLAST
  { area: 1983, membrane: 65771, cytoplasm: 179725, dna: 211223 },
  // MUSCLE
  { area: 3123, membrane: 96325, cytoplasm: 910838, dna: 155693 },
  // MUSCLE_CUT
  { area: 650, membrane: 25996, cytoplasm: 187752, dna: 18622 },
  // ENDOTHELIUM
  { area: 671, membrane: 59673, cytoplasm: 67166, dna: 153887 },
  // ADIPOCYTE
  { area: 40508, membrane: 634409, cytoplasm: 380942, dna: 65919 },
  // CENTROBLAST
  { area: 798, membrane: 38182, cytoplasm: 72159, dna: 243615 },
  // MACROPHAGE
  { area: 1320, membrane: 50202, cytoplasm: 238321, dna: 164986 },
  // DYING
  { area: 635, membrane: 18045, cytoplasm: 90813, dna: 177476 },
  // ERYTHROCYTE
  { area: 0, membrane: 0, cytoplasm: 0, dna: 0 },
];
