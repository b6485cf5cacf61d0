import type { ImagePoint, ImageRect } from "@coscope/annotations/geometry";
import type { Size } from "./camera/camera.ts";
import { type Affine, applyAffine, visibleRect, zoomOf } from "./camera/transform.ts";
import type { ImageSource, TypedArray } from "./source/image-source.ts";
import { percentileWindow } from "./source/percentiles.ts";
import { type RawTile, valueAt } from "./tiles/raw-tile.ts";
import type { SlotTable } from "./tiles/slots.ts";
import type { TexelArray, Texels } from "./tiles/texels.ts";

/** Pixels looked at for a histogram; more would not change its shape. */
const SAMPLE = 400_000;
/** So that 99.9 % of 1000 are 999, and a quarter turn takes no row more. */
const ROUNDING = 1e-6;

/** Where a tile lies, full-resolution px. */
function tileRect(raw: RawTile, source: Pick<ImageSource, "levels">): ImageRect {
  const level = source.levels[raw.level]!;
  const left = raw.x * level.tileWidth;
  const top = raw.y * level.tileHeight;
  return {
    minX: left * level.downsampleX,
    minY: top * level.downsampleY,
    maxX: (left + raw.width) * level.downsampleX,
    maxY: (top + raw.height) * level.downsampleY,
  };
}

/** The part of an image that a canvas shows. */
export interface SeenPart {
  /** Image px; what the canvas shows of it is a rotated rectangle inside. */
  readonly view: ImageRect;
  /** Whether an image point is on the canvas; left out where all of `view` is. */
  readonly shows?: (x: number, y: number) => boolean;
}

export function seenPart(m: Affine, canvas: Size): SeenPart {
  const view = visibleRect(m, canvas);
  const upright = Math.min(Math.abs(m.a), Math.abs(m.b)) < 1e-9 * zoomOf(m);
  if (upright) return { view };
  return {
    view,
    shows(x, y) {
      const at = applyAffine(m, x, y);
      return at.x >= 0 && at.y >= 0 && at.x < canvas.width && at.y < canvas.height;
    },
  };
}

/**
 * One channel's pixels of what is visible, thinned out beyond `SAMPLE`, from
 * the level that covers most of the view. Empty if the channel is not loaded there.
 */
export function visiblePixels(
  tiles: readonly RawTile[],
  source: Pick<ImageSource, "levels">,
  slots: SlotTable,
  channel: number,
  { view, shows }: SeenPart,
): TexelArray[] {
  const covered = new Map<number, number>();
  const parts = tiles.map((raw) => {
    const rect = tileRect(raw, source);
    const width = Math.min(rect.maxX, view.maxX) - Math.max(rect.minX, view.minX);
    const height = Math.min(rect.maxY, view.maxY) - Math.max(rect.minY, view.minY);
    const area = Math.max(0, width) * Math.max(0, height);
    covered.set(raw.level, (covered.get(raw.level) ?? 0) + area);
    return { raw, rect, area };
  });
  const best = Math.max(0, ...covered.values());
  // The finest of the levels that cover about as much as the best one.
  const level = Math.min(...[...covered].filter(([, area]) => area > 0.95 * best).map(([index]) => index));
  const shown = parts.filter(({ raw, area }) => raw.level === level && area > 0);
  const pixels = shown.reduce((sum, { raw }) => sum + raw.width * raw.height, 0);
  const step = Math.max(1, Math.floor(Math.sqrt(pixels / SAMPLE)));
  return shown.flatMap(({ raw, rect }) => {
    const slot = raw.loaded.has(channel) ? slots.slotOf(channel) : null;
    const texels = slot && raw.groups[slot.group];
    return texels ? [cropped(texels, slot.lane, rect, { view, ...(shows ? { shows } : {}) }, step)] : [];
  });
}

function cropped(
  raw: Texels,
  lane: number,
  rect: ImageRect,
  { view, shows }: SeenPart,
  step: number,
): TexelArray {
  const scaleX = raw.width / (rect.maxX - rect.minX);
  const scaleY = raw.height / (rect.maxY - rect.minY);
  const x0 = Math.max(0, Math.floor((view.minX - rect.minX) * scaleX + ROUNDING));
  const y0 = Math.max(0, Math.floor((view.minY - rect.minY) * scaleY + ROUNDING));
  const x1 = Math.min(raw.width, Math.ceil((view.maxX - rect.minX) * scaleX - ROUNDING));
  const y1 = Math.min(raw.height, Math.ceil((view.maxY - rect.minY) * scaleY - ROUNDING));
  const width = Math.max(0, Math.ceil((x1 - x0) / step));
  const height = Math.max(0, Math.ceil((y1 - y0) / step));
  const out = raw.data.slice(0, width * height);
  let at = 0;
  for (let y = y0; y < y1; y += step) {
    for (let x = x0; x < x1; x += step) {
      if (shows && !shows(rect.minX + (x + 0.5) / scaleX, rect.minY + (y + 0.5) / scaleY)) continue;
      out[at++] = raw.data[(y * raw.width + x) * raw.lanes + lane]!;
    }
  }
  return out.subarray(0, at);
}

/**
 * The intensities below which `low` and `high` percent of the pixels lie:
 * values that occur, not bins. Null without pixels; a flat image gets a window of one.
 */
export function exactWindow(
  planes: readonly TypedArray[],
  low: number,
  high: number,
): { min: number; max: number } | null {
  const total = planes.reduce((sum, plane) => sum + plane.length, 0);
  if (total > 2 * SAMPLE) return percentileWindow(planes, low, high);
  // Doubles hold every type's values; NaN and infinities are no intensities.
  const all = new Float64Array(total);
  let count = 0;
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) {
      const value = plane[i]!;
      if (Number.isFinite(value)) all[count++] = value;
    }
  }
  if (count === 0) return null;
  const sorted = all.subarray(0, count).sort();
  const at = (percent: number) =>
    sorted[Math.max(0, Math.min(count - 1, Math.ceil((percent / 100) * count - ROUNDING) - 1))]!;
  const [min, max] = [at(low), at(high)];
  return { min, max: max > min ? max : min + 1 };
}

/** Each channel's value under a point, from the finest tile that is drawn there; null where not loaded. */
export function valuesAt(
  tiles: readonly RawTile[],
  source: Pick<ImageSource, "levels" | "channels">,
  slots: SlotTable,
  point: ImagePoint,
): (number | null)[] {
  const values: (number | null)[] = source.channels.map(() => null);
  const finestFirst = [...tiles].sort((a, b) => a.level - b.level);
  for (const raw of finestFirst) {
    const rect = tileRect(raw, source);
    if (point.x < rect.minX || point.y < rect.minY || point.x >= rect.maxX || point.y >= rect.maxY) continue;
    const level = source.levels[raw.level]!;
    const x = Math.min(raw.width - 1, Math.floor((point.x - rect.minX) / level.downsampleX));
    const y = Math.min(raw.height - 1, Math.floor((point.y - rect.minY) / level.downsampleY));
    for (const channel of raw.loaded) values[channel] ??= valueAt(raw, slots, channel, y * raw.width + x);
  }
  return values;
}
