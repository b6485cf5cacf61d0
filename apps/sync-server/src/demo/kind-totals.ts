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
  { area: 1258, membrane: 133553, cytoplasm: 236524, dna: 272351 },
  // TUMOUR
  { area: 1773, membrane: 134895, cytoplasm: 323804, dna: 381514 },
  // LYMPHOCYTE
  { area: 554, membrane: 20532, cytoplasm: 27274, dna: 228940 },
  // PLASMA
  { area: 739, membrane: 20621, cytoplasm: 137725, dna: 202070 },
  // FIBROBLAST
  { area: 1975, membrane: 21123, cytoplasm: 148334, dna: 180478 },
  // MUSCLE
  { area: 3084, membrane: 67819, cytoplasm: 532160, dna: 128843 },
  // MUSCLE_CUT
  { area: 648, membrane: 19145, cytoplasm: 106803, dna: 18738 },
  // ENDOTHELIUM
  { area: 632, membrane: 40594, cytoplasm: 60662, dna: 158341 },
  // ADIPOCYTE
  { area: 40675, membrane: 1222995, cytoplasm: 506848, dna: 66313 },
  // CENTROBLAST
  { area: 787, membrane: 25809, cytoplasm: 60167, dna: 229472 },
  // MACROPHAGE
  { area: 1370, membrane: 33597, cytoplasm: 220035, dna: 162602 },
  // DYING
  { area: 641, membrane: 4136, cytoplasm: 114126, dna: 161731 },
  // ERYTHROCYTE
  { area: 0, membrane: 0, cytoplasm: 0, dna: 0 },
];
