import { afterEach, describe, expect, it } from "vitest";
import { type ImageSource, type TypedArray, tileGrid } from "../source/image-source.ts";
import { openImage } from "../source/open-image.ts";
import { openInWorkers } from "./main.ts";

// Vite serves the repository; an address relative to this module it would take for an asset.
const images = new URL("/tests/fixtures/images/", location.origin);
const at = (name: string) => new URL(name, images).href;

interface Expected {
  readonly levels: readonly { readonly planes?: readonly (readonly (readonly string[])[])[] }[];
}

async function expectedOf(list: string, name: string): Promise<Expected> {
  const all = (await (await fetch(at(list))).json()) as Record<string, Expected>;
  return all[name]!;
}

async function planeOf(
  source: ImageSource,
  where: { level: number; z: number; t: number; channel: number },
): Promise<TypedArray> {
  const level = source.levels[where.level]!;
  const { columns, rows } = tileGrid(level);
  let plane: TypedArray | null = null;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const tile = (await source.getTile({ ...where, x, y }))!;
      plane ??= new (tile.data.constructor as new (n: number) => TypedArray)(level.width * level.height);
      for (let row = 0; row < tile.height; row++) {
        const line = tile.data.subarray(row * tile.width, (row + 1) * tile.width);
        plane.set(line, (y * level.tileHeight + row) * level.width + x * level.tileWidth);
      }
    }
  }
  return plane!;
}

async function digest(plane: TypedArray): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", plane as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let source: ImageSource | null = null;
afterEach(() => {
  source?.close?.();
  source = null;
});

describe("files of other formats, read in workers", () => {
  const cases = [
    ["tiff.json", "tzcyx.ome.tif"],
    ["tiff.json", "pyramid.ome.tif"],
    ["tiff.json", "tiles-f32-deflate-big-endian.tif"],
    ["tiff.json", "imagej-one-directory.tif"],
    ["tiff.json", "rgb-planes.tif"],
    ["tiff.json", "flat.tif"],
    ["pictures.json", "plain.png"],
    ["pictures.json", "plain.webp"],
    ["pictures.json", "large.png"],
  ] as const;
  for (const [list, name] of cases) {
    it(`${name}: every pixel`, async () => {
      const { levels } = await expectedOf(list, name);
      source = await openInWorkers(at(name), { workers: 2 });
      for (const [level, { planes }] of levels.entries()) {
        for (const [t, inTime] of planes!.entries()) {
          for (const [z, channels] of inTime.entries()) {
            for (const [channel, hash] of channels.entries()) {
              expect(await digest(await planeOf(source, { level, z, t, channel }))).toBe(hash);
            }
          }
        }
      }
    });
  }

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

/** Members of a zip that stores, as an address space. */
async function servingZip(name: string): Promise<typeof fetch> {
  const bytes = new Uint8Array(await (await fetch(at(name))).arrayBuffer());
  const view = new DataView(bytes.buffer);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let position = 0; view.getUint32(position, true) === 0x04034b50; ) {
    const size = view.getUint32(position + 18, true);
    const length = view.getUint16(position + 26, true);
    const start = position + 30 + length + view.getUint16(position + 28, true);
    const path = new TextDecoder().decode(bytes.subarray(position + 30, position + 30 + length));
    files.set(path, bytes.slice(start, start + size));
    position = start + size;
  }
  return async (input) => {
    const file = files.get(decodeURIComponent(new URL(String(input)).pathname).slice(1));
    return file ? new Response(file) : new Response(null, { status: 404 });
  };
}

describe("pictures in tiles, decoded by the browser", () => {
  const cases = [
    ["dzi-overlap", "dzi-overlap.dzi"],
    ["iiif3", "info.json"],
  ] as const;
  for (const [zip, description] of cases) {
    it(`${zip}: every pixel`, async () => {
      const { levels } = await expectedOf("pictures.json", `${zip}/${description}`);
      const opened = await openImage(`http://zip.test/${description}`, {
        fetch: await servingZip(`${zip}.zip`),
      });
      for (const [level, { planes }] of levels.entries()) {
        for (const [channel, hash] of planes![0]![0]!.entries()) {
          expect(await digest(await planeOf(opened, { level, z: 0, t: 0, channel }))).toBe(hash);
        }
      }
    });
  }
});
