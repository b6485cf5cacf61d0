import {
  type ChannelSettings,
  type ImageLevel,
  type ImageSource,
  measuredChannelSettings,
  openOmeZarr,
  percentileWindow,
  type Tile,
} from "@coscope/viewer/source";

/** Longest side that is worth fetching, px. */
const LARGEST = 1024;
const MOST_GAIN = 8;
/** Pictures drawn in this tab, by address. */
const drawn = new Map<string, string>();
/** Few at a time: opening an image is more urgent than its neighbours' pictures, and one may be slow. */
const LANES = 3;
const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
let turns = 0;

/** A data URL of the image in its default colours, from its coarsest useful level; null where that is too much. */
export function thumbnailOf(url: string, signal: AbortSignal): Promise<string | null> {
  const known = drawn.get(url);
  if (known) return Promise.resolve(known);
  const lane = turns++ % LANES;
  const turn = lanes[lane]!.then(async () => {
    if (signal.aborted) return null;
    const source = await openOmeZarr(url, { signal });
    try {
      const level = coarseLevel(source);
      if (!level) return null;
      const picture = await draw(source, level, signal);
      drawn.set(url, picture);
      return picture;
    } finally {
      source.close?.();
    }
  });
  lanes[lane] = turn.catch(() => {});
  return turn;
}

function coarseLevel(source: ImageSource): { index: number; level: ImageLevel } | null {
  const index = source.levels.length - 1;
  const level = source.levels[index];
  return level && Math.max(level.width, level.height) <= LARGEST ? { index, level } : null;
}

async function draw(
  source: ImageSource,
  { index, level }: { index: number; level: ImageLevel },
  signal: AbortSignal,
): Promise<string> {
  const { width, height, tileWidth, tileHeight } = level;
  const sums = new Float32Array(width * height * 3);
  const plane = { z: Math.floor(source.sizeZ / 2), t: 0 };
  for (const [channel, settings] of (await measuredChannelSettings(source, plane, signal)).entries()) {
    if (!settings.visible) continue;
    for (let y = 0; y * tileHeight < height; y++) {
      for (let x = 0; x * tileWidth < width; x++) {
        const tile = await source.getTile({ level: index, x, y, ...plane, channel, signal });
        if (tile) addTile(sums, width, { left: x * tileWidth, top: y * tileHeight, ...tile }, settings);
      }
    }
  }
  if (!source.rgb) brighten(sums);
  return toDataUrl(sums, width, height);
}

/** Small bright things are averaged away so far out: all channels get the same gain, so the hues stay. */
function brighten(sums: Float32Array): void {
  const bright = percentileWindow([sums.filter((light) => light > 0)], 0, 99.5)?.max ?? 1;
  const gain = Math.min(MOST_GAIN, Math.max(1, 0.9 / bright));
  for (let at = 0; at < sums.length; at++) sums[at]! *= gain;
}

interface PlacedTile extends Tile {
  readonly left: number;
  readonly top: number;
}

/** Adds one channel's light; `sums` is [y, x, rgb], 1 is full. */
function addTile(sums: Float32Array, stride: number, tile: PlacedTile, settings: ChannelSettings): void {
  const { min, max, gamma, color } = settings;
  const rgb = [(color >> 16) & 255, (color >> 8) & 255, color & 255].map((part) => part / 255);
  for (let row = 0; row < tile.height; row++) {
    for (let column = 0; column < tile.width; column++) {
      const value = (tile.data[row * tile.width + column]! - min) / (max - min || 1);
      if (value <= 0) continue;
      const light = Math.min(1, value) ** gamma;
      const at = ((tile.top + row) * stride + tile.left + column) * 3;
      for (let part = 0; part < 3; part++) sums[at + part]! += light * rgb[part]!;
    }
  }
}

function toDataUrl(sums: Float32Array, width: number, height: number): string {
  const pixels = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    for (let part = 0; part < 3; part++) pixels.data[at * 4 + part] = Math.min(1, sums[at * 3 + part]!) * 255;
    pixels.data[at * 4 + 3] = 255;
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas.toDataURL("image/jpeg", 0.85);
}
