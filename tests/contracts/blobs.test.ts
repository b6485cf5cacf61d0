import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobLimits, BlobStore } from "@coscope/sync-server/blobs/blob-store.ts";
import { createFileBlobs } from "@coscope/sync-server/blobs/file-blobs.ts";
import { openBlobs } from "@coscope/sync-server/blobs/open-blobs.ts";
import { createS3Blobs } from "@coscope/sync-server/blobs/s3-blobs.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { S3Server, s3Program } from "../support/s3.ts";

interface BlobKind {
  readonly name: string;
  readonly missing: boolean;
  setUp(): Promise<void>;
  tearDown(): Promise<void>;
  /** An empty one each time. */
  create(limits?: BlobLimits): BlobStore;
  /** One whose storage cannot be used. */
  broken(): BlobStore;
}

let dir = "";
const files: BlobKind = {
  name: "files",
  missing: false,
  setUp: async () => {
    dir = mkdtempSync(join(tmpdir(), "coscope-blobs-"));
  },
  tearDown: async () => rmSync(dir, { recursive: true, force: true }),
  create: (limits) => createFileBlobs(mkdtempSync(join(dir, "store-")), limits),
  broken: () => createFileBlobs("/dev/null/blobs"),
};

let server: S3Server;
let stores = 0;
const s3Options = (prefix: string) => ({ ...server, region: "us-east-1", prefix });
const s3: BlobKind = {
  name: "S3",
  missing: !s3Program,
  setUp: async () => {
    server = await S3Server.start();
  },
  tearDown: async () => server?.remove(),
  create: (limits) => createS3Blobs(s3Options(`store ${++stores}/`.replace(" ", "-")), limits),
  broken: () => createS3Blobs({ ...s3Options(""), bucket: "no-such-bucket" }),
};

