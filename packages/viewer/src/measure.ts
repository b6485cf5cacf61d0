import type { ImagePoint, ImageRect } from "@coscope/annotations/geometry";
import type { ImageSource } from "./source/image-source.ts";
import { type RawTile, valueAt } from "./tiles/raw-tile.ts";
import type { SlotTable } from "./tiles/slots.ts";
import type { TexelArray, Texels } from "./tiles/texels.ts";

/** Pixels looked at for a histogram; more would not change its shape. */
const SAMPLE = 400_000;

/** Where a tile lies, full-resolution px. */
export function tileRect(raw: RawTile, source: Pick<ImageSource, "levels">): ImageRect {
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

/**
 * One channel's pixels of what is visible, thinned out, from the level that
 * covers most of the view. Empty if the channel is not loaded there.
 */
export function visiblePixels(
  tiles: readonly RawTile[],
  source: Pick<ImageSource, "levels">,
  slots: SlotTable,
  channel: number,
  view: ImageRect,
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
    return texels ? [cropped(texels, slot.lane, rect, view, step)] : [];
  });
}

function cropped(raw: Texels, lane: number, rect: ImageRect, view: ImageRect, step: number): TexelArray {
  const scaleX = raw.width / (rect.maxX - rect.minX);
  const scaleY = raw.height / (rect.maxY - rect.minY);
  const x0 = Math.max(0, Math.floor((view.minX - rect.minX) * scaleX));
  const y0 = Math.max(0, Math.floor((view.minY - rect.minY) * scaleY));
  const x1 = Math.min(raw.width, Math.ceil((view.maxX - rect.minX) * scaleX));
  const y1 = Math.min(raw.height, Math.ceil((view.maxY - rect.minY) * scaleY));
  const width = Math.max(0, Math.ceil((x1 - x0) / step));
  const height = Math.max(0, Math.ceil((y1 - y0) / step));
  const out = raw.data.slice(0, width * height);
  let at = 0;
  for (let y = y0; y < y1; y += step) {
    for (let x = x0; x < x1; x += step) out[at++] = raw.data[(y * raw.width + x) * raw.lanes + lane]!;
  }
  return out;
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
