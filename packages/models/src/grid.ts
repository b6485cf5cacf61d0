import type { Manifest } from "./manifest.ts";

/** Level px per image px. 2 is the full resolution enlarged, for objects of few pixels. */
export type Scale = (typeof SCALES)[number];
export const SCALES = [2, 1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625] as const;

/** A region of one level that is encoded at once, px of that level. */
export interface Cell {
  readonly scale: Scale;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of an image's level. */
export function levelSize(
  image: { width: number; height: number },
  scale: Scale,
): { width: number; height: number } {
  return { width: Math.ceil(image.width * scale), height: Math.ceil(image.height * scale) };
}

/** Where a cell begins along one side: multiples of half a region, so that cells overlap by half. */
function origin(at: number, length: number, region: number): number {
  if (length <= region) return 0;
  const step = region / 2;
  const last = Math.ceil((length - region) / step);
  return Math.min(last, Math.max(0, Math.round((at - region / 2) / step))) * step;
}

/** The cell of the grid that begins there, px of the level; null where none does. */
export function cellFrom(
  image: { width: number; height: number },
  at: { scale: number; x: number; y: number },
  { encoder: { region } }: Pick<Manifest, "encoder">,
): Cell | null {
  const scale = SCALES.find((s) => s === at.scale);
  if (scale === undefined) return null;
  const level = levelSize(image, scale);
  const begins = (v: number, length: number) => v === origin(v + region / 2, length, region);
  if (!begins(at.x, level.width) || !begins(at.y, level.height)) return null;
  return {
    scale,
    x: at.x,
    y: at.y,
    width: Math.min(region, level.width - at.x),
    height: Math.min(region, level.height - at.y),
  };
}

/** The cell whose centre is nearest to a point (image px): everybody who clicks there shares its encode. */
export function cellAt(
  image: { width: number; height: number },
  scale: Scale,
  point: { x: number; y: number },
  { encoder: { region } }: Manifest,
): Cell {
  const level = levelSize(image, scale);
  const x = origin(point.x * scale, level.width, region);
  const y = origin(point.y * scale, level.height, region);
  return {
    scale,
    x,
    y,
    width: Math.min(region, level.width - x),
    height: Math.min(region, level.height - y),
  };
}

/** The coarsest level with at least so many px a px of the image; the full resolution where none has. */
export function scaleAtLeast(density: number): Scale {
  let scale: Scale = 1;
  for (const s of SCALES) if (s < scale && s >= density) scale = s;
  return scale;
}

/** The level twice as fine; the finest one is its own. */
export const finer = (scale: Scale): Scale => SCALES[Math.max(0, SCALES.indexOf(scale) - 1)] as Scale;

/** The level half as fine; the coarsest one is its own. */
export const coarser = (scale: Scale): Scale =>
  SCALES[Math.min(SCALES.length - 1, SCALES.indexOf(scale) + 1)] as Scale;

export const cellKey = (c: Cell): string => `${c.scale}/${c.x}/${c.y}`;
