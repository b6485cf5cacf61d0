import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Cell,
  cellAt,
  createDecoder,
  type Manifest,
  type Mask,
  parseManifest,
  proposedMask,
  type Runtime,
  Segmenter,
  unpackEmbedding,
} from "@coscope/models";
import { fakeSam, greedyEncoder, RADII } from "@coscope/models/testing";
import { SHIPPED_WEIGHTS } from "@coscope/models/weights";
import { addFiles } from "@coscope/sync-server/encoder/install/install.ts";
import { openImage } from "@coscope/viewer/source";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer } from "./harness.ts";

/** The encoder as it runs: real networks, the demo slide, images on the disk. */

const imagesDir = join(tmpdir(), `coscope-encoder-${process.pid}`);
const SIDE = 256;
let server: TestServer;
let ada: Person;
let ben: Person;

async function writeImage(name: string, side = SIDE): Promise<void> {
  const folder = join(imagesDir, `${name}.zarr`);
  await mkdir(join(folder, "0", "c", "0"), { recursive: true });
  const axes = ["y", "x"].map((axis) => ({ name: axis, type: "space" }));
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1] }] }];
  const attributes = { ome: { version: "0.5", multiscales: [{ axes, datasets }] } };
  await writeFile(
    join(folder, "zarr.json"),
    JSON.stringify({ zarr_format: 3, node_type: "group", attributes }),
  );
  const array = {
    zarr_format: 3,
    node_type: "array",
    shape: [side, side],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [SIDE, SIDE] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes" }],
  };
  await writeFile(join(folder, "0", "zarr.json"), JSON.stringify(array));
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.hypot((i % SIDE) - 120, Math.floor(i / SIDE) - 100) < 14 ? 200 : 20,
  );
  await writeFile(join(folder, "0", "c", "0", "0"), pixels);
}

beforeAll(async () => {
  await mkdir(imagesDir, { recursive: true });
  await Promise.all([writeImage("spot"), writeImage("vanishing", 8 * SIDE)]);
  server = await startTestServer({
    imageDirs: [imagesDir],
    encoder: { workers: 1, memoryBytes: 1.2 * 2 ** 30 },
  });
  [ada, ben] = await Promise.all([comeIn(server, "Ada"), comeIn(server, "Ben")]);
});
afterAll(async () => {
  await server?.remove();
  await rm(imagesDir, { recursive: true, force: true });
});

const path = (image: string, query: Record<string, string | number>) =>
  `/api/images/${image}/embeddings?${new URLSearchParams(
    Object.entries(query).map(([k, v]): [string, string] => [k, String(v)]),
  )}`;
