import { describe, expect, it } from "vitest";
import { memoryStore, memoryZarr, type ZarrRecipe } from "../testing/memory-zarr.ts";
import { listLabels, openLabel } from "./labels.ts";
import { openOmeZarr } from "./open.ts";

const URL = "http://memory.test/image.zarr";
const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["y", "x"],
  shapes: [[40, 50]],
  chunks: [40, 50],
  dtype: "uint32",
  value: ({ x }) => x * 70_000,
};
const TILE = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

async function labelImage(told: unknown, recipe: ZarrRecipe = RECIPE) {
  const { files } = await memoryZarr(recipe);
  const key = recipe.version === "0.5" ? "/zarr.json" : "/.zattrs";
  const document = JSON.parse(new TextDecoder().decode(files.get(key)));
  const ome = recipe.version === "0.5" ? document.attributes.ome : document;
  if (told !== undefined) ome["image-label"] = told;
  return memoryStore(files.set(key, json(document))).store;
}

const TOLD = {
  colors: [
    { "label-value": 1, rgba: [255, 128, 0, 255] },
    { "label-value": 2, rgba: [0, 0, 255, 64] },
    { "label-value": 3 },
    { "label-value": "4", rgba: [0, 0, 0, 0] },
    { "label-value": 5, rgba: [0, 0, 999, 0] },
  ],
  properties: [{ "label-value": 1, class: "mitosis", score: 0.5 }, { class: "nobody's" }, 7],
  source: { image: "../../" },
};

describe("label images", () => {
  for (const version of ["0.5", "0.4"] as const) {
    it(`${version}: values as they are, colours and properties by value; damaged entries are left out`, async () => {
      const store = await labelImage(TOLD, { ...RECIPE, version });
      const { source, colors, properties } = await openLabel(URL, { store });
      expect([...colors]).toEqual([
        [1, 0xff8000ff],
        [2, 0x0000ff40],
      ]);
      expect([...properties]).toEqual([[1, { class: "mitosis", score: 0.5 }]]);
      expect(source.label).toEqual({ colors, properties });
      expect((await source.getTile(TILE))!.data[49]).toBe(49 * 70_000);
    });
  }

  it("an image that is none of labels says nothing of them", async () => {
    const store = await labelImage(undefined);
    expect((await openOmeZarr(URL, { store })).label).toBeUndefined();
  });

  it("refuses labels that are no integers", async () => {
    const store = await labelImage({}, { ...RECIPE, dtype: "float32" });
    await expect(openLabel(URL, { store })).rejects.toMatchObject({ code: "unsupported", got: "float32" });
  });

  it("64-bit labels stay integers, also where only their place tells what they are", async () => {
    const { files } = await memoryZarr({ ...RECIPE, dtype: "uint32", shapes: [[1, 4]], chunks: [1, 4] });
    const array = JSON.parse(new TextDecoder().decode(files.get("/0/zarr.json")));
    files.set("/0/zarr.json", json({ ...array, data_type: "int64" }));
    files.set("/0/c/0/0", new Uint8Array(new BigInt64Array([0n, 1n, 4_000_000_000n, 7n]).buffer));
    const base = memoryStore(files).store;
    const store = { ...base, locate: (key: string) => `http://memory.test/a.zarr/labels/cells${key}` };
    const { source, colors } = await openLabel("http://memory.test/a.zarr/labels/cells", { store });
    expect(source.dtype).toBe("uint32");
    expect([...(await source.getTile(TILE))!.data]).toEqual([0, 1, 4_000_000_000, 7]);
    expect(colors.size).toBe(0);
  });

  it("lists the names that an image has labels under, inside the image only", async () => {
    const labels = ["cells", "nested/nuclei", "../elsewhere", "/etc", 5];
    const v5 = memoryStore(new Map([["labels/zarr.json", json({ attributes: { ome: { labels } } })]]));
    const listed = ["cells", "nested/nuclei"].map((name) => ({ name, url: `${URL}/labels/${name}` }));
    const byAnySlash = (store: typeof v5.store) => ({
      ...store,
      get: (key: string) => store.get(key.replace(/^\//, "")),
    });
    expect(await listLabels(URL, { store: byAnySlash(v5.store) })).toEqual(listed);
    expect(v5.asked).toEqual(["labels/zarr.json"]);
    const v4 = memoryStore(new Map([["labels/.zattrs", json({ labels })]]));
    expect(await listLabels(URL, { store: byAnySlash(v4.store) })).toEqual(listed);
    expect(await listLabels(URL, { store: memoryStore(new Map()).store })).toEqual([]);
    expect(await listLabels("http://images.example/slide.svs")).toEqual([]);
  });
});
