import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryZarr, type Position, pixelValue, type ZarrRecipe } from "../../testing/memory-zarr.ts";
import { type ImageSource, tileGrid, tileSize } from "../image-source.ts";
import { openOmeZarr } from "../open.ts";

const CYX: ZarrRecipe = {
  version: "0.5",
  axes: ["c", "y", "x"],
  shapes: [
    [2, 600, 700],
    [2, 300, 350],
  ],
  chunks: [1, 256, 256],
};

async function open(recipe: ZarrRecipe) {
  const { store, files, asked } = await memoryZarr(recipe);
  return { source: await openOmeZarr("http://memory.test/image.zarr", { store }), files, asked };
}

/** Every pixel of every tile at some planes against the formula; counts what was compared. */
async function checkPixels(
  source: ImageSource,
  value: (at: Position, level: number) => number,
): Promise<number> {
  let checked = 0;
  for (const [index, level] of source.levels.entries()) {
    const { columns, rows } = tileGrid(level);
    for (const z of new Set([0, source.sizeZ - 1])) {
      for (const t of new Set([0, source.sizeT - 1])) {
        for (let channel = 0; channel < source.channels.length; channel++) {
          for (let y = 0; y < rows; y++) {
            for (let x = 0; x < columns; x++) {
              const tile = await source.getTile({ level: index, x, y, z, t, channel });
              const size = tileSize(level, x, y);
              expect(tile).toMatchObject(size);
              expect(tile!.data.length).toBe(size.width * size.height);
              for (let i = 0; i < tile!.data.length; i++) {
                const at = {
                  x: x * level.tileWidth + (i % size.width),
                  y: y * level.tileHeight + Math.floor(i / size.width),
                };
                const expected = value({ ...at, z, t, c: channel }, index);
                if (tile!.data[i] !== expected) {
                  throw new Error(
                    `level ${index} ${JSON.stringify(at)} z${z} t${t} c${channel}: ${tile!.data[i]} ≠ ${expected}`,
                  );
                }
                checked++;
              }
            }
          }
        }
      }
    }
  }
  return checked;
}

