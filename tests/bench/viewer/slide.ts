/** A slide that is cheap to compute anywhere in it, so that a benchmark measures the viewer and not its data. */
export const SLIDE = { size: 32_768, tile: 512, channels: 4, levels: 7 } as const;

/** Intensity at a full-resolution pixel: smooth waves of another length in each channel, 0…8190. */
export function intensity(channel: number, x: number, y: number): number {
  return wave(channel, x) + wave(channel + 2, y);
}

function wave(kind: number, at: number): number {
  return Math.round(2047.5 * (1 + Math.sin((2 * Math.PI * at) / (700 + 210 * kind))));
}

/** One channel of one tile: row-major [y, x], level 0 finest. A coarse pixel shows its first fine one. */
export function tilePixels(channel: number, level: number, column: number, row: number): Uint16Array {
  const { tile } = SLIDE;
  const step = 2 ** level;
  const across = Float64Array.from({ length: tile }, (_, i) => wave(channel, (column * tile + i) * step));
  const pixels = new Uint16Array(tile * tile);
  for (let y = 0, at = 0; y < tile; y++) {
    const down = wave(channel + 2, (row * tile + y) * step);
    for (let x = 0; x < tile; x++) pixels[at++] = across[x]! + down;
  }
  return pixels;
}

/** OME-Zarr 0.5 metadata by path below the image. */
export function slideDocuments(): Map<string, string> {
  const { size, tile, channels, levels } = SLIDE;
  const documents = new Map<string, string>();
  const datasets = Array.from({ length: levels }, (_, level) => ({
    path: String(level),
    coordinateTransformations: [{ type: "scale", scale: [1, 0.5 * 2 ** level, 0.5 * 2 ** level] }],
  }));
  const axes = [
    { name: "c", type: "channel" },
    { name: "y", type: "space", unit: "micrometer" },
    { name: "x", type: "space", unit: "micrometer" },
  ];
  const ome = { version: "0.5", multiscales: [{ name: "bench", axes, datasets }] };
  documents.set("zarr.json", JSON.stringify({ zarr_format: 3, node_type: "group", attributes: { ome } }));
  for (let level = 0; level < levels; level++) {
    const side = size / 2 ** level;
    documents.set(
      `${level}/zarr.json`,
      JSON.stringify({
        zarr_format: 3,
        node_type: "array",
        shape: [channels, side, side],
        dimension_names: ["c", "y", "x"],
        data_type: "uint16",
        chunk_grid: { name: "regular", configuration: { chunk_shape: [1, tile, tile] } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        codecs: [{ name: "bytes", configuration: { endian: "little" } }],
        fill_value: 0,
        attributes: {},
      }),
    );
  }
  return documents;
}

/** The part of the viewer's channel settings that this slide's server knows. */
export interface Contrast {
  readonly visible: boolean;
  readonly min: number;
  readonly max: number;
  readonly gamma: number;
  readonly color: number;
}

/** What a pixel looks like: red, green, blue in 0…255. Written anew, so that it can check the viewer's. */
export function colourOf(
  planes: readonly ArrayLike<number>[],
  at: number,
  contrast: readonly Contrast[],
): [number, number, number] {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let c = 0; c < contrast.length; c++) {
    const { visible, min, max, gamma, color } = contrast[c]!;
    if (!visible) continue;
    const tone = Math.min(1, Math.max(0, (planes[c]![at]! - min) / (max - min))) ** gamma;
    red += tone * (color >> 16);
    green += tone * ((color >> 8) & 255);
    blue += tone * (color & 255);
  }
  return [Math.min(255, Math.round(red)), Math.min(255, Math.round(green)), Math.min(255, Math.round(blue))];
}
