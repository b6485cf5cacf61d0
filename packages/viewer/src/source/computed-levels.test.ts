import { describe, expect, it } from "vitest";
import { withComputedLevels } from "./computed-levels.ts";
import { type ImageSource, tileGrid, tileSize } from "./image-source.ts";

/** One level of 16-bit pixels by formula, in tiles. */
function flat(
  width: number,
  height: number,
  tile: number,
  value: (x: number, y: number) => number | null,
): ImageSource {
  const level = {
    width,
    height,
    tileWidth: Math.min(tile, width),
    tileHeight: Math.min(tile, height),
    downsampleX: 1,
    downsampleY: 1,
  };
  return {
    id: "flat",
    name: "flat",
    width,
    height,
    sizeZ: 1,
    sizeT: 1,
    channels: [{ name: "one", color: null, window: null }],
    dtype: "uint16",
    rgb: false,
    fill: 0,
    levels: [level],
    calibration: null,
    warnings: [],
    async getTile({ x, y }) {
      const size = tileSize(level, x, y);
      const data = new Uint16Array(size.width * size.height);
      for (let row = 0; row < size.height; row++) {
        for (let column = 0; column < size.width; column++) {
          const pixel = value(x * level.tileWidth + column, y * level.tileHeight + row);
          if (pixel === null) return null;
          data[row * size.width + column] = pixel;
        }
      }
      return { ...size, data };
    },
  };
}

describe("withComputedLevels", () => {
  it("leaves a small image alone", () => {
    const source = flat(1000, 700, 256, () => 1);
    expect(withComputedLevels(source)).toBe(source);
  });

  it("adds means of 2 × 2 pixels until the image fits a screen, over odd edges and tile borders", async () => {
    const value = (x: number, y: number) => (x * 7 + y * 13) % 1000;
    const [width, height] = [2051, 1033];
    const source = withComputedLevels(flat(width, height, 256, value));
    expect(source.levels.map((level) => [level.width, level.height, level.downsampleX])).toEqual([
      [2051, 1033, 1],
      [1026, 517, 2],
      [513, 259, 4],
    ]);
    const clamp = (n: number, size: number) => Math.min(n, size - 1);
    const half = source.levels[1]!;
    const { columns, rows } = tileGrid(half);
    for (const [x, y] of [
      [0, 0],
      [columns - 1, 0],
      [0, rows - 1],
      [columns - 1, rows - 1],
    ] as const) {
      const tile = (await source.getTile({ level: 1, x, y, z: 0, t: 0, channel: 0 }))!;
      expect(tile).toMatchObject(tileSize(half, x, y));
      for (const [column, row] of [
        [0, 0],
        [tile.width - 1, tile.height - 1],
        [tile.width >> 1, tile.height >> 1],
      ] as const) {
        const [fx, fy] = [(x * 256 + column) * 2, (y * 256 + row) * 2];
        const four = [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ].map(([dx, dy]) => value(clamp(fx + dx!, width), clamp(fy + dy!, height)));
        expect(tile.data[row * tile.width + column]).toBe(Math.round(four.reduce((a, b) => a + b) / 4));
      }
    }
  });

  it("what is missing below is missing above", async () => {
    const source = withComputedLevels(flat(3000, 3000, 512, () => null));
    expect(await source.getTile({ level: 2, x: 0, y: 0, z: 0, t: 0, channel: 0 })).toBeNull();
  });

  it("refuses a tile outside", async () => {
    const source = withComputedLevels(flat(3000, 3000, 512, () => 1));
    await expect(source.getTile({ level: 2, x: 9, y: 0, z: 0, t: 0, channel: 0 })).rejects.toThrow(
      RangeError,
    );
  });
});
