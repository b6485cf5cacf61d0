import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32c } from "@coscope/sync-server/images/import/chunk-files.ts";
import { openRaster } from "@coscope/sync-server/images/import/open-raster.ts";
import { writeImage } from "@coscope/sync-server/images/import/write-image.ts";
import type { ImageSource } from "@coscope/viewer/source";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFolder, readLevel } from "./read-folder.ts";

/** Large levels are written in shards: fewer files, the same pixels. */

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-sharded-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("CRC-32C as RFC 3720 has it", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

test("shards hold the pixels that loose chunks hold", async () => {
  const [width, height] = [4300, 600];
  // Half of it is empty, so that some chunks of a shard are not there.
  const pixels = Uint8Array.from({ length: width * height }, (_, i) =>
    i % width < 2500 ? (i * 2654435761) >>> 24 : 0,
  );
  const path = join(dir, "grey.tif");
  await sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .tiff({ compression: "none" })
    .toFile(path);
  const write = async (shardFrom: number) => {
    const raster = await openRaster(path);
    const options = { name: "grey", pixelSizeUm: null, shardFrom };
    const { folder } = await writeImage(join(dir, "images"), raster, options);
    await raster.close();
    return { folder, source: await openFolder(folder) };
  };
  const loose = await write(1000);
  const sharded = await write(2);
  const filesIn = async (folder: string, level: number) =>
    (await readdir(join(folder, `${level}`, "c"), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    ).length;
  expect(await filesIn(loose.folder, 0)).toBe(18);
  // Two shards beside each other: 4096 px each.
  expect(await filesIn(sharded.folder, 0)).toBe(2);
  expect(await filesIn(sharded.folder, 1)).toBe(1);
  const document = JSON.parse(await readFile(join(sharded.folder, "0", "zarr.json"), "utf8"));
  expect(document).toMatchObject({
    chunk_grid: { configuration: { chunk_shape: [1, 4096, 4096] } },
    codecs: [{ name: "sharding_indexed", configuration: { chunk_shape: [1, 512, 512] } }],
  });
  const bytes = async (source: ImageSource, level: number) => Buffer.from(await readLevel(source, level, 0));
  expect((await bytes(sharded.source, 0)).equals(pixels)).toBe(true);
  for (let level = 1; level < loose.source.levels.length; level++)
    expect((await bytes(sharded.source, level)).equals(await bytes(loose.source, level))).toBe(true);
});
