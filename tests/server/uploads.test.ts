import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openImage } from "@coscope/viewer/source";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Uploads as any tus client sends them, and what becomes of them. */

const fixtures = join(import.meta.dirname, "../fixtures/images");
let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
});
afterAll(() => server.remove());

const base64 = (text: string) => Buffer.from(text).toString("base64");
const TUS = { "tus-resumable": "1.0.0" };

async function tus(
  person: Person,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Uint8Array<ArrayBuffer>,
) {
  const response = await fetch(person.base + path, {
    method,
    headers: { authorization: `Bearer ${person.token}`, ...TUS, ...headers },
    ...(body && { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") ? JSON.parse(text) : text,
  };
}

async function begin(person: Person, length: number, metadata: Record<string, string>) {
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`);
  return tus(person, "POST", "/api/uploads", {
    "upload-length": `${length}`,
    "upload-metadata": pairs.join(","),
  });
}

const patch = (person: Person, path: string, offset: number, bytes: Uint8Array<ArrayBuffer>) =>
  tus(
    person,
    "PATCH",
    path,
    { "upload-offset": `${offset}`, "content-type": "application/offset+octet-stream" },
    bytes,
  );

async function send(
  person: Person,
  bytes: Uint8Array<ArrayBuffer>,
  metadata: Record<string, string>,
): Promise<string> {
  const { headers } = await begin(person, bytes.length, metadata);
  const path = headers.get("location")!;
  expect((await patch(person, path, 0, bytes)).status).toBe(204);
  return path.split("/").at(-1)!;
}

const importOf = (person: Person, id: string) => person.get(`/api/imports/${id}`);

async function over(person: Person, id: string) {
  let row = await importOf(person, id);
  await until(async () => {
    row = await importOf(person, id);
    return !["uploading", "waiting", "converting"].includes(row.state);
  }, 50_000);
  return row;
}

const fixture = async (name: string) => new Uint8Array(await readFile(join(fixtures, name)));
const leftovers = async (dir: string) =>
  (await readdir(dir)).filter((name) => !name.endsWith(".job.json") && !name.endsWith(".zarr"));

test("a file in pieces becomes an image that everybody finds", async () => {
  const bytes = await fixture("czt.ome.tif");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const created = await begin(ada, bytes.length, { filename: "Zebra fish.ome.tif", sha256 });
  expect(created.status).toBe(201);
  const path = created.headers.get("location")!;
  expect(path).toMatch(/^\/api\/uploads\/[0-9a-z]{16}$/);
  const half = bytes.length >> 1;
  expect((await patch(ada, path, 0, bytes.subarray(0, half))).headers.get("upload-offset")).toBe(`${half}`);
  expect((await patch(ada, path, half + 1, bytes.subarray(half))).status).toBe(409);
  expect((await tus(ada, "HEAD", path)).headers.get("upload-offset")).toBe(`${half}`);
  const id = path.split("/").at(-1)!;
  expect(await importOf(ada, id)).toMatchObject({ state: "uploading", received: half, bytes: bytes.length });
  expect((await patch(ada, path, half, bytes.subarray(half))).status).toBe(204);
  const row = await over(ada, id);
  expect(row).toMatchObject({ state: "ready", progress: 1, error: null, images: [{ name: "Zebra fish" }] });
  const bob = await comeIn(server, "Bob");
  const image = await bob.get(`/api/images/${row.images[0].id}`);
  expect(image).toMatchObject({ name: "Zebra fish", source: "local" });
  const source = await openImage(server.url + image.url, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${bob.token}` } }),
  });
  expect(source).toMatchObject({ width: 50, height: 40, sizeZ: 2, sizeT: 2, dtype: "uint8" });
  // An answer that was lost is asked for again: all is here.
  expect((await tus(ada, "HEAD", path)).headers.get("upload-offset")).toBe(`${bytes.length}`);
  expect(await leftovers(join(server.dataDir, "uploads"))).toEqual([]);
});

test("a folder comes as one pack", async () => {
  const files: [string, Uint8Array][] = [
    ["slides/a.tif", await fixture("strips-u8.tif")],
    ["slides/notes.txt", Buffer.from("hello")],
    ["slides/b.png", await fixture("plain.png")],
    ["slides/broken.tif", (await fixture("tiles-u16-zstd.tif")).subarray(0, 300)],
  ];
  const id = await send(ada, pack(files), { filename: "slides" });
  const row = await over(ada, id);
  expect(row.images.map((image: { name: string }) => image.name)).toEqual(["a", "b"]);
  expect(row.state).toBe("ready");
  expect(row.failures).toMatchObject([
    { code: "damaged", message: expect.stringContaining("slides/broken.tif") },
  ]);
  expect(JSON.stringify(row)).not.toContain(server.dataDir);
});

