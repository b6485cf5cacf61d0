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
  { area: 1259, membrane: 133513, cytoplasm: 237191, dna: 272684 },
  // TUMOUR
  { area: 1780, membrane: 134515, cytoplasm: 325638, dna: 380290 },
  // LYMPHOCYTE
  { area: 557, membrane: 20550, cytoplasm: 27412, dna: 228599 },
  // PLASMA
  { area: 738, membrane: 20533, cytoplasm: 137634, dna: 201849 },
  // FIBROBLAST
  { area: 1977, membrane: 21058, cytoplasm: 148650, dna: 181127 },
  // MUSCLE
  { area: 3085, membrane: 67643, cytoplasm: 525634, dna: 128317 },
  // MUSCLE_CUT
  { area: 650, membrane: 19136, cytoplasm: 107762, dna: 18738 },
  // ENDOTHELIUM
  { area: 622, membrane: 40099, cytoplasm: 59170, dna: 157335 },
  // ADIPOCYTE
  { area: 40627, membrane: 1223429, cytoplasm: 505494, dna: 67012 },
  // CENTROBLAST
  { area: 786, membrane: 25769, cytoplasm: 60204, dna: 223356 },
  // MACROPHAGE
  { area: 1363, membrane: 33304, cytoplasm: 218054, dna: 163441 },
  // DYING
  { area: 643, membrane: 4088, cytoplasm: 113832, dna: 159389 },
  // ERYTHROCYTE
  { area: 0, membrane: 0, cytoplasm: 0, dna: 0 },
];
