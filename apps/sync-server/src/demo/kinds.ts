import { KIND } from "./cell-table.ts";
import { CLUMPED_CHROMATIN, FINE_CHROMATIN, SMOOTH_CHROMATIN, VESICULAR_CHROMATIN } from "./textures.ts";

/** Typical measures of a kind of cell; lengths in pixels of 0.325 µm, brightness in electrons. */
export interface KindTraits {
  /** Half axes of the territory, where no neighbour takes a part of it. */
  readonly cell: readonly [number, number];
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
  cell: [37.5, 17.3],
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
  cell: [32.6, 27.4],
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
  cell: [15.5, 15],
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
  cell: [122.7, 17.5],
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
  cell: [18, 16.3],
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
  cell: [32.9, 8.8],
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
  cell: [137.1, 125.5],
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
  cell: [20.1, 18.9],
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
  cell: [16.1, 13.3],
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