function pack(files: readonly [string, Uint8Array][]): Uint8Array<ArrayBuffer> {
  const list = Buffer.from(JSON.stringify(files.map(([name, { length }]) => [name, length])));
  const head = Buffer.alloc(12);
  head.write("COSCOPK1", "latin1");
  head.writeUInt32LE(list.length, 8);
  return new Uint8Array(Buffer.concat([head, list, ...files.map(([, bytes]) => bytes)]));
}

describe("what is refused", () => {
  test("before a byte is sent: no session, formats that are not read, no length, no name, a page of another site", async () => {
    const stranger = { ...ada, token: "nobody", base: ada.base } as Person;
    expect((await begin(stranger, 10, { filename: "a.tif" })).status).toBe(401);
    const czi = await begin(ada, 10, { filename: "cells.czi" });
    expect(czi).toMatchObject({
      status: 415,
      body: { error: { code: "unsupported-image", next: expect.stringContaining("bioformats2raw") } },
    });
    expect((await begin(ada, 0, { filename: "a.tif" })).status).toBe(400);
    expect((await begin(ada, 10, {})).status).toBe(400);
    const foreign = await tus(ada, "POST", "/api/uploads", {
      "upload-length": "1",
      origin: "http://evil.test",
    });
    expect(foreign.status).toBe(403);
    expect(await leftovers(join(server.dataDir, "uploads"))).toEqual([]);
  });

  test("somebody else's upload is as if it were not there", async () => {
    const { headers } = await begin(ada, 10, { filename: "a.tif" });
    const path = headers.get("location")!;
    const bob = await comeIn(server, "Bob");
    for (const method of ["HEAD", "PATCH", "DELETE"]) expect((await tus(bob, method, path)).status).toBe(404);
    expect((await bob.call("GET", `/api/imports/${path.split("/").at(-1)}`)).status).toBe(404);
    expect((await ada.call("GET", path)).status).toBe(404);
    expect((await tus(ada, "DELETE", path)).status).toBe(204);
    expect((await tus(ada, "HEAD", path)).status).toBe(410);
    expect(await leftovers(join(server.dataDir, "uploads"))).toEqual([]);
  });

  test("more than it said", async () => {
    const { headers } = await begin(ada, 10, { filename: "a.tif" });
    const path = headers.get("location")!;
    expect((await patch(ada, path, 0, new Uint8Array(20))).status).toBeGreaterThanOrEqual(400);
    await tus(ada, "DELETE", path);
  });

  test.each([
    ["words.tif", Buffer.from("these are words"), "damaged"],
    ["words", Buffer.from("these are words"), "not-an-image"],
    ["cut.zip", Buffer.from("PK\x03\x04 and nothing"), "damaged"],
    ["pack", Buffer.from("COSCOPK1\xff\xff\xff\x7f", "latin1"), "damaged"],
  ])("%s: said, and nothing is left behind", async (filename, bytes, code) => {
    const id = await send(ada, new Uint8Array(bytes), { filename });
    const row = await over(ada, id);
    expect(row).toMatchObject({
      state: "failed",
      error: { code, message: expect.stringContaining(filename) },
    });
    expect(JSON.stringify(row)).not.toContain(server.dataDir);
    expect(await leftovers(join(server.dataDir, "uploads"))).toEqual([]);
    expect(await leftovers(join(server.dataDir, "images"))).toEqual([]);
  });

  test("bytes that arrive changed", async () => {
    const bytes = await fixture("strips-u8.tif");
    const id = await send(ada, bytes, { filename: "a.tif", sha256: "0".repeat(64) });
    expect(await over(ada, id)).toMatchObject({ state: "failed", error: { code: "damaged" } });
  });

  test("names that lead out of a pack", async () => {
    const files: [string, Uint8Array][] = [["../../evil.tif", await fixture("strips-u8.tif")]];
    const id = await send(ada, pack(files), { filename: "folder" });
    expect(await over(ada, id)).toMatchObject({ state: "failed", error: { code: "damaged" } });
  });
});

