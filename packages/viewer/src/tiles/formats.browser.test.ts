import { afterEach, describe, expect, it } from "vitest";
import type { ImageSource } from "../source/image-source.ts";
import { openImage } from "../source/open-image.ts";
import { at, differences, expectedIn, planeOf, servingZip } from "../testing/page-fixtures.ts";
import { openInWorkers } from "./main.ts";

let source: ImageSource | null = null;
afterEach(() => {
  source?.close?.();
  source = null;
});

const tiffs = await expectedIn("tiff.json");
const pictures = await expectedIn("pictures.json");
const zarrs = await expectedIn("ome-zarr.json");

describe("files that tifffile and Pillow wrote, read in workers: every pixel", () => {
  const all = { ...tiffs, "plain.png": pictures["plain.png"], "plain.webp": pictures["plain.webp"] };
  for (const [name, expected] of Object.entries({ ...all, "large.png": pictures["large.png"] })) {
    if (!expected?.levels[0]?.planes) continue;
    it(name, async () => {
      source = await openInWorkers(at(name), { workers: 2 });
      expect(source.dtype).toBe(expected.dtype);
      expect(await differences(source, expected)).toEqual([]);
    });
  }
});

describe("OME-Zarr that ome-zarr-py and zarr-python wrote: every pixel", () => {
  for (const [path, expected] of Object.entries(zarrs)) {
    it(path, async () => {
      const name = path.split("/")[0]!;
      const fetch = await servingZip(`${name}.zip`, `${name}/`);
      const opened = await openImage(`http://zip.test/${path}`, { fetch });
      expect(opened.dtype).toBe(expected.dtype);
      expect(await differences(opened, expected)).toEqual([]);
    });
  }
});

describe("files of other formats, read in workers", () => {
  it("a slide's JPEG tiles: as libjpeg-turbo reads them, to 2 of 255", async () => {
    source = await openInWorkers(at("slide.svs"));
    expect(source.rgb).toBe(true);
    expect(source.levels).toHaveLength(2);
    const packed = new Blob([await (await fetch(at("slide.svs.raw"))).arrayBuffer()]);
    const raw = new Response(packed.stream().pipeThrough(new DecompressionStream("deflate")));
    const bytes = new Uint8Array(await raw.arrayBuffer());
    const size = source.width * source.height;
    for (let channel = 0; channel < 3; channel++) {
      const plane = await planeOf(source, { level: 0, z: 0, t: 0, channel });
      let most = 0;
      for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(plane[i]! - bytes[channel * size + i]!));
      expect(most).toBeLessThanOrEqual(2);
    }
  });

  it("a photograph's orientation is not applied: annotations stay where they are", async () => {
    source = await openInWorkers(at("turned.jpg"));
    expect(source).toMatchObject({ width: 96, height: 64 });
    const tile = await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 });
    expect(tile).toMatchObject({ width: 96, height: 64 });
  });

  it("a format that is not read is named", async () => {
    await expect(openInWorkers("http://images.example/slide.czi")).rejects.toMatchObject({
      code: "unsupported",
      got: "Zeiss CZI",
    });
  });
});

describe("pictures in tiles, decoded by the browser", () => {
  const cases = [
    ["dzi-overlap", "dzi-overlap.dzi"],
    ["dzi-plain", "dzi-plain.json"],
    ["iiif2", "info.json"],
    ["iiif3", "info.json"],
  ] as const;
  for (const [zip, description] of cases) {
    it(`${zip}: every pixel`, async () => {
      const opened = await openImage(`http://zip.test/${description}`, {
        fetch: await servingZip(`${zip}.zip`),
      });
      expect(await differences(opened, pictures[`${zip}/${description}`]!)).toEqual([]);
    });
  }
});
