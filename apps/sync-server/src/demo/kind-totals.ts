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
  { area: 1291, membrane: 137546, cytoplasm: 242596, dna: 272351 },
  // TUMOUR
  { area: 1802, membrane: 135429, cytoplasm: 329429, dna: 381456 },
  // LYMPHOCYTE
  { area: 555, membrane: 21045, cytoplasm: 28121, dna: 228940 },
  // PLASMA
  { area: 722, membrane: 20846, cytoplasm: 132609, dna: 202070 },
  // FIBROBLAST
  { area: 1933, membrane: 21488, cytoplasm: 146346, dna: 180478 },
  // MUSCLE
  { area: 3083, membrane: 67696, cytoplasm: 524247, dna: 128843 },
  // MUSCLE_CUT
  { area: 652, membrane: 19189, cytoplasm: 107034, dna: 18738 },
  // ENDOTHELIUM
  { area: 634, membrane: 40917, cytoplasm: 59951, dna: 158341 },
  // ADIPOCYTE
  { area: 40781, membrane: 1218854, cytoplasm: 510146, dna: 66313 },
  // CENTROBLAST
  { area: 793, membrane: 26176, cytoplasm: 60531, dna: 229472 },
  // MACROPHAGE
  { area: 1306, membrane: 32971, cytoplasm: 206264, dna: 162602 },
  // DYING
  { area: 638, membrane: 4237, cytoplasm: 113646, dna: 161731 },
  // ERYTHROCYTE
  { area: 0, membrane: 0, cytoplasm: 0, dna: 0 },
];
