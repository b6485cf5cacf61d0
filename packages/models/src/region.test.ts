import type { ImageSource } from "@coscope/viewer/source";
import { describe, expect, it } from "vitest";
import { ModelError } from "./errors.ts";
import { readRegion } from "./region.ts";

const TILE = 1024;

/** An image of one level, brighter from row to row. */
function flat(width: number, height: number): ImageSource {
  const source = {
    rgb: false,
    fill: 0,
    channels: [{ name: "DAPI" }],
    levels: [{ width, height, tileWidth: TILE, tileHeight: TILE, downsampleX: 1, downsampleY: 1 }],
    async getTile({ y }: { y: number }) {
      const data = new Float32Array(TILE * TILE);
      for (let row = 0; row < TILE; row++) data.fill(y * TILE + row + 0.5, row * TILE, (row + 1) * TILE);
      return { width: TILE, height: TILE, data };
    },
  };
  return source as unknown as ImageSource;
}
const plane = { z: 0, t: 0, channels: [0] };

describe("a region from far away, of an image without coarse levels", () => {
  it("is read in strips, which join without a seam", async () => {
    const [width, height] = [8000, 4100];
    const cell = { scale: 0.0625, x: 0, y: 0, width: 500, height: 257 } as const;
    const { data } = await readRegion(flat(width, height), cell, plane, [{ low: 0, high: height }]);
    for (let y = 0; y < 256; y++)
      for (const x of [0, 250, 499]) expect(data[y * 500 + x]).toBeCloseTo(((y + 0.5) * 16) / height, 4);
    // The last row has but four px below it.
    expect(data[256 * 500]).toBeCloseTo(4098 / height, 4);
  });

  it("is refused where that would take minutes", async () => {
    const cell = { scale: 0.015625, x: 0, y: 0, width: 1024, height: 1024 } as const;
    const read = readRegion(flat(70_000, 70_000), cell, plane, [{ low: 0, high: 1 }]);
    await expect(read).rejects.toThrow(ModelError);
    await expect(read).rejects.toThrow(/Zoom in/);
  });
});
