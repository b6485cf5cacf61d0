import type { ImageRect } from "@coscope/annotations/geometry";
import type { Size } from "../camera/camera.ts";
import { type Affine, visibleRect, zoomOf } from "../camera/transform.ts";
import { type ImageLevel, type ImageSource, tileGrid } from "../source/image-source.ts";

export interface TilePlace {
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/** What is on screen. */
export interface ViewNow {
  /** Image px. */
  readonly part: ImageRect;
  /** Device px per image px. */
  readonly devicePx: number;
  /** Of the canvas, device px². */
  readonly area: number;
}

/**
 * @param matrix image px to CSS px
 * @param canvas CSS px
 * @param pixelRatio device px per CSS px
 */
export function viewNow(matrix: Affine, canvas: Size, pixelRatio: number): ViewNow {
  return {
    part: visibleRect(matrix, canvas),
    devicePx: zoomOf(matrix) * pixelRatio,
    area: canvas.width * canvas.height * pixelRatio ** 2,
  };
}

/** Least device px a texel takes before a coarser level is read: OpenSeadragon's own default. */
export const MIN_TEXEL_PX = 0.5;

/** The level that OpenSeadragon draws: the finest whose texels are not too small, or the coarsest. */
export function levelFor(
  { levels }: Pick<ImageSource, "levels">,
  devicePxPerImagePx: number,
  minTexelPx = MIN_TEXEL_PX,
): number {
  const found = levels.findIndex(({ downsampleX }) => downsampleX * devicePxPerImagePx >= minTexelPx);
  return found < 0 ? levels.length - 1 : found;
}

/**
 * Tiles of a level that meet a part of the image, px of the full resolution.
 * @param margin how many tiles more on each side
 */
export function tilesWithin(
  { levels }: Pick<ImageSource, "levels">,
  level: number,
  part: ImageRect,
  margin = 0,
): TilePlace[] {
  const shape = levels[level]!;
  const { columns, rows } = tileGrid(shape);
  const width = shape.tileWidth * shape.downsampleX;
  const height = shape.tileHeight * shape.downsampleY;
  const first = (at: number, edge: number) => Math.max(0, Math.floor(at / edge) - margin);
  const last = (at: number, edge: number, count: number) =>
    Math.min(count - 1, Math.ceil(at / edge) - 1 + margin);
  const places: TilePlace[] = [];
  for (let y = first(part.minY, height); y <= last(part.maxY, height, rows); y++) {
    for (let x = first(part.minX, width); x <= last(part.maxX, width, columns); x++) {
      places.push({ level, x, y });
    }
  }
  return places;
}

export const placeKey = ({ level, x, y }: TilePlace): string => `${level}/${x}/${y}`;

export const tilePixels = ({ tileWidth, tileHeight }: ImageLevel): number => tileWidth * tileHeight;
