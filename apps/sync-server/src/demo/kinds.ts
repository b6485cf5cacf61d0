import { KIND } from "./cell-table.ts";
import { CLUMPED_CHROMATIN, FINE_CHROMATIN, SMOOTH_CHROMATIN, VESICULAR_CHROMATIN } from "./textures.ts";

/** Typical measures of a kind of cell; lengths in pixels of 0.325 µm, brightness in electrons. */
export interface KindTraits {
  /** Half axes of the territory. */
  readonly cell: readonly [number, number];
  /** Squared normalised distance at which the cell ends without a neighbour. */
  readonly reach: number;
  /** Half axes of the nucleus. */
  readonly nucleus: readonly [number, number];
  /** Spread (log) of the nucleus' size. */
  readonly spread: number;
  readonly dapi: number;
  readonly membrane: number;
  readonly cytoplasm: number;
  readonly texture: number;
  readonly contrast: number;
  /** Irregularity of the nucleus' outline. */
  readonly rough: number;
  /** Mean number of puncta where the marker is fully expressed. */
  readonly puncta: number;
}

const traits: KindTraits[] = [];
traits[KIND.EPITHELIUM] = {
  cell: [26.5, 12.2],
  reach: 2,
  nucleus: [16.5, 9.2],
  spread: 0.1,
  dapi: 560,
  membrane: 360,
  cytoplasm: 250,
  texture: FINE_CHROMATIN,
  contrast: 0.2,
  rough: 0.03,
  puncta: 9,
};
traits[KIND.TUMOUR] = {
  cell: [25, 21],
  reach: 1.7,
  nucleus: [17, 13.5],
  spread: 0.17,
  dapi: 520,
  membrane: 350,
  cytoplasm: 235,
  texture: VESICULAR_CHROMATIN,
  contrast: 0.27,
  rough: 0.055,
  puncta: 26,
};
traits[KIND.LYMPHOCYTE] = {
  cell: [14.5, 14],
  reach: 1.15,
  nucleus: [10.6, 9.8],
  spread: 0.07,
  dapi: 800,
  membrane: 95,
  cytoplasm: 70,
  texture: CLUMPED_CHROMATIN,
  contrast: 0.23,
  rough: 0.03,
  puncta: 2,
};
traits[KIND.PLASMA] = {
  cell: [20, 15],
  reach: 1,
  nucleus: [10.4, 9.9],
  spread: 0.06,
  dapi: 720,
  membrane: 75,
  cytoplasm: 240,
  texture: CLUMPED_CHROMATIN,
  contrast: 0.3,
  rough: 0.02,
  puncta: 3,
};
traits[KIND.FIBROBLAST] = {
  cell: [58, 13],
  reach: 1,
  nucleus: [24, 5.2],
  spread: 0.22,
  dapi: 480,
  membrane: 26,
  cytoplasm: 85,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.12,
  rough: 0.06,
  puncta: 2,
};
traits[KIND.MUSCLE] = {
  cell: [112, 16],
  reach: 1.2,
  nucleus: [33, 5.2],
  spread: 0.14,
  dapi: 430,
  membrane: 85,
  cytoplasm: 175,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.12,
  rough: 0.025,
  puncta: 2,
};
traits[KIND.MUSCLE_CUT] = {
  cell: [15.5, 14],
  reach: 1.35,
  nucleus: [6.8, 6],
  spread: 0.2,
  dapi: 460,
  membrane: 95,
  cytoplasm: 165,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.12,
  rough: 0.03,
  puncta: 1,
};
traits[KIND.ENDOTHELIUM] = {
  cell: [30, 8],
  reach: 1.2,
  nucleus: [19, 5.2],
  spread: 0.12,
  dapi: 560,
  membrane: 150,
  cytoplasm: 130,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.12,
  rough: 0.03,
  puncta: 2,
};
traits[KIND.ADIPOCYTE] = {
  cell: [118, 108],
  reach: 1.35,
  nucleus: [15, 4.6],
  spread: 0.15,
  dapi: 520,
  membrane: 330,
  cytoplasm: 12,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.12,
  rough: 0.03,
  puncta: 0,
};
traits[KIND.CENTROBLAST] = {
  cell: [17, 16],
  reach: 1.4,
  nucleus: [12.6, 11.4],
  spread: 0.11,
  dapi: 540,
  membrane: 110,
  cytoplasm: 110,
  texture: VESICULAR_CHROMATIN,
  contrast: 0.2,
  rough: 0.045,
  puncta: 4,
};
traits[KIND.MACROPHAGE] = {
  cell: [27, 21],
  reach: 1,
  nucleus: [13.5, 9.4],
  spread: 0.12,
  dapi: 470,
  membrane: 70,
  cytoplasm: 190,
  texture: FINE_CHROMATIN,
  contrast: 0.16,
  rough: 0.05,
  puncta: 12,
};
traits[KIND.DYING] = {
  cell: [17, 14],
  reach: 0.9,
  nucleus: [7.5, 6.4],
  spread: 0.3,
  dapi: 430,
  membrane: 14,
  cytoplasm: 185,
  texture: SMOOTH_CHROMATIN,
  contrast: 0.1,
  rough: 0.09,
  puncta: 1,
};
traits[KIND.ERYTHROCYTE] = {
  cell: [11.5, 10.5],
  reach: 1,
  nucleus: [0, 0],
  spread: 0,
  dapi: 0,
  membrane: 60,
  cytoplasm: 190,
  texture: SMOOTH_CHROMATIN,
  contrast: 0,
  rough: 0,
  puncta: 0,
};

export const KINDS: readonly KindTraits[] = traits;

/** Mean electrons of one punctum, over all its pixels. */
export const PUNCTUM = 2720;
