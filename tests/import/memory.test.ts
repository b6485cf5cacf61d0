import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 300_000 });

/** Importing takes no more than this, however large the image: what READMEs state. */
const LIMIT_MIB = 700;
const repository = join(import.meta.dirname, "../..");

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-memory-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** An uncompressed little-endian BigTIFF of one strip, and no pyramid: the worst there is. Its pixels are a hole in the file. */
function flatTiff(width: number, height: number, bits: 8 | 16): string {
  const bytes = width * height * (bits / 8);
  const head = Buffer.alloc(16);
  head.write("II+\0\x08\0\0\0", "latin1");
  head.writeBigUInt64LE(BigInt(16 + bytes), 8);
  const tags = [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 16],
    [277, 1],
    [278, height],
    [279, bytes],
  ] as const;
  const directory = Buffer.alloc(8 + tags.length * 20 + 8);
  directory.writeBigUInt64LE(BigInt(tags.length));
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 8 + i * 20;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(16, at + 2);
    directory.writeBigUInt64LE(1n, at + 4);
    directory.writeBigUInt64LE(BigInt(value), at + 12);
  }
  const path = join(dir, `${width}x${height}.tif`);
  const file = openSync(path, "w");
  writeSync(file, head, 0, 16, 0);
  truncateSync(path, 16 + bytes);
  writeSync(file, directory, 0, directory.length, 16 + bytes);
  return path;
}

/** In a process of its own, so that nothing else is counted. */
function peakMiB(path: string): { peak: number; seconds: number; levels: number } {
  const script = `
    const { openTree } = await import("${repository}/apps/sync-server/src/images/import/entries.ts");
    const { importTree } = await import("${repository}/apps/sync-server/src/images/import/import-tree.ts");
    const [path, imagesDir] = process.argv.slice(1);
    const tree = await openTree(path, false);
    const { images, failures } = await importTree(tree, { imagesDir });
    if (failures.length) throw failures[0];
    console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS / 1024, levels: images[0].levels }));`;
  const from = performance.now();
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", script, path, join(dir, "images")],
    { encoding: "utf8" },
  );
  if (stdout === "") throw new Error(stderr);
  const seconds = (performance.now() - from) / 1000;
  return { ...(JSON.parse(stdout) as { peak: number; levels: number }), seconds };
}

test(`a flat TIFF of 768 MiB is imported in less than ${LIMIT_MIB} MiB of memory`, () => {
  const { peak, seconds, levels } = peakMiB(flatTiff(24_576, 32_768, 8));
  console.log(`768 MiB: ${Math.round(peak)} MiB, ${seconds.toFixed(1)} s`);
  expect(levels).toBe(7);
  expect(peak).toBeLessThan(LIMIT_MIB);
});

test.skipIf(!process.env["COSCOPE_FULL"])(`… one of 4 GiB in no more (full)`, () => {
  const { peak, seconds } = peakMiB(flatTiff(65_536, 32_768, 16));
  console.log(`4 GiB: ${Math.round(peak)} MiB, ${seconds.toFixed(1)} s`);
  expect(peak).toBeLessThan(LIMIT_MIB);
});
