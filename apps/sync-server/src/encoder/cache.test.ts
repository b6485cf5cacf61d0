import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BlobStore } from "../blobs/blob-store.ts";
import { createFileBlobs } from "../blobs/file-blobs.ts";
import { createEmbeddingCache } from "./cache.ts";

const log = pino({ level: "silent" });
const keyOf = (letter: string) => letter.repeat(64);
const pathOf = (letter: string) => join(dir, "embeddings", letter.repeat(2), keyOf(letter));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-cache-"));
});
afterEach(() => rm(dir, { recursive: true }));
const open = (limit: number) => createEmbeddingCache(createFileBlobs(dir), limit, log);

test("keeps what was asked for last within its room", async () => {
  const first = open(450);
  for (const letter of ["a", "b", "c"]) await first.put(keyOf(letter), new Uint8Array(100).fill(7));
  expect(await first.get(keyOf("a"))).toEqual(new Uint8Array(100).fill(7));
  await first.put(keyOf("d"), new Uint8Array(100));
  expect(first.bytes).toBeLessThanOrEqual(450);
  const again = open(450);
  expect(await again.get(keyOf("a"))).toEqual(new Uint8Array(100).fill(7));
  expect(await again.get(keyOf("b"))).toBeNull();
  expect(await again.get(keyOf("d"))).not.toBeNull();
});

test("those that are there already count, the oldest goes first when there is less room now", async () => {
  const first = open(10_000);
  for (const [i, letter] of ["a", "b", "c"].entries()) {
    await first.put(keyOf(letter), new Uint8Array(100));
    await utimes(pathOf(letter), i, i);
  }
  const smaller = open(300);
  await smaller.put(keyOf("d"), new Uint8Array(10));
  expect(await smaller.get(keyOf("a"))).toBeNull();
  expect(await smaller.get(keyOf("c"))).not.toBeNull();
});

test.each(["read", "known to be had already"])(
  "after a restart it is the order of asking that counts: %s",
  async (how) => {
    const first = open(10_000);
    for (const letter of ["a", "b", "c"]) await first.put(keyOf(letter), new Uint8Array(100).fill(7));
    // As they would be days later.
    for (const [i, letter] of ["a", "b", "c"].entries()) await utimes(pathOf(letter), 1_000 + i, 1_000 + i);
    const second = open(10_000);
    if (how === "read") await second.get(keyOf("a"));
    else {
      await second.put(keyOf("e"), new Uint8Array(1));
      second.used(keyOf("a"));
    }
    await expect.poll(async () => (await stat(pathOf("a"))).mtimeMs).toBeGreaterThan(1e9);
    const { mtimeMs } = await stat(pathOf("a"));
    // Not each time.
    await second.get(keyOf("a"));
    const third = open(300);
    await third.put(keyOf("d"), new Uint8Array(10));
    expect((await stat(pathOf("a"))).mtimeMs).toBe(mtimeMs);
    expect(await third.get(keyOf("b"))).toBeNull();
    expect(await third.get(keyOf("a"))).not.toBeNull();
  },
);

test("what is asked for before the old ones are listed is newer than those", async () => {
  const first = open(10_000);
  for (const letter of ["a", "b", "c"]) await first.put(keyOf(letter), new Uint8Array(100));
  for (const [i, letter] of ["a", "b", "c"].entries()) await utimes(pathOf(letter), 1_000 + i, 1_000 + i);
  const files = createFileBlobs(dir);
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow: BlobStore = {
    ...files,
    async *list(prefix) {
      await promise;
      yield* files.list(prefix);
    },
  };
  const second = createEmbeddingCache(slow, 300, log);
  await second.get(keyOf("a"));
  resolve();
  await second.put(keyOf("d"), new Uint8Array(10));
  expect(await second.get(keyOf("b"))).toBeNull();
  // On the disk, not in memory alone.
  expect((await stat(pathOf("a"))).size).toBeGreaterThan(0);
});

test("a damaged one is as good as none, and goes", async () => {
  await open(1e6).put(keyOf("a"), new Uint8Array(100).fill(1));
  for (const bytes of [new Uint8Array(0), new Uint8Array(20), new Uint8Array(132).fill(1)]) {
    await writeFile(pathOf("a"), bytes);
    expect(await open(1e6).get(keyOf("a"))).toBeNull();
    expect(await readdir(join(dir, "embeddings", "aa"))).toEqual([]);
  }
});

test("one that is larger than the room is not kept on the disk", async () => {
  const cache = open(100);
  await cache.put(keyOf("a"), new Uint8Array(101));
  expect(cache.bytes).toBe(0);
});
