import type { ImageSource } from "@coscope/viewer/source";
import { expect, test } from "vitest";
import { arrayOf, sourcePixels } from "./pixels.ts";

const value = (x: number, y: number, c: number) => (x * 7 + y * 13 + c * 101) & 0xff;

/** A strip TIFF as its reader presents it: decoding one tile costs its strips in their whole width. */
function strips(width: number, height: number, asked: string[]): ImageSource {
  const level = {
    ...{ width, height, tileWidth: 512, tileHeight: 32, downsampleX: 1, downsampleY: 1 },
    chunk: { width, height: 32, depth: 1, channels: 2 },
  };
  return {
    ...{ id: "", name: "wide", width, height, sizeZ: 1, sizeT: 1, dtype: "uint8", rgb: false, fill: 0 },
    channels: [0, 1].map((c) => ({ name: `${c}`, color: null, window: null })),
    levels: [level],
    calibration: null,
    warnings: [],
    async getTile({ x, y, channel }) {
      asked.push(`${x},${y},${channel}`);
      const w = Math.min(512, width - x * 512);
      const h = Math.min(32, height - y * 32);
      const data = arrayOf("uint8", w * h);
      for (let i = 0; i < data.length; i++)
        data[i] = value(x * 512 + (i % w), y * 32 + Math.floor(i / w), channel);
      return { width: w, height: h, data };
    },
  };
}

test("very wide strips are read once, row by row, whatever is asked for of them", async () => {
  const asked: string[] = [];
  const [width, height] = [80_000, 70];
  const pixels = sourcePixels(strips(width, height, asked));
  const at = { t: 0, z: 0, y: 0, height, width: 300 };
  for (const [x, c] of [
    [79_700, 1],
    [0, 0],
    [40_000, 1],
  ] as const) {
    const part = (await pixels.read({ ...at, x, c }, undefined))!;
    expect([part[0], part[299], part[69 * 300 + 5]]).toEqual([
      value(x, 0, c),
      value(x + 299, 0, c),
      value(x + 5, 69, c),
    ]);
  }
  expect(asked).toHaveLength(2 * 3 * Math.ceil(width / 512));
  expect(new Set(asked).size).toBe(asked.length);
});

test("wider than memory allows is refused in words", () => {
  expect(() => sourcePixels(strips(2 ** 20, 70, []))).toThrow("strips of at most 512 MiB");
});
