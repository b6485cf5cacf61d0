import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, listLabels, openImage, openLabel } from "@coscope/viewer/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestsOf, type Expected } from "./planes.ts";
import { type FixtureServer, images, serveFixtures } from "./server.ts";

const fixtures = JSON.parse(readFileSync(join(images, "ome-zarr.json"), "utf8")) as Record<string, Expected>;
let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixtures();
});
afterAll(() => server.close());

describe("OME-Zarr images that ome-zarr-py and zarr-python wrote", () => {
  for (const [name, expected] of Object.entries(fixtures)) {
    test(name, async () => {
      const source = await openImage(`${server.url}/${name}`);
      expect(source.dtype).toBe(expected.dtype);
      expect(source.levels).toHaveLength(expected.levels.length);
      if (expected.calibration) {
        const numbers = Object.entries(expected.calibration).map(([key, value]) => [
          key,
          typeof value === "number" ? expect.closeTo(value, 6) : value,
        ]);
        expect(source.calibration).toEqual(Object.fromEntries(numbers));
      }
      if (expected.channels) expect(source.channels).toMatchObject(expected.channels);
      if (expected.name) expect(source.name).toBe(expected.name);
      if (expected.warned) expect(source.warnings.join(" ")).toContain(expected.warned);
      else expect(source.warnings).toEqual([]);
      expect(await digestsOf(source, expected)).toEqual(expected.levels);
    });
  }
});

describe("what an address holds", () => {
  const at = (path: string) => `${server.url}/${path}`;

  test("an image with labels", async () => {
    expect(await inspect(at("labelled.zarr"))).toEqual({
      kind: "image",
      items: [{ name: "labelled", url: at("labelled.zarr") }],
      labels: ["cells", "nuclei"].map((name) => ({ name, url: at(`labelled.zarr/labels/${name}`) })),
    });
  });

  test("label images, with what is said of their values; of 64 bit, too", async () => {
    for (const name of ["labelled.zarr", "labelled-v04.zarr"]) {
      const [cells] = await listLabels(at(name));
      expect(cells).toEqual({ name: "cells", url: at(`${name}/labels/cells`) });
      const { source, colors, properties } = await openLabel(cells!.url);
      expect(source.dtype).toBe("uint32");
      expect([...colors]).toEqual([
        [1, 0xff0000ff],
        [2, 0x0080ff40],
      ]);
      expect([...properties]).toEqual([[1, { class: "mitosis", score: 0.5 }]]);
    }
    expect(await listLabels(at("v05-yx.zarr"))).toEqual([]);
  });

  test("an image without", async () => {
    expect(await inspect(at("v04-yx.zarr"))).toMatchObject({ kind: "image", labels: [] });
  });

  test("a series, named by the metadata that bioformats2raw keeps", async () => {
    for (const name of ["series.zarr", "series-v04.zarr"]) {
      const listing = await inspect(at(name));
      expect(listing).toMatchObject({ kind: "series", labels: [] });
      expect(listing.items).toEqual(
        ["overview", "scan & zoom", "third"].map((label, i) => ({ name: label, url: at(`${name}/${i}`) })),
      );
    }
  });

  test("a series that is not listed: images up to the first that is missing", async () => {
    const listing = await inspect(at("series-unlisted.zarr"));
    expect(listing.items.map(({ name }) => name)).toEqual(["Image 1", "Image 2", "Image 3"]);
  });

  for (const name of ["plate.zarr", "plate-v04.zarr"]) {
    test(`${name}: wells with their places, then fields`, async () => {
      const listing = await inspect(at(name));
      expect(listing.kind).toBe("plate");
      expect(listing.plate).toMatchObject({ rows: ["A", "B"], columns: ["1", "2", "3"] });
      expect(listing.plate?.wells).toEqual([
        { name: "A1", url: at(`${name}/A/1`), row: 0, column: 0 },
        { name: "A3", url: at(`${name}/A/3`), row: 0, column: 2 },
        { name: "B2", url: at(`${name}/B/2`), row: 1, column: 1 },
      ]);
      const well = await inspect(listing.items[1]!.url);
      expect(well).toMatchObject({ kind: "well", labels: [] });
      expect(well.items.map(({ url }) => url)).toEqual([at(`${name}/A/3/0`), at(`${name}/A/3/1`)]);
    });
  }

  test("a TIFF that holds several images", async () => {
    const listing = await inspect(at("several.ome.tif"));
    expect(listing).toMatchObject({ kind: "series", labels: [] });
    expect(listing.items).toEqual([
      { name: "cells", url: at("several.ome.tif#image=1") },
      { name: "stack", url: at("several.ome.tif#image=2") },
      { name: "macro", url: at("several.ome.tif#image=3"), associated: true },
    ]);
    expect((await inspect(listing.items[1]!.url)).kind).toBe("image");
    const beyond = openImage(at("several.ome.tif#image=4"));
    await expect(beyond).rejects.toMatchObject({ code: "not-found" });
    await expect(openImage(at("strips-u8.tif#image=2"))).rejects.toMatchObject({ code: "not-found" });
  });

  test("a file of another kind is one image", async () => {
    expect(await inspect(at("strips-u8.tif"))).toEqual({
      kind: "image",
      items: [{ name: "strips-u8", url: at("strips-u8.tif") }],
      labels: [],
    });
  });
});

test("OME-Zarr 0.6: says what of it is not applied", async () => {
  const { warnings } = await openImage(`${server.url}/v06.zarr`);
  expect(warnings).toEqual([
    "The image is OME-Zarr 0.6, of which scale and axes are read. Not applied: rotation.",
  ]);
});
