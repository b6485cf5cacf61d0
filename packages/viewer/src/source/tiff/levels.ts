import type { TiffPage } from "./page.ts";

/** Where one plane's picture is described. */
export interface PlaneRef {
  /** Position of its directory in the file. */
  readonly at: number;
  /** Bytes to add to the directory's offsets: ImageJ describes a large stack by its first plane. */
  readonly shift: number;
}

export interface TiffLevel {
  /** Of every plane: they must be alike. */
  readonly page: TiffPage;
  /** By `(t * sizeZ + z) * sizeC + c`; null where the file has none. */
  readonly planes: readonly (PlaneRef | null)[];
}

/** Whether a picture shows the same as a larger one: alike in kind and, within a pixel per step, in shape. */
export function isLevelOf(smaller: TiffPage, larger: TiffPage): boolean {
  if (smaller.width >= larger.width || smaller.height >= larger.height) return false;
  if (smaller.channels !== larger.channels || smaller.dtype !== larger.dtype) return false;
  const x = larger.width / smaller.width;
  const y = larger.height / smaller.height;
  return Math.abs(x / y - 1) <= 0.02 + 1 / smaller.width + 1 / smaller.height;
}