describe("an OME-Zarr image", () => {
  it("is described by its metadata", async () => {
    const { source } = await open({
      ...CYX,
      name: "Slide",
      units: { x: "micrometer", y: "micrometer" },
      scales: [
        [1, 0.5, 0.25],
        [1, 1, 0.5],
      ],
      omero: {
        channels: [
          {
            label: "DAPI",
            color: "0000FF",
            window: { min: 0, max: 4095, start: 10, end: 900 },
            active: true,
          },
          { label: "GFP", color: "00ff00" },
        ],
      },
    });
    expect(source).toMatchObject({
      name: "Slide",
      width: 700,
      height: 600,
      sizeZ: 1,
      sizeT: 1,
      dtype: "uint16",
      rgb: false,
      fill: 0,
      calibration: { x: 0.25, y: 0.5, unit: "µm" },
      channels: [
        { name: "DAPI", color: 0x0000ff, window: { min: 0, max: 4095, start: 10, end: 900 }, active: true },
        { name: "GFP", color: 0x00ff00, window: null },
      ],
      warnings: [],
    });
    expect(source.levels).toMatchObject([
      { width: 700, height: 600, tileWidth: 256, tileHeight: 256, downsampleX: 1, downsampleY: 1 },
      { width: 350, height: 300, downsampleX: 2, downsampleY: 2 },
    ]);
  });

  it("takes its name from the address when the file has none", async () => {
    const { source } = await open({ ...CYX, name: "" });
    expect(source.name).toBe("image");
  });

  it.each(["raw", "gzip", "zstd", "blosc"] as const)("is read exactly, 0.5 with %s", async (codec) => {
    const { source } = await open({ ...CYX, codec });
    expect(await checkPixels(source, pixelValue)).toBe(2 * (600 * 700 + 300 * 350));
  });

  it.each([
    ["raw", "."],
    ["gzip", "/"],
    ["zlib", "."],
    ["zstd", "/"],
    ["blosc", "/"],
  ] as const)("is read exactly, 0.4 with %s and separator %s", async (codec, separator) => {
    const { source } = await open({ ...CYX, version: "0.4", codec, separator });
    expect(await checkPixels(source, pixelValue)).toBeGreaterThan(0);
  });

  it.each(["int8", "int16", "uint32", "int32", "float32", "float64", "uint8"] as const)(
    "may be %s",
    async (dtype) => {
      const value = ({ x, y, c }: Position) => (x + 3 * y + 5 * c) % 120;
      const { source } = await open({ ...CYX, dtype, value, shapes: [[2, 70, 90]] });
      expect(source.dtype).toBe(dtype);
      await checkPixels(source, value);
    },
  );

  it("may have its axes in any order, any chunks and any downsampling", async () => {
    const names = ["x", "y", "z", "c", "t"] as const;
    const recipes = fc
      .record({
        extra: fc.shuffledSubarray(["z", "c", "t"] as const),
        shuffle: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        sizes: fc.record({
          x: fc.integer({ min: 1, max: 40 }),
          y: fc.integer({ min: 1, max: 40 }),
          z: fc.integer({ min: 1, max: 4 }),
          c: fc.integer({ min: 1, max: 4 }),
          t: fc.integer({ min: 1, max: 3 }),
        }),
        chunks: fc.record({
          x: fc.integer({ min: 1, max: 50 }),
          y: fc.integer({ min: 1, max: 50 }),
          z: fc.integer({ min: 1, max: 3 }),
          c: fc.integer({ min: 1, max: 3 }),
          t: fc.integer({ min: 1, max: 3 }),
        }),
        factor: fc.double({ min: 1.3, max: 4, noNaN: true }),
        version: fc.constantFrom("0.4" as const, "0.5" as const),
      })
      .map(({ extra, shuffle, sizes, chunks, factor, version }): ZarrRecipe => {
        const axes = names
          .filter((name) => name === "x" || name === "y" || (extra as string[]).includes(name))
          .sort((a, b) => shuffle[names.indexOf(a)]! - shuffle[names.indexOf(b)]!);
        const full = axes.map((name) => sizes[name]);
        const half = axes.map((name) =>
          name === "x" || name === "y" ? Math.max(1, Math.floor(sizes[name] / factor)) : sizes[name],
        );
        return { version, axes, shapes: [full, half], chunks: axes.map((name) => chunks[name]) };
      });
    await fc.assert(
      fc.asyncProperty(recipes, async (recipe) => {
        const { source } = await open(recipe);
        await checkPixels(source, pixelValue);
      }),
      { numRuns: 60 },
    );
  });

  it("may have fewer planes at coarse levels", async () => {
    const { source } = await open({
      version: "0.5",
      axes: ["z", "y", "x"],
      shapes: [
        [6, 20, 20],
        [3, 10, 10],
      ],
      chunks: [1, 20, 20],
      value: ({ z }, level) => z + 100 * level,
    });
    const shown = await Promise.all(
      [0, 1, 2, 5].map((z) => source.getTile({ level: 1, x: 0, y: 0, z, t: 0, channel: 0 })),
    );
    expect(shown.map((tile) => tile!.data[0])).toEqual([100, 100, 101, 102]);
  });

  it("uses the stated scale where sizes are odd, and the shapes where it makes no sense", async () => {
    const odd = await open({
      version: "0.5",
      axes: ["y", "x"],
      shapes: [
        [51, 51],
        [26, 25],
      ],
      chunks: [64, 64],
      scales: [
        [1, 1],
        [2, 2],
      ],
    });
    expect(odd.source.levels[1]).toMatchObject({ downsampleX: 2, downsampleY: 2 });
    const nonsense = await open({
      version: "0.5",
      axes: ["y", "x"],
      shapes: [
        [50, 50],
        [10, 10],
      ],
      chunks: [64, 64],
      scales: [
        [1, 1],
        [1, 1],
      ],
    });
    expect(nonsense.source.levels[1]).toMatchObject({ downsampleX: 5, downsampleY: 5 });
  });

  it("reads a shard's chunks by range, and its index once", async () => {
    const { source, asked } = await open({
      ...CYX,
      chunks: [1, 256, 256],
      shards: [1, 512, 512],
      codec: "zstd",
      skip: (level, coords) => level === 0 && coords[1] === 0 && coords[2] === 1 && coords[0] === 0,
    });
    expect(await source.getTile({ level: 0, x: 1, y: 0, z: 0, t: 0, channel: 0 })).toBeNull();
    await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 });
    await source.getTile({ level: 0, x: 1, y: 1, z: 0, t: 0, channel: 0 });
    const ranges = asked.filter((key) => key.startsWith("/0/c/0/0/0#"));
    expect(ranges.filter((key) => key.includes("#-"))).toHaveLength(1);
    expect(ranges).toHaveLength(3);
    const { source: whole } = await open({ ...CYX, shards: [1, 512, 512], codec: "gzip" });
    await checkPixels(whole, pixelValue);
  });

  it("answers null for a chunk that is not there, and fills the rest of a tile", async () => {
    const { source } = await open({
      version: "0.5",
      axes: ["y", "x"],
      shapes: [[300, 300]],
      chunks: [64, 64],
      fill: 7,
      skip: (_, [y, x]) => y! < 4 && x! < 4 && !(y === 0 && x === 0),
      value: () => 50,
    });
    expect(source.fill).toBe(7);
    const tile = await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 });
    expect([tile!.data[0], tile!.data[63], tile!.data[64], tile!.data[64 * tile!.width]]).toEqual([
      50, 50, 7, 7,
    ]);
    const { source: empty } = await open({ ...CYX, skip: () => true });
    expect(await empty.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 })).toBeNull();
  });

  it("cuts huge chunks into tiles and decodes them once", async () => {
    let decodes = 0;
    const { store, asked } = await memoryZarr({
      version: "0.5",
      axes: ["y", "x"],
      shapes: [[1100, 1000]],
      chunks: [1100, 1000],
    });
    const source = await openOmeZarr("http://memory.test/image.zarr", { store, onDecode: () => decodes++ });
    expect(source.levels[0]).toMatchObject({ tileWidth: 500, tileHeight: 367 });
    expect(await checkPixels(source, pixelValue)).toBe(1_100_000);
    expect(decodes).toBe(1);
    expect(asked.filter((key) => key.includes("/c/"))).toHaveLength(1);
  });

  it("decodes a chunk of all channels once", async () => {
    let decodes = 0;
    const { store } = await memoryZarr({
      version: "0.4",
      axes: ["y", "x", "c"],
      shapes: [[80, 60, 3]],
      chunks: [80, 60, 3],
      dtype: "uint8",
      value: ({ c, x }) => (c * 50 + x) % 256,
    });
    const source = await openOmeZarr("http://memory.test/image.zarr", { store, onDecode: () => decodes++ });
    const tiles = await Promise.all(
      [0, 1, 2].map((channel) => source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel })),
    );
    expect(tiles.map((tile) => tile!.data[5])).toEqual([5, 55, 105]);
    expect(decodes).toBe(1);
    expect(source.rgb).toBe(true);
  });

  it("asks for the group, then for the first and the last level; once in all where consolidated", async () => {
    const levels = [
      [2, 600, 700],
      [2, 300, 350],
      [2, 150, 175],
    ];
    const plain = await open({ ...CYX, shapes: levels });
    expect(plain.asked).toEqual([
      "/zarr.json",
      "/0/zarr.json",
      "/2/zarr.json",
      // Not waiting to be asked.
      "/2/c/0/0/0",
    ]);
    const consolidated = await open({ ...CYX, shapes: levels, consolidated: true });
    expect(consolidated.asked).toEqual(["/zarr.json"]);
    const old = await open({ ...CYX, version: "0.4", shapes: levels });
    const metadata = ["/.zattrs", "/0/.zarray", "/2/.zarray"];
    expect(old.asked).toEqual(["/zarr.json", ...metadata, "/2/0/0/0"]);
  });

  it("reads a middle level's metadata together with its first tile, once", async () => {
    const shapes = [601, 301, 151, 76].map((n) => [2, n, n]);
    const scales = [1, 2, 4, 8].map((n) => [1, n, n]);
    const { source, asked } = await open({ ...CYX, shapes, scales });
    expect(source.levels.map(({ height }) => height)).toEqual([601, 301, 151, 76]);
    asked.length = 0;
    await checkPixels(source, pixelValue);
    expect(asked.filter((key) => key.endsWith("zarr.json")).sort()).toEqual(["/1/zarr.json", "/2/zarr.json"]);
  });

  it.each<[string, Partial<ZarrRecipe>, boolean]>([
    ["a pixel short of what the scales say", {}, true],
    ["of a pyramid without scales", { scales: [[1], [1], [1]] }, false],
  ])("shows every pixel of a level that is %s", async (_, change, assumed) => {
    const shapes = [
      [2, 600, 700],
      [2, 299, 349],
      [2, 150, 175],
    ];
    const scales = [1, 2, 4].map((n) => [1, n, n]);
    const { source, asked } = await open({ ...CYX, shapes, scales, ...change });
    expect(asked.includes("/1/zarr.json")).toBe(!assumed);
    const level = source.levels[1]!;
    expect([level.width, level.height]).toEqual(assumed ? [350, 300] : [349, 299]);
    const tile = (await source.getTile({ level: 1, x: 1, y: 1, z: 0, t: 0, channel: 1 }))!;
    for (let y = 256; y < 299; y++)
      for (let x = 256; x < 349; x++)
        expect(tile.data[(y - 256) * tile.width + x - 256]).toBe(pixelValue({ x, y, z: 0, c: 1, t: 0 }, 1));
    asked.length = 0;
    await source.getTile({ level: 1, x: 0, y: 0, z: 0, t: 0, channel: 1 });
    expect(asked).toEqual(["/1/c/1/0/0"]);
  });

  it("lets several callers wait for one chunk, and one of them leave", async () => {
    const { source, asked } = await open(CYX);
    const request = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };
    const leaving = new AbortController();
    const left = source.getTile({ ...request, signal: leaving.signal });
    const stayed = source.getTile(request);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "aborted" });
    expect((await stayed)!.data[1]).toBe(7);
    expect(asked.filter((key) => key === "/0/c/0/0/0")).toHaveLength(1);
  });

  it("refuses requests outside the image as the caller's mistake", async () => {
    const { source } = await open(CYX);
    for (const wrong of [{ level: 9 }, { x: 99 }, { y: -1 }, { z: 1 }, { channel: 2 }, { t: 0.5 }]) {
      const request = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0, ...wrong };
      await expect(source.getTile(request)).rejects.toThrow(RangeError);
    }
  });
});
