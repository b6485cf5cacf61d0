import { describe, expect, it } from "vitest";
import { memoryStore, memoryZarr, pixelValue, type ZarrRecipe } from "../../testing/memory-zarr.ts";
import type { ByteStore } from "../http-store.ts";
import { openOmeZarr } from "../open.ts";

const URL = "http://memory.test/image.zarr";
const COLORS = ["0000FF", "00FF00", "FF0000", "FFFF00", "FF00FF"];
const channels = COLORS.map((color, i) => ({ label: `c${i}`, color, window: { start: 0, end: 9 } }));
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["c", "y", "x"],
  shapes: [
    [5, 120, 100],
    [5, 60, 50],
  ],
  chunks: [1, 64, 64],
  omero: { channels },
};
const tile = (channel: number) => ({ level: 1, x: 0, y: 0, z: 0, t: 0, channel });
const isChunk = (key: string) => !/json$|\.z\w+$/.test(key);

async function chunksAsked(recipe: ZarrRecipe, shown = [0, 1, 2, 3], z = 0) {
  const { store, asked } = await memoryZarr(recipe);
  const source = await openOmeZarr(URL, { store });
  const before = asked.filter(isChunk);
  for (const channel of shown) {
    const read = await source.getTile({ ...tile(channel), z });
    expect(read!.data[3]).toBe(pixelValue({ x: 3, y: 0, z, c: channel, t: 0 }, 1));
  }
  return { before, after: asked.filter(isChunk).slice(before.length) };
}

describe("chunks read ahead of their metadata", () => {
  it("are those of the first four channels of the coarsest level, and are not asked for again", async () => {
    const { before, after } = await chunksAsked(RECIPE);
    expect(before).toEqual([0, 1, 2, 3].map((c) => `/1/c/${c}/0/0`));
    expect(after).toEqual([]);
  });

  it("are those that the file says are shown", async () => {
    const active = channels.map((channel, i) => ({ ...channel, active: i === 4 }));
    const { before, after } = await chunksAsked({ ...RECIPE, omero: { channels: active } }, [4]);
    expect(before).toEqual(["/1/c/4/0/0"]);
    expect(after).toEqual([]);
  });

  it("of 0.4", async () => {
    const { before, after } = await chunksAsked({ ...RECIPE, version: "0.4" });
    expect(before).toEqual([0, 1, 2, 3].map((c) => `/1/${c}/0/0`));
    expect(after).toEqual([]);
  });

  it("small shards, whole", async () => {
    const { before, after } = await chunksAsked({ ...RECIPE, chunks: [1, 32, 32], shards: [1, 64, 64] });
    expect(before).toEqual([0, 1, 2, 3].map((c) => `/1/c/${c}/0/0`));
    expect(after).toEqual([]);
  });

  it("one only where channels are unknown, or are those of a colour picture", async () => {
    const { omero: _, ...unknown } = RECIPE;
    expect((await chunksAsked(unknown)).before).toEqual(["/1/c/0/0/0"]);
    const rgb = ["FF0000", "00FF00", "0000FF"].map((color) => ({ color, window: { start: 0, end: 255 } }));
    expect((await chunksAsked({ ...RECIPE, omero: { channels: rgb } })).before).toEqual(["/1/c/0/0/0"]);
  });

  it("none where there is one level, or all metadata came at once", async () => {
    const single = { ...RECIPE, shapes: [[5, 60, 50]] };
    const { store, asked } = await memoryZarr(single);
    await openOmeZarr(URL, { store });
    expect(asked.filter(isChunk)).toEqual([]);
    expect((await chunksAsked({ ...RECIPE, consolidated: true })).before).toEqual([]);
  });

  it("wrong guesses cost nothing but requests: separators, shared chunks, another plane", async () => {
    expect((await chunksAsked({ ...RECIPE, separator: "." })).after).toHaveLength(4);
    expect((await chunksAsked({ ...RECIPE, chunks: [5, 64, 64] })).after).toEqual([]);
    const deep = { ...RECIPE, axes: ["z", "c", "y", "x"] as const, chunks: [1, 1, 64, 64] };
    const shapes = RECIPE.shapes.map((shape) => [5, ...shape]);
    expect((await chunksAsked({ ...deep, shapes }, [0, 1], 2)).after).toEqual([
      "/1/c/2/0/0/0",
      "/1/c/2/1/0/0",
    ]);
  });

  it("those that failed or are large are asked for in their own time", async () => {
    const { files } = await memoryZarr(RECIPE);
    const plain = memoryStore(files);
    const failed = new Set<string>();
    const store: ByteStore = {
      ...plain.store,
      async get(key, options) {
        if (options?.maxBytes && key === "/1/c/1/0/0") {
          failed.add(key);
          throw new Error("too large");
        }
        return plain.store.get(key, options);
      },
    };
    const source = await openOmeZarr(URL, { store });
    expect((await source.getTile(tile(1)))!.data[0]).toBe(pixelValue({ x: 0, y: 0, z: 0, c: 1, t: 0 }, 1));
    expect([...failed]).toEqual(["/1/c/1/0/0"]);
    expect(plain.asked.filter((key) => key === "/1/c/1/0/0")).toHaveLength(1);
  });

  it("a chunk that is not there stays fill", async () => {
    const { store } = await memoryZarr({ ...RECIPE, skip: (level, [c]) => level === 1 && c === 2 });
    const source = await openOmeZarr(URL, { store });
    expect(await source.getTile(tile(2))).toBeNull();
    expect(await source.getTile(tile(3))).not.toBeNull();
  });
});

describe("which version's metadata is asked for first", () => {
  const cases: [string, string][] = [
    ["http://h/idr/zarr/v0.4/idr0062A/6001240.zarr", ".zattrs"],
    ["http://h/x.v0.4.ome.zarr", ".zattrs"],
    ["http://h/zarr/v0.5/6001240.zarr", "/zarr.json"],
    ["http://h/sample-0.4um.zarr", "/zarr.json"],
    ["http://h/a.zarr", "/zarr.json"],
  ];
  for (const [url, first] of cases) {
    it(`${url}: ${first}`, async () => {
      const asked: string[] = [];
      const fetch: typeof globalThis.fetch = async (input) => {
        asked.push(String(input));
        return new Response(null, { status: 404 });
      };
      await expect(openOmeZarr(url, { fetch })).rejects.toMatchObject({ code: "not-found" });
      expect(asked[0]).toContain(first);
      expect(asked.filter((one) => /zarr\.json|\.zattrs/.test(one))).toHaveLength(2);
    });
  }
});
