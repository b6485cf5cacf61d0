import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileBlobs } from "../blobs/file-blobs.ts";
import type { RowLine } from "./export-rows.ts";
import { writeBackup } from "./write-backup.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-backup-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (rows: AsyncIterable<RowLine>) => {
  const parts = { rows, blobs: createFileBlobs(join(dir, "blobs")), dataDir: join(dir, "data") };
  return writeBackup(join(dir, "backup"), parts);
};

/** The file of `table` leads to a device that is always full. Large rows, as gzip keeps small ones back. */
async function* rowsOnFullDisk(table: string, count: number): AsyncGenerator<RowLine> {
  yield { table: "first", json: "{}" };
  symlinkSync("/dev/full", join(dir, "backup.partial", "rows", `${table}.ndjson.gz`));
  for (let i = 0; i < count; i++) {
    let noise = "";
    while (noise.length < 100_000) noise += Math.random().toString(36);
    yield { table, json: JSON.stringify({ noise }) };
  }
  yield { table: "last", json: "{}" };
}

// Other systems have no such device.
test.skipIf(!existsSync("/dev/full"))(
  "a disk that is full ends a backup in words, and leaves nothing behind",
  async () => {
    for (const count of [1, 60]) {
      await expect(write(rowsOnFullDisk("second", count))).rejects.toMatchObject({
        code: "store-failed",
        message: expect.stringContaining("no room"),
        cause: { code: "ENOSPC" },
      });
      expect(readdirSync(dir).filter((name) => name.startsWith("backup"))).toEqual([]);
    }
  },
);

test("what fails while rows are read ends it the same way", async () => {
  const rows = (async function* () {
    yield { table: "first", json: "{}" };
    throw new Error("the database is gone");
  })();
  await expect(write(rows)).rejects.toThrow("the database is gone");
  expect(readdirSync(dir).filter((name) => name.startsWith("backup"))).toEqual([]);
});
