import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { CompressedFiles, encodingFor } from "./compressed.ts";

const dir = mkdtempSync(join(tmpdir(), "coscope-compressed-"));
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ["gzip, deflate, br, zstd", "br"],
  ["gzip;q=1.0", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["identity", null],
  ["", null],
  [null, null],
])("%s", (header, expected) => expect(encodingFor(header)).toBe(expected));

test("a file is compressed once for each state of it", async () => {
  const file = join(dir, "a.js");
  const text = "hello ".repeat(1_000);
  writeFileSync(file, text);
  const files = new CompressedFiles();
  const get = (etag: string, encoding: "br" | "gzip") => files.get(file, text.length, etag, encoding);
  const br = (await get("1", "br"))!;
  expect(brotliDecompressSync(br).toString()).toBe(text);
  expect(gunzipSync((await get("1", "gzip"))!).toString()).toBe(text);
  expect(await get("1", "br")).toBe(br);
  writeFileSync(file, "other".repeat(1_000));
  expect(await get("1", "br")).toBe(br);
  expect(brotliDecompressSync((await get("2", "br"))!).toString()).toContain("other");
  expect(await files.get(file, 10, "3", "br")).toBeNull();
});

test("a file that cannot be read is tried again next time", async () => {
  const file = join(dir, "later.js");
  const files = new CompressedFiles();
  await expect(files.get(file, 5_000, "1", "br")).rejects.toThrow();
  writeFileSync(file, "x".repeat(5_000));
  expect(await files.get(file, 5_000, "1", "br")).not.toBeNull();
});