const text = (bytes: Uint8Array | null) => (bytes ? Buffer.from(bytes).toString() : null);
const bytes = (content: string) => new Uint8Array(Buffer.from(content));
async function keys(store: BlobStore, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

describe.each([files, s3])("blobs in $name", (kind) => {
  describe.skipIf(kind.missing)("keep the contract", () => {
    beforeAll(() => kind.setUp());
    afterAll(() => kind.tearDown());

    test("what was put comes back, whole, until it is replaced or deleted", async () => {
      const store = kind.create();
      expect(await store.get("a/b.bin")).toBeNull();
      expect(await store.stat("a/b.bin")).toBeNull();
      const big = Uint8Array.from({ length: 3 << 20 }, (_, i) => (i * 31 + (i >> 8)) & 255);
      await store.put("a/b.bin", big);
      expect(Buffer.from((await store.get("a/b.bin"))!).equals(big)).toBe(true);
      await store.put("a/b.bin", bytes("short"));
      expect(text(await store.get("a/b.bin"))).toBe("short");
      await store.put("empty", new Uint8Array());
      expect((await store.get("empty"))?.byteLength).toBe(0);
      await store.delete("a/b.bin");
      await store.delete("a/b.bin");
      expect(await store.get("a/b.bin")).toBeNull();
      expect(await keys(store)).toEqual(["empty"]);
    });

    test("size and time are known, for whoever has to throw something away", async () => {
      const store = kind.create();
      const before = Date.now();
      await store.put("x/one", bytes("12345"));
      const info = await store.stat("x/one");
      expect(info).toMatchObject({ key: "x/one", size: 5 });
      // S3 counts whole seconds.
      expect(Math.abs(info!.modified.getTime() - before)).toBeLessThan(60_000);
      for await (const listed of store.list()) {
        expect(listed).toMatchObject({ key: "x/one", size: 5 });
        expect(Math.abs(listed.modified.getTime() - info!.modified.getTime())).toBeLessThan(1_000);
      }
    });

    test("one that is touched is the newest, and is what it was", async () => {
      const store = kind.create();
      await store.put("x/one", bytes("12345"));
      const put = (await store.stat("x/one"))!.modified.getTime();
      const modified = async () => (await store.stat("x/one"))!.modified.getTime();
      // S3 counts whole seconds.
      await expect
        .poll(
          async () => {
            await store.touch("x/one");
            return modified();
          },
          { timeout: 20_000 },
        )
        .toBeGreaterThan(put);
      expect(text(await store.get("x/one"))).toBe("12345");
      await store.touch("x/none");
      expect(await keys(store)).toEqual(["x/one"]);
    });

    test("a list has everything below a prefix, in the order of the keys", async () => {
      const store = kind.create();
      const all = ["a.b", "a/b", "a/c/d", "a/c/e", "ab", "b-1/x", "b/x"];
      for (const key of [...all].reverse()) await store.put(key, bytes(key));
      expect(await keys(store)).toEqual(all);
      expect(await keys(store, "a/")).toEqual(["a/b", "a/c/d", "a/c/e"]);
      expect(await keys(store, "a/c/")).toEqual(["a/c/d", "a/c/e"]);
      expect(await keys(store, "b")).toEqual(["b-1/x", "b/x"]);
      expect(await keys(store, "nothing/")).toEqual([]);
    });

    test("a long list comes in full", async () => {
      const store = kind.create();
      const all = Array.from({ length: 1_050 }, (_, i) => `many/${String(i).padStart(5, "0")}`);
      for (let i = 0; i < all.length; i += 50)
        await Promise.all(all.slice(i, i + 50).map((key) => store.put(key, bytes("x"))));
      expect(await keys(store, "many/")).toEqual(all);
    });

    test("of several at once on one key, one is there as a whole", async () => {
      const store = kind.create();
      const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
      await Promise.all(contents.map((content) => store.put("same", bytes(content))));
      expect(contents).toContain(text(await store.get("same")));
    });

    test.each([
      "",
      "/a",
      "a/",
      "a//b",
      "../a",
      "a/../b",
      ".a",
      "a/.b",
      "a b",
      "a\\b",
      "a\0",
      "ä",
      "a%2Fb",
      "x".repeat(500),
    ])("%j is no key", async (key) => {
      const store = kind.create();
      const refused = { code: "bad-request" };
      await expect(store.put(key, bytes("x"))).rejects.toMatchObject(refused);
      await expect(store.get(key)).rejects.toMatchObject(refused);
      await expect(store.stat(key)).rejects.toMatchObject(refused);
      await expect(store.touch(key)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
    });

    test("what is too large is refused and leaves nothing", async () => {
      const store = kind.create({ maxBytes: 10 });
      await store.put("fits", bytes("1234567890"));
      await expect(store.put("large", bytes("12345678901"))).rejects.toMatchObject({ code: "too-large" });
      expect(await keys(store)).toEqual(["fits"]);
    });

    test("a storage that cannot be used is a failure, not an empty one", async () => {
      const store = kind.broken();
      await expect(store.put("a", bytes("x"))).rejects.toMatchObject({ code: "store-failed" });
    });
  });
});

test("files: an interrupted write leaves nothing that is listed, and no rubbish", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coscope-blobs-"));
  const store = createFileBlobs(folder);
  await store.put("a/b", bytes("x"));
  // "a" is a folder: the rename fails.
  await expect(store.put("a", bytes("y"))).rejects.toMatchObject({ code: "store-failed" });
  expect(readdirSync(join(folder, ".partial"))).toEqual([]);
  expect(await keys(store)).toEqual(["a/b"]);
  rmSync(folder, { recursive: true });
});

test.skipIf(!s3Program)(
  "S3: wrong credentials, a missing bucket and a dead server say what is wrong",
  async () => {
    const own = await S3Server.start();
    const options = { ...own, region: "us-east-1", prefix: "" };
    await expect(createS3Blobs({ ...options, secretAccessKey: "wrong" }).get("a")).rejects.toThrow(
      /SignatureDoesNotMatch/,
    );
    await expect(createS3Blobs({ ...options, bucket: "no-such-bucket" }).get("a")).rejects.toThrow(/bucket/);
    const store = await openBlobs("unused", own.env("pre/fix/"));
    await store.put("a", bytes("x"));
    expect(await keys(createS3Blobs({ ...options, prefix: "pre/" }))).toEqual(["fix/a"]);
    await own.stop();
    await expect(store.get("a")).rejects.toMatchObject({ code: "store-failed" });
    await own.remove();
  },
);

test.each([
  { COSCOPE_BLOBS: "http://bucket" },
  { COSCOPE_BLOBS: "s3://bucket" },
  { COSCOPE_BLOBS: "s3://B/x" },
])("a bad setting is refused: %o", async (env) => {
  await expect(openBlobs("unused", env)).rejects.toMatchObject({ code: "bad-argument" });
});
