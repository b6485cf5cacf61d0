import type { ImagePoint, ImageRect } from "@coscope/annotations/geometry";
import { type ImageLevel, type ImageSource, tileGrid, tileSize } from "../../source/image-source.ts";

/** A place in a label image's pyramid. */
export interface LabelPlace {
  readonly level: number;
  readonly x: number;
  readonly y: number;
}

/** Px of the label's level → px of the image that it covers. */
export interface LabelScale {
  readonly x: number;
  readonly y: number;
}

export type Covered = Pick<ImageSource, "width" | "height">;
type Pyramid = Pick<ImageSource, "width" | "height" | "levels">;

/** Device px that a texel may take at most before the next finer level is read. */
const COARSEST_TEXEL_PX = 1.5;

/** Image px per texel of a level of labels, whose pyramid need not be the image's. */
export function labelScale(labels: Pyramid, image: Covered, level: number): LabelScale {
  const { downsampleX, downsampleY } = labels.levels[level]!;
  return {
    x: (downsampleX * image.width) / labels.width,
    y: (downsampleY * image.height) / labels.height,
  };
}

/** The coarsest level that still shows every device px, or the finest. */
export function labelLevel(labels: Pyramid, image: Covered, devicePxPerImagePx: number): number {
  const fits = (_: ImageLevel, level: number) => {
    const scale = labelScale(labels, image, level);
    return Math.max(scale.x, scale.y) * devicePxPerImagePx <= COARSEST_TEXEL_PX;
  };
  return Math.max(0, labels.levels.findLastIndex(fits));
}

/** Where a tile lies, px of the covered image. */
export function labelRect(labels: Pyramid, image: Covered, { level, x, y }: LabelPlace): ImageRect {
  const scale = labelScale(labels, image, level);
  const shape = labels.levels[level]!;
  const size = tileSize(shape, x, y);
  const left = x * shape.tileWidth;
  const top = y * shape.tileHeight;
  return {
    minX: left * scale.x,
    minY: top * scale.y,
    maxX: (left + size.width) * scale.x,
    maxY: (top + size.height) * scale.y,
  };
}

/** Tiles of a level that meet a part of the covered image. */
export function placesWithin(labels: Pyramid, image: Covered, level: number, part: ImageRect): LabelPlace[] {
  const scale = labelScale(labels, image, level);
  const shape = labels.levels[level]!;
  const { columns, rows } = tileGrid(shape);
  const first = (at: number, edge: number) => Math.max(0, Math.floor(at / edge));
  const last = (at: number, edge: number, count: number) => Math.min(count - 1, Math.ceil(at / edge) - 1);
  const width = shape.tileWidth * scale.x;
  const height = shape.tileHeight * scale.y;
  const places: LabelPlace[] = [];
  for (let y = first(part.minY, height); y <= last(part.maxY, height, rows); y++) {
    for (let x = first(part.minX, width); x <= last(part.maxX, width, columns); x++) {
      places.push({ level, x, y });
    }
  }
  return places;
}

/** The tile of a level of labels that holds an image point; null outside of the image. */
export function placeAt(labels: Pyramid, image: Covered, level: number, p: ImagePoint): LabelPlace | null {
  const scale = labelScale(labels, image, level);
  const { tileWidth, tileHeight, width, height } = labels.levels[level]!;
  const x = Math.floor(p.x / scale.x);
  const y = Math.floor(p.y / scale.y);
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  return { level, x: Math.floor(x / tileWidth), y: Math.floor(y / tileHeight) };
}

export interface LabelRegion<Tile> {
  readonly tile: Tile;
  readonly place: LabelPlace;
  /** The part of the covered image in which this tile is the finest that is there. */
  readonly part: ImageRect;
}

/**
 * Covers a part of the image without overlaps: where a tile has not come yet,
 * the next coarser level shows through, and only there, as 0 is transparent.
 */
export function regionsOf<Tile>(
  labels: Pyramid,
  image: Covered,
  level: number,
  part: ImageRect,
  tileAt: (place: LabelPlace) => Tile | undefined,
): LabelRegion<Tile>[] {
  if (level >= labels.levels.length) return [];
  return placesWithin(labels, image, level, part).flatMap((place) => {
    const rect = labelRect(labels, image, place);
    const overlap = {
      minX: Math.max(rect.minX, part.minX),
      minY: Math.max(rect.minY, part.minY),
      maxX: Math.min(rect.maxX, part.maxX),
      maxY: Math.min(rect.maxY, part.maxY),
    };
    if (overlap.minX >= overlap.maxX || overlap.minY >= overlap.maxY) return [];
    const tile = tileAt(place);
    return tile ? [{ tile, place, part: overlap }] : regionsOf(labels, image, level + 1, overlap, tileAt);
  });
}