/** Noise: 2600 × 2600 takes about a second to convert. */
const noise = async (side: number) => {
  const pixels = new Uint8Array(side * side).map((_, i) => (i * 2654435761) >>> 24);
  const bytes = await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .tiff({ compression: "none" })
    .toBuffer();
  return new Uint8Array(bytes);
};

test("cancelled while it is converted: nothing is left behind", async () => {
  const id = await send(ada, await noise(2600), { filename: "noise.tif" });
  await until(async () => (await importOf(ada, id)).progress > 0);
  expect((await readdir(join(server.dataDir, "images"))).some((name) => name.startsWith(".importing-"))).toBe(
    true,
  );
  expect((await ada.call("DELETE", `/api/imports/${id}`)).status).toBe(204);
  expect(await importOf(ada, id)).toMatchObject({ state: "cancelled", images: [] });
  expect(await leftovers(join(server.dataDir, "images"))).toEqual([]);
  expect(await leftovers(join(server.dataDir, "uploads"))).toEqual([]);
});

test("a server that ends in the middle goes on with uploads and imports when it starts again", async () => {
  let own = await startTestServer();
  const { dataDir } = own;
  try {
    let eve = await comeIn(own, "Eve");
    const bytes = await noise(2600);
    const small = await noise(300);
    const created = await begin(eve, small.length, { filename: "half.tif" });
    const half = created.headers.get("location")!;
    await patch(eve, half, 0, small.subarray(0, 50_000));
    const converting = await send(eve, bytes, { filename: "noise.tif" });
    await until(async () => (await importOf(eve, converting)).progress > 0);
    const { token, user } = eve;
    await own.close();
    // As after the power failed: a record that says it was being converted, and half an image of a process that is gone.
    own = await startTestServer({ dataDir });
    eve = new (eve.constructor as typeof Person)(own.url, token, user);
    expect((await tus(eve, "HEAD", half)).headers.get("upload-offset")).toBe("50000");
    expect((await patch(eve, half, 50_000, small.subarray(50_000))).status).toBe(204);
    expect(await over(eve, converting)).toMatchObject({ state: "ready", images: [{ name: "noise" }] });
    expect(await over(eve, half.split("/").at(-1)!)).toMatchObject({
      state: "ready",
      images: [{ name: "half" }],
    });
    expect(await leftovers(join(dataDir, "images"))).toEqual([]);
    const { images } = await importOf(eve, converting);
    expect(existsSync(join(dataDir, "images", `${images[0].id}.zarr`))).toBe(true);
  } finally {
    await own.remove();
  }
});

test("quotas: of one person, and of all", async () => {
  const own = await startTestServer({ uploads: { quotaBytes: 100_000, userQuotaBytes: 60_000 } });
  try {
    const eve = await comeIn(own, "Eve");
    const bob = await comeIn(own, "Bob");
    // An image takes room until it is deleted.
    const made = await over(eve, await send(eve, await fixture("strips-u8.tif"), { filename: "a.tif" }));
    expect((await begin(eve, 60_000, { filename: "a.tif" })).status).toBe(413);
    const image = await eve.get(`/api/images/${made.images[0].id}`);
    await eve.call("DELETE", `/api/images/${image.id}?revision=${image.revision}`);
    const all = await begin(eve, 60_000, { filename: "a.tif" });
    expect(all.status).toBe(201);
    await tus(eve, "DELETE", all.headers.get("location")!);
    expect((await begin(eve, 50_000, { filename: "a.tif" })).status).toBe(201);
    const more = await begin(eve, 20_000, { filename: "b.tif" });
    expect(more).toMatchObject({
      status: 413,
      body: { error: { code: "too-large", message: expect.stringContaining("10.0 kB more of yours") } },
    });
    expect((await begin(bob, 45_000, { filename: "c.tif" })).status).toBe(201);
    expect(await begin(bob, 10_000, { filename: "d.tif" })).toMatchObject({
      status: 413,
      body: { error: { message: expect.stringContaining("room for 5.0 kB") } },
    });
  } finally {
    await own.remove();
  }
});

test("unfinished uploads that nothing is added to expire", async () => {
  let own = await startTestServer({ uploads: { expireMs: 3_600_000 } });
  const { dataDir } = own;
  try {
    const eve = await comeIn(own, "Eve");
    await begin(eve, 50_000, { filename: "a.tif" });
    await own.close();
    own = await startTestServer({ dataDir, uploads: { expireMs: -1 } });
    expect(await readdir(join(dataDir, "uploads"))).toEqual([]);
  } finally {
    await own.remove();
  }
});