async function embed(person: Person, image: string, query: Record<string, string | number>, headers = {}) {
  const response = await fetch(server.url + path(image, query), {
    headers: { authorization: `Bearer ${person.token}`, ...headers },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get("content-type")?.includes("json");
  const { status } = response;
  const how = response.headers.get("x-coscope-encode");
  const etag = response.headers.get("etag");
  return {
    status,
    how,
    etag,
    bytes,
    error: isJson ? JSON.parse(new TextDecoder().decode(bytes)).error : null,
  };
}
const at = { scale: 1, x: 32_768, y: 32_768 };
const idOf = async (name: string) =>
  (await ada.get("/api/images")).find((row: { name: string }) => row.name.startsWith(name)).id as string;
const runtime = ort as unknown as Runtime;

describe("on the demo slide", () => {
  test("clicks outline nuclei as its exact labels do, with the server's embeddings and a decoder in Node", async () => {
    const [model] = await ada.get("/api/models");
    expect(model).toMatchObject({ family: "coscope", default: true, ready: true, licence: "MIT" });
    const manifest = parseManifest(model.manifest);
    const { sha256 } = model.decoder;
    const fileOf = (version: string) =>
      fetch(`${server.url}/api/models/${model.id}/files/decoder.onnx?sha256=${version}`, {
        headers: { authorization: `Bearer ${ada.token}` },
      });
    const file = await fileOf(sha256);
    expect(file.headers.get("etag")).toBe(`"${sha256}"`);
    expect(file.headers.get("cache-control")).toContain("immutable");
    expect((await fileOf("another")).headers.get("cache-control")).not.toContain("immutable");
    const decoder = await createDecoder(runtime, manifest, new Uint8Array(await file.arrayBuffer()), {
      intraOpNumThreads: 1,
    });
    const image = { width: 65_536, height: 65_536 };
    const labels = await openImage(`${server.url}/demo/slide.zarr/labels/nuclei`);
    const means: number[] = [];
    for (const [channels, left, top] of [
      ["0", 33_100, 33_100],
      ["0,1,2,3", 20_700, 30_900],
    ] as const) {
      const segmenter = new Segmenter({
        decoder,
        image,
        embed: async ({ scale, x, y }: Cell) => {
          const answer = await embed(ada, "demo", { scale, x, y, channels });
          expect(answer.status).toBe(200);
          return unpackEmbedding(answer.bytes, manifest);
        },
      });
      means.push(await meanIou(segmenter, labels, left, top));
    }
    console.log(`demo slide, one click, mean IoU: ${means.map((m) => m.toFixed(3)).join(", ")}`);
    for (const mean of means) expect(mean).toBeGreaterThan(0.8);
  });

  test("two people with any contrast cause one encode, other channels another; who has it is told so", async () => {
    const query = { ...at, channels: "0" };
    // Contrast is no part of the question: the page that has another asks the same.
    const both = await Promise.all([embed(ada, "demo", query), embed(ben, "demo", query)]);
    expect(both.filter(({ how }) => how === "encoded").length).toBeLessThanOrEqual(1);
    expect(both[0].etag).toBe(both[1].etag);
    const again = await embed(ben, "demo", { ...query, channels: "0,0" });
    expect(again).toMatchObject({ how: "cached", etag: both[0].etag });
    const other = await embed(ben, "demo", { ...at, channels: "1,0" });
    expect(other).toMatchObject({ status: 200, how: "encoded" });
    expect(other.etag).not.toBe(both[0].etag);
    expect((await embed(ada, "demo", { ...at, channels: "0,1" })).etag).toBe(other.etag);
    const known = await embed(ada, "demo", query, { "if-none-match": both[0].etag! });
    expect(known).toMatchObject({ status: 304, how: "cached" });
    expect(known.bytes.length).toBe(0);
    const plain = await embed(ada, "demo", query, { "accept-encoding": "identity" });
    expect(Buffer.compare(plain.bytes, both[0].bytes)).toBe(0);
  });

  test("regions outside of the image, off the grid, or no numbers are refused", async () => {
    const wrongs: Record<string, string | number>[] = [
      { x: 65_536 },
      { x: -512 },
      { x: 7 },
      { x: Number.NaN },
      { y: "1e999" },
      { scale: 3 },
      { scale: 0 },
      { z: 1 },
      { t: 0.5 },
      { channels: "4" },
      { channels: "" },
      { channels: "0;DROP" },
      { for: "ever" },
    ];
    for (const wrong of wrongs) {
      const { status, error } = await embed(ada, "demo", { ...at, channels: "0", ...wrong });
      expect([status, error?.code], JSON.stringify(wrong)).toEqual([422, "bad-region"]);
    }
    expect((await embed(ada, "nothing", { ...at, channels: "0" })).status).toBe(404);
    expect((await embed(ada, "demo", { ...at, channels: "0", model: "none" })).status).toBe(404);
    const stranger = await fetch(server.url + path("demo", { ...at, channels: "0" }));
    expect(stranger.status).toBe(401);
    expect((await fetch(`${server.url}/api/models`)).status).toBe(401);
    expect((await fetch(`${server.url}/api/encoder`)).status).toBe(401);
  });
});

async function meanIou(
  segmenter: Segmenter,
  labels: Awaited<ReturnType<typeof openImage>>,
  left: number,
  top: number,
): Promise<number> {
  const size = 512;
  const [tx, ty] = [Math.floor(left / size), Math.floor(top / size)];
  const tile = (await labels.getTile({ level: 0, x: tx, y: ty, z: 0, t: 0, channel: 0 }))!;
  const objects = new Map<number, { n: number; x: number; y: number; whole: boolean }>();
  for (const [i, id] of (tile.data as Uint32Array).entries()) {
    if (id === 0) continue;
    const [x, y] = [i % size, Math.floor(i / size)];
    const o = objects.get(id) ?? { n: 0, x: 0, y: 0, whole: true };
    o.n++;
    o.x += x;
    o.y += y;
    o.whole &&= x > 0 && y > 0 && x < size - 1 && y < size - 1;
    objects.set(id, o);
  }
  const clicked = [...objects]
    .filter(([, o]) => o.whole && o.n >= 80)
    .filter((_, i) => i % 3 === 0)
    .slice(0, 6);
  expect(clicked.length).toBe(6);
  let sum = 0;
  for (const [id, o] of clicked) {
    const [x, y] = [tx * size + o.x / o.n + 0.5, ty * size + o.y / o.n + 0.5];
    const mask = proposedMask(await segmenter.propose([{ kind: "point", x, y, inside: true }]));
    let [inside, area] = [0, 0];
    for (let i = 0; i < mask.data.length; i++) {
      if (!mask.data[i]) continue;
      area++;
      const [px, py] = [
        mask.x + (i % mask.width) - tx * size,
        mask.y + Math.floor(i / mask.width) - ty * size,
      ];
      if (px >= 0 && py >= 0 && px < size && py < size && tile.data[py * size + px] === id) inside++;
    }
    sum += inside / (area + o.n - inside);
  }
  return sum / clicked.length;
}

describe("images on the disk", () => {
  test("are read where they are; their regions are as large as they are", async () => {
    const id = await idOf("spot");
    const answer = await embed(ada, id, { x: 0, y: 0, channels: "0" });
    const [model] = await ada.get("/api/models");
    const manifest = parseManifest(model.manifest) as Manifest;
    const embedding = unpackEmbedding(answer.bytes, manifest);
    expect([embedding.width, embedding.height]).toEqual([SIDE, SIDE]);
    const cell = cellAt({ width: SIDE, height: SIDE }, 2, { x: 120, y: 100 }, manifest);
    const finer = await embed(ada, id, { ...cell, channels: "0" } as never);
    expect(unpackEmbedding(finer.bytes, manifest).width).toBe(2 * SIDE);
    const { channels } = await ada.get(`/api/images/${id}/statistics?channels=0`);
    expect(channels).toEqual([{ channel: 0, low: 20, high: 200 }]);
  });

  test("that vanish while somebody clicks are said to be unreadable, and leave nothing behind", async () => {
    const id = await idOf("vanishing");
    await ada.get(`/api/images/${id}/statistics?channels=0`);
    await rm(join(imagesDir, "vanishing.zarr"), { recursive: true });
    // Far from what the statistics looked at.
    const gone = await embed(ada, id, { x: 1024, y: 1024, channels: "0" });
    expect([gone.status, gone.error?.code]).toEqual([502, "image-unreadable"]);
    expect((await embed(ben, await idOf("spot"), { x: 0, y: 0, channels: "0" })).status).toBe(200);
  });
});

describe("other models", () => {
  const folderOf = (name: string) => join(server.dataDir, "models", name);
  const write = async (name: string, encoder: Uint8Array, change: (m: never) => void = () => {}) => {
    await cp(SHIPPED_WEIGHTS, folderOf(name), { recursive: true });
    const manifest = JSON.parse(await readFile(join(SHIPPED_WEIGHTS, "manifest.json"), "utf8"));
    manifest.id = name;
    manifest.encoder.bytes = encoder.length;
    manifest.encoder.sha256 = createHash("sha256").update(encoder).digest("hex");
    change(manifest as never);
    await writeFile(join(folderOf(name), "encoder.onnx"), encoder);
    await writeFile(join(folderOf(name), "manifest.json"), JSON.stringify(manifest));
  };

  test("that are damaged, changed, too large or greedy are refused, and the server goes on", async () => {
    await write("malformed", new TextEncoder().encode("\b\x08:\x03this is no graph"));
    await write("changed", new Uint8Array(5000), (m: never) => {
      (m as { encoder: { sha256: string } }).encoder.sha256 = "0".repeat(64);
    });
    await write("huge", new Uint8Array(10));
    // A gigabyte that takes no room on the disk.
    await truncate(join(folderOf("huge"), "encoder.onnx"), 2 ** 30);
    await write("claims", new Uint8Array(10), (m: never) => {
      (m as { encoder: { bytes: number } }).encoder.bytes = 2 ** 30;
    });
    await write("greedy", greedyEncoder(6));
    const models = new Map<string, { ready: boolean; why?: string }>();
    await expect
      .poll(async () => {
        for (const model of await ada.get("/api/models")) models.set(model.id, model);
        return models.has("greedy");
      })
      .toBe(true);
    expect(models.get("huge")).toMatchObject({
      ready: false,
      why: expect.stringMatching(/1073741824 bytes/),
    });
    expect(models.get("claims")).toMatchObject({
      ready: false,
      why: expect.stringMatching(/encoder\.bytes/),
    });
    const spot = await idOf("spot");
    const [pid] = server.encoder.pids;
    const codes: Record<string, unknown> = {};
    for (const model of ["malformed", "changed", "huge", "claims", "greedy"]) {
      const { status, error } = await embed(ada, spot, { x: 0, y: 0, channels: "0", model });
      codes[model] = [status, error?.code];
      expect(error?.next).toBeTruthy();
    }
    expect(codes).toEqual({
      malformed: [503, "model-unavailable"],
      changed: [503, "model-unavailable"],
      huge: [503, "model-unavailable"],
      claims: [503, "model-unavailable"],
      greedy: [503, "encode-failed"],
    });
    // The greedy one took its process along, and nothing else.
    expect(server.encoder.pids[0]).not.toBe(pid);
    expect((await embed(ben, spot, { scale: 2, x: 0, y: 0, channels: "0" })).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test.each(["mobile-sam", "efficient-sam"] as const)(
    "that `models add` made of files like %s outline through the same routes",
    async (signature) => {
      const fake = fakeSam(signature);
      const id = `fake-${signature}`;
      const files = { encoder: join(imagesDir, "e.onnx"), decoder: join(imagesDir, "d.onnx") };
      await Promise.all([writeFile(files.encoder, fake.encoder), writeFile(files.decoder, fake.decoder)]);
      const described = { id, title: id, licence: "MIT", source: "generated", raw: true };
      await addFiles(server.dataDir, files, described);
      const rowOf = async () => (await ada.get("/api/models")).find((row: { id: string }) => row.id === id);
      await expect.poll(async () => (await rowOf())?.ready, { timeout: 20_000 }).toBe(true);
      const manifest = parseManifest((await rowOf()).manifest);
      const file = await fetch(`${server.url}/api/models/${id}/files/decoder.onnx`, {
        headers: { authorization: `Bearer ${ada.token}` },
      });
      const decoder = await createDecoder(runtime, manifest, new Uint8Array(await file.arrayBuffer()), {
        intraOpNumThreads: 1,
      });
      const spot = await idOf("spot");
      const segmenter = new Segmenter({
        decoder,
        image: { width: SIDE, height: SIDE },
        embed: async ({ scale, x, y }: Cell) => {
          const answer = await embed(ada, spot, { scale, x, y, channels: "0", model: id });
          expect([answer.status, answer.how]).toEqual([200, "encoded"]);
          return unpackEmbedding(answer.bytes, manifest);
        },
      });
      const proposal = await segmenter.propose([{ kind: "point", x: 120, y: 100, inside: true }]);
      // The best one is a disc round the click, of RADII[1] px of the frame; the second is what is bright in the image.
      const isNear = (x: number, y: number, r: number) => (px: number, py: number) =>
        Math.hypot(px - x, py - y) < r;
      const frame = 1024 / SIDE;
      expect(agreement(proposedMask(proposal), isNear(120, 100, RADII[1] / frame))).toBeGreaterThan(0.9);
      // One px of the embedding is four of the image.
      expect(agreement(proposedMask(proposal, 1), isNear(120, 100, 14))).toBeGreaterThan(0.75);
      expect((await embed(ben, spot, { x: 0, y: 0, channels: "0", model: id })).how).toBe("cached");
    },
  );
});

/** IoU of a mask with what is inside of a shape, on the small image. */
function agreement(mask: Mask, isInside: (x: number, y: number) => boolean): number {
  let [both, either] = [0, 0];
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const [mx, my] = [x - mask.x, y - mask.y];
      const there =
        mx >= 0 && my >= 0 && mx < mask.width && my < mask.height && mask.data[my * mask.width + mx];
      const inside = isInside(x + 0.5, y + 0.5);
      if (there && inside) both++;
      if (there || inside) either++;
    }
  return both / either;
}

test("what is computed and kept is counted", async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/coscope_encodes_total\{outcome="encoded"\} [1-9]/);
  expect(metrics).toMatch(/coscope_embedding_cache_bytes [1-9]/);
});
