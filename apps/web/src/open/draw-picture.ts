import {
  type ChannelSettings,
  type ImageLevel,
  type ImageSource,
  measuredChannelSettings,
  percentileWindow,
  type Tile,
} from "@coscope/viewer/source";

/** Longest side of the picture, px. */
const SIDE = 420;
/** The server keeps no larger ones. */
const MOST_BYTES = 44_000;
/** What is worth reading for a small picture, px: a level above this is left alone. */
const MOST_PIXELS = 2 ** 22;
const MOST_CHANNELS = 6;
const MOST_GAIN = 8;

/**
 * A small JPEG of the image in its default colours, from the coarsest level that is large enough; null where
 * that would be too much to read. For workers and pages: it needs OffscreenCanvas.
 */
export async function drawPicture(source: ImageSource, signal?: AbortSignal): Promise<Blob | null> {
  const found = levelFor(source);
  if (!found) return null;
  const { index, level } = found;
  const { width, height, tileWidth, tileHeight } = level;
  const sums = new Float32Array(width * height * 3);
  const plane = { z: Math.floor((source.sizeZ - 1) / 2), t: 0 };
  const settings = await measuredChannelSettings(source, plane, signal);
  const shown = [...settings.entries()].filter(([, { visible }]) => visible).slice(0, MOST_CHANNELS);
  const reads: Promise<void>[] = [];
  for (const [channel, setting] of shown) {
    for (let y = 0; y * tileHeight < height; y++) {
      for (let x = 0; x * tileWidth < width; x++) {
        const request = { level: index, x, y, ...plane, channel, ...(signal && { signal }) };
        reads.push(
          source.getTile(request).then((tile) => {
            if (tile) addTile(sums, width, { left: x * tileWidth, top: y * tileHeight, ...tile }, setting);
          }),
        );
      }
    }
  }
  await Promise.all(reads);
  if (!source.rgb) brighten(sums);
  return toJpeg(sums, width, height);
}

/** The coarsest level that fills the picture, else the finest one. */
function levelFor({ levels }: ImageSource): { index: number; level: ImageLevel } | null {
  const enough = levels.findLastIndex(({ width, height }) => Math.max(width, height) >= SIDE);
  for (const index of [Math.max(0, enough), levels.length - 1]) {
    const level = levels[index];
    if (level && level.width * level.height <= MOST_PIXELS) return { index, level };
  }
  return null;
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
      if (!(value > 0)) continue;
      const light = Math.min(1, value) ** gamma;
      const at = ((tile.top + row) * stride + tile.left + column) * 3;
      for (let part = 0; part < 3; part++) sums[at + part]! += light * rgb[part]!;
    }
  }
}

async function toJpeg(sums: Float32Array, width: number, height: number): Promise<Blob> {
  const pixels = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    for (let part = 0; part < 3; part++) pixels.data[at * 4 + part] = Math.min(1, sums[at * 3 + part]!) * 255;
    pixels.data[at * 4 + 3] = 255;
  }
  const whole = new OffscreenCanvas(width, height);
  whole.getContext("2d")!.putImageData(pixels, 0, 0);
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const small = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  const context = small.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, small.width, small.height);
  for (const quality of [0.85, 0.65, 0.4]) {
    const blob = await small.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size <= MOST_BYTES) return blob;
  }
  return small.convertToBlob({ type: "image/jpeg", quality: 0.2 });
}
