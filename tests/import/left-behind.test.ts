import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTree } from "@coscope/sync-server/images/import/entries.ts";
import { ImportError } from "@coscope/sync-server/images/import/errors.ts";
import { importTree } from "@coscope/sync-server/images/import/import-tree.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { images } from "./server.ts";

vi.setConfig({ testTimeout: 120_000 });

/** What an import leaves behind: nothing of a file that is damaged, and nothing that names a patient. */

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-left-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Every text in a folder. */
function textsIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}

async function importSlide(
  options: { keepMetadata?: boolean; withAssociated?: boolean },
  file = "slide.svs",
) {
  const imagesDir = mkdtempSync(join(dir, "images-"));
  const tree = await openTree(join(images, file), false);
  const report = await importTree(tree, { imagesDir, ...options });
  await tree.close();
  return { names: report.images.map(({ name }) => name), texts: textsIn(imagesDir) };
}

test("a slide's label, overview photograph and description stay behind, unless asked for", async () => {
  const plain = await importSlide({});
  expect(plain.names).toEqual(["slide"]);
  expect(plain.texts).not.toMatch(/Aperio|AppMag|Filename/);
  const all = await importSlide({ keepMetadata: true, withAssociated: true });
  expect(all.names).toEqual(["slide", "slide (label)", "slide (macro)"]);
  expect(all.texts).toContain("Aperio Image Library");
});

test("of an OME-TIFF with several images each is imported, its photographs if asked for", async () => {
  const file = "several.ome.tif";
  expect((await importSlide({}, file)).names).toEqual(["several cells", "several stack"]);
  const all = await importSlide({ withAssociated: true }, file);
  expect(all.names).toEqual(["several cells", "several stack", "several macro"]);
});

test("damaged files of every kind: an error that says so, or an image; never anything half", async () => {
  const names = ["slide.svs", "czt.ome.tif", "imagej.tif", "plain.png", "turned.jpg", "v05-sharded.zarr.zip"];
  const outcomes = { imported: 0, refused: 0 };
  let seed = 4;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
  for (const name of names) {
    const good = readFileSync(join(images, name));
    for (let i = 0; i < 8; i++) {
      const cut = i % 2 === 0;
      const bytes = Buffer.from(cut ? good.subarray(0, random(good.length)) : good);
      if (!cut) for (let n = 0; n < 6; n++) bytes[random(Math.min(bytes.length, 2000))] = random(256);
      const path = join(dir, `${i}-${name}`);
      writeFileSync(path, bytes);
      const imagesDir = mkdtempSync(join(dir, "damaged-"));
      try {
        const tree = await openTree(path, false);
        const { images: made, failures } = await importTree(tree, { imagesDir });
        await tree.close();
        for (const failure of failures) expect(failure).toBeInstanceOf(ImportError);
        outcomes[made.length > 0 ? "imported" : "refused"]++;
      } catch (error) {
        expect(error).toBeInstanceOf(ImportError);
        outcomes.refused++;
      }
      expect(readdirSync(imagesDir).filter((entry) => entry.startsWith("."))).toEqual([]);
    }
  }
  expect(outcomes.refused).toBeGreaterThan(20);
});

test("a zip that claims more than it holds is refused before anything is unpacked", async () => {
  const bytes = readFileSync(join(images, "v05-zstd.zarr.zip"));
  // The first member's size in the directory.
  const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bytes.writeUInt16LE(8, at + 10);
  bytes.writeUInt32LE(4_000_000_000, at + 24);
  const path = join(dir, "bomb.zip");
  writeFileSync(path, bytes);
  await expect(openTree(path, false)).rejects.toMatchObject({ code: "damaged" });
});

test("the command line imports what it can, names what it cannot, and takes folders", () => {
  const folder = join(dir, "day 1");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.png"), readFileSync(join(images, "plain.png")));
  writeFileSync(join(folder, "notes.txt"), "hello");
  writeFileSync(join(dir, "cells.czi"), "ZISRAWFILE");
  const cli = join(import.meta.dirname, "../../apps/sync-server/src/cli/main.ts");
  const args = [join(images, "imagej.tif"), join(dir, "cells.czi"), join(dir, "none.tif"), folder];
  const data = join(dir, "data");
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "import", ...args, "--data", data], {
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toContain("imagej: 50 × 40 px, 2 channels uint16, 3 planes, 2 times, 1 level");
  expect(stdout).toContain("a: 100 × 80 px, RGB uint8, 1 level");
  expect(stderr).toContain("got Zeiss CZI.");
  expect(stderr).toContain("bioformats2raw in.czi out.zarr");
  expect(stderr).toContain("none.tif: there is no such file or folder.");
  expect(stderr).toContain("2 of 4 images imported");
  const folders = readdirSync(join(data, "images"));
  for (const name of folders) expect(name).toMatch(/^[0-9a-z]{16}\.zarr$/);
  const notes = folders.map((name) => readFileSync(join(data, "images", name, ".import.json"), "utf8"));
  expect(notes.map((text) => JSON.parse(text).name).sort()).toEqual(["a", "imagej"]);
});
