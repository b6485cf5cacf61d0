import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ImportError } from "@coscope/sync-server/images/import/errors.ts";
import { labelMosaic, layOut, mosaicRaster } from "@coscope/sync-server/images/import/mosaic.ts";
import { openRaster } from "@coscope/sync-server/images/import/open-raster.ts";
import { writeImage } from "@coscope/sync-server/images/import/write-image.ts";
import { readNote, removeNote } from "@coscope/sync-server/images/note.ts";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFolder, readLevel } from "./read-folder.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-import-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const data = process.env["COSCOPE_DATA"] ?? join(import.meta.dirname, "../../../shared/data");

function grey16(width: number, height: number): Uint16Array {
  return Uint16Array.from({ length: width * height }, (_, i) => (i * 2654435761) >>> 16);
}

const raw16 = (pixels: Uint16Array, width: number, height: number) =>
  sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace("grey16");

async function importFile(path: string, images = "images") {
  const raster = await openRaster(path);
  const written = await writeImage(join(dir, images), raster, { name: raster.name, pixelSizeUm: 0.5 });
  return openFolder(written.folder);
}

const mean2 = (pixels: readonly number[], width: number, height: number) => {
  const out: number[] = [];
  for (let y = 0; y < Math.ceil(height / 2); y++) {
    for (let x = 0; x < Math.ceil(width / 2); x++) {
      const at = (dx: number, dy: number) =>
        pixels[Math.min(height - 1, 2 * y + dy) * width + Math.min(width - 1, 2 * x + dx)]!;
      out.push((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2);
    }
  }
  return out;
};

test("a 16-bit PNG of odd size comes back pixel for pixel, its levels are means of 2 × 2", async () => {
  const [width, height] = [1301, 701];
  const pixels = grey16(width, height);
  const path = join(dir, "grey.png");
  await raw16(pixels, width, height).png().toFile(path);
  const source = await importFile(path);
  expect(source).toMatchObject({ width, height, dtype: "uint16", rgb: false });
  expect(source.calibration).toMatchObject({ x: 0.5, y: 0.5, unit: "µm" });
  expect(source.levels.map((level) => [level.width, level.height])).toEqual([
    [1301, 701],
    [651, 351],
    [326, 176],
  ]);
  let expected = [...pixels];
  for (const [level, size] of source.levels.entries()) {
    expect(await readLevel(source, level, 0)).toEqual(expected);
    expected = mean2(expected, size.width, size.height);
  }
});

test("a JPEG becomes three channels, shown as a colour picture", async () => {
  const path = join(dir, "photo.jpg");
  const noise = { create: { width: 600, height: 40, channels: 3, background: "#a05" } } as const;
  await sharp(noise).jpeg().toFile(path);
  const source = await importFile(path);
  expect(source.rgb).toBe(true);
  const decoded = await sharp(path).raw().toBuffer();
  for (let c = 0; c < 3; c++) {
    expect(await readLevel(source, 0, c)).toEqual([...decoded].filter((_, i) => i % 3 === c));
  }
});

test.each(["lzw", "deflate", "none"] as const)(
  "a tiled 16-bit TIFF (%s) comes back pixel for pixel",
  async (compression) => {
    const [width, height] = [530, 1100];
    const pixels = grey16(width, height);
    const path = join(dir, `${compression}.tif`);
    await raw16(pixels, width, height)
      .tiff({ compression, tile: true, tileWidth: 256, tileHeight: 256 })
      .toFile(path);
    expect(await readLevel(await importFile(path), 0, 0)).toEqual([...pixels]);
  },
);

test("an RGBA PNG loses its alpha, nothing else", async () => {
  const path = join(dir, "alpha.png");
  const rgba = Uint8Array.from({ length: 50 * 40 * 4 }, (_, i) => (i * 97) & 255);
  await sharp(rgba, { raw: { width: 50, height: 40, channels: 4 } })
    .png()
    .toFile(path);
  expect(await readLevel(await importFile(path), 0, 2)).toEqual([...rgba].filter((_, i) => i % 4 === 2));
});

test("the name of a file, which may be a patient's, is nowhere but in the note for the row", async () => {
  const path = join(dir, "na me.png");
  await raw16(grey16(8, 8), 8, 8).png().toFile(path);
  const raster = await openRaster(path);
  const { folder } = await writeImage(join(dir, "names"), raster, { name: "Doe, Jane", pixelSizeUm: null });
  expect(basename(folder)).toMatch(/^[0-9a-z]{16}\.zarr$/);
  expect(await readNote(folder)).toEqual({ name: "Doe, Jane", importId: null });
  await removeNote(folder);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      expect(await readFile(join(entry.parentPath, entry.name), "latin1")).not.toMatch(/Doe|na me/);
});

async function codeOf(path: string): Promise<string> {
  try {
    const raster = await openRaster(path);
    await writeImage(join(dir, "bad"), raster, { name: "bad", pixelSizeUm: null });
    return "imported";
  } catch (error) {
    return error instanceof ImportError ? error.code : `not typed: ${error}`;
  }
}

test("what is no image, cut off or not read here is said, and leaves nothing behind", async () => {
  const good = join(dir, "good.png");
  await raw16(grey16(900, 900), 900, 900).png().toFile(good);
  const tiff = join(dir, "good.tif");
  await raw16(grey16(900, 900), 900, 900).tiff({ compression: "lzw" }).toFile(tiff);
  const cases: [string, Uint8Array, string][] = [
    ["text.png", Buffer.from("these are words"), "not-an-image"],
    ["empty.tif", new Uint8Array(), "not-an-image"],
    ["cells.czi", Buffer.from("ZISRAWFILE"), "unsupported"],
    ["cut.png", (await readFile(good)).subarray(0, 5000), "damaged"],
    ["cut.tif", (await readFile(tiff)).subarray(0, 5000), "damaged"],
    ["head.tif", (await readFile(tiff)).subarray(0, 8), "damaged"],
  ];
  for (const [name, bytes, code] of cases) {
    await writeFile(join(dir, name), bytes);
    expect([name, await codeOf(join(dir, name))]).toEqual([name, code]);
  }
  expect(await codeOf(join(dir, "absent.png"))).toBe("not-found");
  expect(await readdir(join(dir, "bad"))).toEqual([]);
});

test("cancelling leaves nothing behind", async () => {
  const path = join(dir, "long.png");
  await raw16(grey16(600, 2000), 600, 2000).png().toFile(path);
  const cancel = new AbortController();
  const raster = await openRaster(path);
  const attempt = writeImage(join(dir, "cancelled"), raster, {
    name: "x",
    pixelSizeUm: null,
    signal: cancel.signal,
    onProgress: () => cancel.abort(),
  });
  await expect(attempt).rejects.toMatchObject({ code: "aborted" });
  expect(await readdir(join(dir, "cancelled"))).toEqual([]);
});

test("a mosaic mixes grey and colour, 8 and 16 bit; labels lie where their images lie, each id once", async () => {
  const folder = join(dir, "parts");
  await mkdir(folder, { recursive: true });
  await raw16(grey16(40, 30), 40, 30).png().toFile(join(folder, "a.png"));
  await sharp({ create: { width: 20, height: 50, channels: 3, background: "#123456" } })
    .png()
    .toFile(join(folder, "b.png"));
  const rasters = await Promise.all(["a.png", "b.png"].map((name) => openRaster(join(folder, name))));
  const { placements } = layOut(rasters);
  const written = await writeImage(join(dir, "mosaics"), mosaicRaster("m", rasters, placements), {
    name: "m",
    pixelSizeUm: null,
    placements,
    labels: labelMosaic(
      placements.map(({ name, width, height }) => ({
        name,
        width,
        height,
        channels: 1,
        depth: 16,
        warnings: [],
        read: async (_: number, rows: number) => new Uint16Array(rows * width).fill(7),
        close: async () => {},
      })),
      placements,
    ),
  });
  const source = await openFolder(written.folder);
  expect(source).toMatchObject({
    dtype: "uint16",
    channels: [{ name: "Red" }, { name: "Green" }, { name: "Blue" }],
  });
  const red = await readLevel(source, 0, 0);
  const [a, b] = placements as [(typeof placements)[0], (typeof placements)[0]];
  expect(red[a.y * source.width + a.x + 5]).toBe(grey16(40, 30)[5]);
  expect(red[b.y * source.width + b.x]).toBe(0x12 * 257);
  const labels = await openFolder(join(written.folder, "labels", "objects"));
  const ids = await readLevel(labels, 0, 0);
  expect(labels.dtype).toBe("uint32");
  expect([...new Set(ids)].sort((x, y) => x - y)).toEqual([0, 7, 7 + 0x10000]);
  expect(ids[b.y * labels.width + b.x]).toBe(7 + 0x10000);
});

test.skipIf(!existsSync(data))(
  "100 real images on one canvas, each pixel where it belongs (needs COSCOPE_DATA)",
  async () => {
    const folder = join(data, "dsb2018", "images");
    const names = (await readdir(folder)).sort().slice(0, 100);
    const rasters = await Promise.all(names.map((name) => openRaster(join(folder, name))));
    const { placements } = layOut(rasters);
    const raster = mosaicRaster("dsb", rasters, placements);
    const written = await writeImage(join(dir, "dsb"), raster, {
      name: "dsb",
      pixelSizeUm: null,
      placements,
    });
    const source = await openFolder(written.folder);
    const green = await readLevel(source, 0, source.channels.length === 3 ? 1 : 0);
    for (const i of [0, 17, 50, 99]) {
      const { x, y, width, height } = placements[i]!;
      const { data: pixels, info } = await sharp(join(folder, names[i]!))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const wrong = Array.from({ length: width * height }, (_, at) => {
        const own = pixels[at * info.channels + (info.channels >= 3 ? 1 : 0)];
        return own !== green[(y + Math.floor(at / width)) * source.width + x + (at % width)];
      }).filter(Boolean).length;
      expect([names[i], wrong]).toEqual([names[i], 0]);
    }
  },
);
