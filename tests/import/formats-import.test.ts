import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage } from "@coscope/sync-server/images/import/decode.ts";
import { openTree } from "@coscope/sync-server/images/import/entries.ts";
import { type ImportOptions, importTree } from "@coscope/sync-server/images/import/import-tree.ts";
import { type ImageSource, openImage } from "@coscope/viewer/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestsOf, type Expected } from "./planes.ts";
import { openFolder } from "./read-folder.ts";
import { type FixtureServer, images, serveFixtures } from "./server.ts";

/** Everything that the readers open comes back pixel for pixel from what the importer wrote. */

let dir = "";
let server: FixtureServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-formats-"));
  server = await serveFixtures();
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

async function imported(path: string, options: Partial<ImportOptions> = {}) {
  const tree = await openTree(path, false);
  try {
    const imagesDir = await mkdtemp(join(dir, "images-"));
    const report = await importTree(tree, { imagesDir, ...options });
    return { ...report, imagesDir };
  } finally {
    await tree.close();
  }
}

const expectations = (file: string) =>
  JSON.parse(readFileSync(join(images, file), "utf8")) as Record<string, Expected>;

/** Digests of the full resolution: the other levels are made anew. */
async function fullPlanes(source: ImageSource, { levels, ...expected }: Expected) {
  const [full] = await digestsOf(source, { ...expected, levels: levels.slice(0, 1) });
  return full!.planes;
}

describe("TIFF", () => {
  const tiffs = expectations("tiff.json");

  test("each image of a file that holds several; that of the glass only when asked for", async () => {
    const path = join(images, "several.ome.tif");
    const report = await imported(path);
    expect(report.failures).toEqual([]);
    expect(report.images).toHaveLength(2);
    const second = tiffs["several.ome.tif#image=2"]!;
    const copy = await openFolder(report.images[1]!.folder);
    expect(await fullPlanes(copy, second)).toEqual(second.levels[0]!.planes);
    expect((await imported(path, { withAssociated: true })).images).toHaveLength(3);
  });

  for (const [name, expected] of Object.entries(tiffs).filter(([path]) => !path.includes("#"))) {
    test(name, async () => {
      const report = await imported(join(images, name));
      expect(report.failures).toEqual([]);
      const copy = await openFolder(report.images[0]!.folder);
      expect(copy.warnings).toEqual([]);
      const original = await openImage(`${server.url}/${name}`, { decodeImage });
      const { dtype, width, height, sizeZ, sizeT, rgb, calibration } = original;
      expect(copy).toMatchObject({ dtype, width, height, sizeZ, sizeT, rgb });
      expect(copy.calibration).toEqual(calibration);
      expect(copy.channels.map((channel) => channel.name)).toEqual(
        original.channels.map((channel) => channel.name),
      );
      const truth = expected.lossy ? await fullPlanes(original, expected) : expected.levels[0]!.planes;
      expect(await fullPlanes(copy, expected)).toEqual(truth);
    });
  }
});

describe("OME-Zarr in a zip", () => {
  const zarrs = Object.entries(expectations("ome-zarr.json"));
  const archives = [...new Set(zarrs.map(([name]) => name.split("/")[0]!))];
  for (const archive of archives) {
    test(archive, async () => {
      const report = await imported(join(images, `${archive}.zip`));
      expect(report.failures).toEqual([]);
      const labels = zarrs.filter(([name]) => name.startsWith(`${archive}/labels/`));
      const own = zarrs.filter(([name]) => name.split("/")[0] === archive && !name.includes("/labels/"));
      expect(report.images).toHaveLength(own.length);
      const folders = [
        ...own.map((one, i) => [one, report.images[i]!.folder] as const),
        ...labels.map(
          (one) => [one, join(report.images[0]!.folder, one[0].slice(archive.length + 1))] as const,
        ),
      ];
      for (const [[name, expected], folder] of folders) {
        const copy = await openFolder(folder);
        const original = await openImage(`${server.url}/${name}`);
        const { dtype, width, height, sizeZ, sizeT, rgb, calibration, channels } = original;
        expect(copy).toMatchObject({ dtype, width, height, sizeZ, sizeT, rgb, warnings: [] });
        expect(copy.calibration).toEqual(calibration);
        if (!name.includes("/labels/"))
          expect(copy.channels).toMatchObject(
            channels.map(({ name: label, window }) => ({ name: label, ...(window && { window }) })),
          );
        expect(await fullPlanes(copy, expected)).toEqual(await fullPlanes(original, expected));
      }
    });
  }
});

describe("pictures, and Deep Zoom in a zip", () => {
  for (const [name, expected] of Object.entries(expectations("pictures.json"))) {
    const [folder, inside] = name.split("/");
    if (inside === "info.json") continue;
    test(name, async () => {
      const report = await imported(join(images, inside ? `${folder}.zip` : name));
      expect(report.failures).toEqual([]);
      expect(report.images).toHaveLength(1);
      const copy = await openFolder(report.images[0]!.folder);
      const original = await openImage(`${server.url}/${name}`, { decodeImage });
      const [[[red, green, blue]]] = (await fullPlanes(original, expected)) as [[string[]]];
      // Grey pictures become one channel.
      expect(await fullPlanes(copy, expected)).toEqual([[copy.rgb ? [red, green, blue] : [red]]]);
    });
  }
});
