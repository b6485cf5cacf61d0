import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryStore, memoryZarr, type ZarrRecipe } from "../testing/memory-zarr.ts";
import { openOmeZarr } from "./open.ts";

const RECIPE: ZarrRecipe = {
  version: "0.5",
  axes: ["c", "y", "x"],
  shapes: [[2, 64, 64]],
  chunks: [1, 64, 64],
  codec: "gzip",
};
const TILE = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };
const NO_RETRY = { retry: { retries: 0 } };

/** Metadata that the tests damage: typed as loosely as it is written. */
// biome-ignore lint/suspicious/noExplicitAny: reaching into a JSON document is all that it is for
type Json = any;

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  vi.unstubAllGlobals();
});

/** @returns the address of the image */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(handle);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.zarr`;
}

async function serveFiles(
  files: ReadonlyMap<string, Uint8Array>,
  change?: (path: string) => Uint8Array | number | null,
) {
  return serve((request, response) => {
    const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
    const changed = change?.(path);
    if (typeof changed === "number") {
      response.writeHead(changed).end();
      return;
    }
    const bytes = changed ?? files.get(path);
    if (!bytes) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
}

function withMetadata(files: Map<string, Uint8Array>, key: string, change: (document: Json) => void) {
  const document = JSON.parse(new TextDecoder().decode(files.get(key)));
  change(document);
  files.set(key, new TextEncoder().encode(JSON.stringify(document)));
}

describe("what can go wrong with an image", () => {
  it("says so when nobody answers", async () => {
    const url = await serve(() => {});
    server!.close();
    server!.closeAllConnections();
    await expect(openOmeZarr(url, NO_RETRY)).rejects.toMatchObject({
      code: "unreachable",
      got: "none",
      next: expect.stringContaining("Check the address"),
    });
  });

  it("tells a server that does not share with this page from one that is not there", async () => {
    vi.stubGlobal("location", { origin: "https://coscope.example", href: "https://coscope.example/" });
    const failing = (answers: boolean) =>
      (async (_: RequestInfo | URL, init?: RequestInit) => {
        if (init?.mode === "no-cors" && answers) return new Response(null, { status: 200 });
        throw new TypeError("Failed to fetch");
      }) as typeof fetch;
    const url = "https://images.example/a.zarr";
    await expect(openOmeZarr(url, { ...NO_RETRY, fetch: failing(true) })).rejects.toMatchObject({
      code: "cors",
      next: expect.stringContaining("images.example"),
    });
    await expect(openOmeZarr(url, { ...NO_RETRY, fetch: failing(false) })).rejects.toMatchObject({
      code: "unreachable",
    });
  });

  it.each([404, 403])("says that nothing is there (%i)", async (status) => {
    const url = await serveFiles(new Map(), () => status);
    await expect(openOmeZarr(url)).rejects.toMatchObject({ code: "not-found" });
  });

  it("says that an address answers but holds no image", async () => {
    const folder = await serveFiles(new Map([["", new Uint8Array(3)]]));
    await expect(openOmeZarr(folder)).rejects.toMatchObject({
      code: "not-an-image",
      got: "neither zarr.json nor .zattrs",
    });
  });

  it("recognises a page served for every address", async () => {
    const page = new TextEncoder().encode("<!doctype html><title>App</title>");
    const url = await serveFiles(new Map(), () => page);
    await expect(openOmeZarr(url)).rejects.toMatchObject({
      code: "not-an-image",
      next: expect.stringContaining("page"),
    });
  });

  it.each(["", "ftp://host/a.zarr", "/only/a/path"])("refuses %j as an address", async (url) => {
    await expect(openOmeZarr(url)).rejects.toMatchObject({
      code: "not-found",
      expected: expect.stringContaining("http"),
    });
  });

  it("tells a bare array and a group without images from an image", async () => {
    const { files } = await memoryZarr(RECIPE);
    const array = memoryStore(new Map([["/zarr.json", files.get("/0/zarr.json")!]]));
    await expect(openOmeZarr("http://x/a.zarr", { store: array.store })).rejects.toMatchObject({
      code: "not-an-image",
      got: "a bare Zarr array",
    });
    const group = memoryStore(new Map([["/.zattrs", new TextEncoder().encode("{}")]]));
    await expect(openOmeZarr("http://x/a.zarr", { store: group.store })).rejects.toMatchObject({
      code: "not-an-image",
    });
  });

  it("names the level that an incomplete copy lacks", async () => {
    const { files } = await memoryZarr(RECIPE);
    files.delete("/0/zarr.json");
    const { store } = memoryStore(files);
    await expect(openOmeZarr("http://x/a.zarr", { store })).rejects.toMatchObject({
      code: "malformed",
      expected: expect.stringContaining('"0"'),
    });
  });

  it.each([
    ["no datasets", "/zarr.json", (d: Json) => (d.attributes.ome.multiscales[0].datasets = [])],
    [
      "no axis names",
      "/zarr.json",
      (d: Json) => (d.attributes.ome.multiscales[0].axes = [{ type: "space" }]),
    ],
    ["axes that do not fit", "/zarr.json", (d: Json) => d.attributes.ome.multiscales[0].axes.pop()],
    [
      "a path that leads out",
      "/zarr.json",
      (d: Json) => (d.attributes.ome.multiscales[0].datasets[0].path = "../up"),
    ],
    ["a negative shape", "/0/zarr.json", (d: Json) => (d.shape = [2, -1, 64])],
    ["a nonsense type", "/0/zarr.json", (d: Json) => (d.data_type = "triple")],
    ["no shape", "/0/zarr.json", (d: Json) => delete d.shape],
  ])("refuses metadata with %s", async (_, key, change) => {
    const { files } = await memoryZarr(RECIPE);
    withMetadata(files, key, change);
    const { store } = memoryStore(files);
    await expect(openOmeZarr("http://x/a.zarr", { store })).rejects.toMatchObject({
      name: "SourceError",
      code: "malformed",
    });
  });

  it("says which codec it does not know", async () => {
    const { files } = await memoryZarr(RECIPE);
    withMetadata(files, "/0/zarr.json", (d) => (d["codecs"][1] = { name: "jpegxl", configuration: {} }));
    const source = await openOmeZarr("http://x/a.zarr", { store: memoryStore(files).store });
    await expect(source.getTile(TILE)).rejects.toMatchObject({
      code: "unsupported",
      got: expect.stringContaining("jpegxl"),
    });
  });

  it("refuses a declared chunk of more than 64 MiB before fetching any", async () => {
    const { files } = await memoryZarr(RECIPE);
    withMetadata(files, "/0/zarr.json", (d) => {
      d["shape"] = [2, 40_000, 40_000];
      d["chunk_grid"].configuration.chunk_shape = [1, 40_000, 40_000];
    });
    const { store, asked } = memoryStore(files);
    await expect(openOmeZarr("http://x/a.zarr", { store })).rejects.toMatchObject({
      code: "too-large",
      got: "3052 MiB",
      next: expect.stringContaining("smaller chunks"),
    });
    expect(asked.filter((key) => key.includes("/c/"))).toEqual([]);
  });

  it("refuses a chunk that claims 10 GB; of what was asked ahead, little is read", async () => {
    const two = {
      ...RECIPE,
      shapes: [
        [2, 64, 64],
        [2, 32, 32],
      ],
      codec: "zstd" as const,
    };
    const { files } = await memoryZarr(two);
    for (const level of [0, 1]) {
      withMetadata(files, `/${level}/zarr.json`, (d) => {
        d["shape"] = [2, 100_000, 50_000];
        d["chunk_grid"].configuration.chunk_shape = [1, 100_000, 50_000];
      });
    }
    let sent = 0;
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      if (!path.includes("/c/")) {
        response.end(files.get(path));
        return;
      }
      // As much as anyone reads.
      const pour = () => {
        while (!response.destroyed && response.write(new Uint8Array(2 ** 16))) sent += 2 ** 16;
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    });
    const expected = { code: "too-large", got: "9537 MiB" };
    await expect(openOmeZarr(url)).rejects.toMatchObject(expected);
    expect(sent).toBeLessThan(16 * 2 ** 20);
  });

  it("does not read more than it declares, nor more than allowed where nothing is declared", async () => {
    const { files } = await memoryZarr(RECIPE);
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      if (!path.includes("/c/")) {
        response.end(files.get(path));
        return;
      }
      const pour = () => {
        while (!response.destroyed && response.write(new Uint8Array(2 ** 20)));
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    });
    const source = await openOmeZarr(url, { maxBytes: 2 ** 22 });
    await expect(source.getTile(TILE)).rejects.toMatchObject({ code: "too-large" });
  });

  it("does not read an answer longer than any chunk may be", async () => {
    const { files } = await memoryZarr(RECIPE);
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      const bytes = files.get(path);
      if (!path.includes("/c/")) response.end(bytes);
      else response.writeHead(200, { "content-length": 2 ** 33 }).write("x");
    });
    const source = await openOmeZarr(url);
    await expect(source.getTile(TILE)).rejects.toMatchObject({ code: "too-large", got: "8192 MiB" });
  });

  it.each(["raw", "gzip", "zstd", "blosc"] as const)("says that a %s chunk is cut short", async (codec) => {
    const { files } = await memoryZarr({ ...RECIPE, codec });
    const key = "/0/c/0/0/0";
    files.set(key, files.get(key)!.slice(0, -40));
    const source = await openOmeZarr("http://x/a.zarr", { store: memoryStore(files).store });
    await expect(source.getTile(TILE)).rejects.toMatchObject({
      code: "malformed",
      next: expect.stringContaining("damaged"),
    });
    expect((await source.getTile({ ...TILE, channel: 1 }))!.width).toBe(64);
  });

  it("says that a chunk is something else altogether", async () => {
    const { files } = await memoryZarr(RECIPE);
    files.set("/0/c/0/0/0", new TextEncoder().encode("<!doctype html>"));
    const source = await openOmeZarr("http://x/a.zarr", { store: memoryStore(files).store });
    await expect(source.getTile(TILE)).rejects.toMatchObject({ code: "malformed" });
  });

  it("tries again while a server is busy, and gives up after a while", async () => {
    const { files } = await memoryZarr(RECIPE);
    let refusals = 2;
    let asked = 0;
    const url = await serveFiles(files, (path) => {
      if (!path.includes("/c/")) return null;
      asked++;
      return refusals-- > 0 ? 503 : null;
    });
    const retry = { retries: 2, baseDelayMs: 1 };
    const source = await openOmeZarr(url, { retry });
    expect((await source.getTile(TILE))!.width).toBe(64);
    expect(asked).toBe(3);
    refusals = 99;
    await expect(source.getTile({ ...TILE, channel: 1 })).rejects.toMatchObject({
      code: "unreachable",
      got: expect.stringContaining("503"),
    });
    expect(asked).toBe(6);
  });

  it("reports a connection that breaks off in the middle", async () => {
    const { files } = await memoryZarr(RECIPE);
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      if (!path.includes("/c/")) {
        response.end(files.get(path));
        return;
      }
      response.writeHead(200, { "content-length": 1000 });
      response.write("half", () => response.destroy());
    });
    const source = await openOmeZarr(url, NO_RETRY);
    await expect(source.getTile(TILE)).rejects.toMatchObject({
      code: "unreachable",
      got: expect.stringContaining("broke off"),
    });
  });

  it("stops a request that nobody waits for any more", async () => {
    const { files } = await memoryZarr(RECIPE);
    let closed = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let started = () => {};
    const asked = new Promise<void>((resolve) => {
      started = resolve;
    });
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      if (!path.includes("/c/")) {
        response.end(files.get(path));
        return;
      }
      request.on("close", closed);
      response.on("close", closed);
      started();
    });
    const source = await openOmeZarr(url);
    const controller = new AbortController();
    const tile = source.getTile({ ...TILE, signal: controller.signal });
    await asked;
    controller.abort();
    await expect(tile).rejects.toMatchObject({ code: "aborted" });
    await gone;
  });
});

describe("reading over HTTP", () => {
  const sharded: ZarrRecipe = {
    ...RECIPE,
    shapes: [[1, 128, 128]],
    chunks: [1, 64, 64],
    shards: [1, 128, 128],
  };

  it.each(["ranges", "no ranges", "no suffix ranges"])("reads shards from a server with %s", async (kind) => {
    const { files } = await memoryZarr(sharded);
    const url = await serve((request, response) => {
      const path = new URL(request.url!, "http://x").pathname.replace("/image.zarr", "");
      const bytes = files.get(path);
      if (!bytes) {
        response.writeHead(404).end();
        return;
      }
      const range = kind === "no ranges" ? undefined : request.headers.range;
      const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
      if (request.method === "HEAD" || !match) {
        response.writeHead(200, { "content-length": bytes.length });
        response.end(request.method === "HEAD" ? undefined : bytes);
        return;
      }
      if (match[1] === "" && kind === "no suffix ranges") {
        response.writeHead(416).end();
        return;
      }
      const start = match[1] === "" ? bytes.length - Number(match[2]) : Number(match[1]);
      const end = match[1] === "" ? bytes.length : Number(match[2]) + 1;
      response.writeHead(206).end(bytes.slice(start, end));
    });
    const source = await openOmeZarr(url);
    const tile = await source.getTile({ ...TILE, x: 0, y: 0 });
    expect(tile!.data[1]).toBe(7);
  });

  it("keeps the query of a signed address, and takes the address of the metadata file", async () => {
    const { files } = await memoryZarr(RECIPE);
    const asked: string[] = [];
    const url = await serve((request, response) => {
      const { pathname, search } = new URL(request.url!, "http://x");
      asked.push(pathname + search);
      const bytes = files.get(pathname.replace("/image.zarr", ""));
      response.writeHead(bytes ? 200 : 404).end(bytes);
    });
    const source = await openOmeZarr(`${url}/zarr.json?token=a%2Fb#there`);
    await source.getTile(TILE);
    expect(asked).toEqual([
      "/image.zarr/zarr.json?token=a%2Fb",
      "/image.zarr/0/zarr.json?token=a%2Fb",
      "/image.zarr/0/c/0/0/0?token=a%2Fb",
    ]);
  });
});

describe("chunks made to harm", () => {
  const header = (bytes: number[], length = 64) => Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0);
  const huge = [0, 0, 0, 0x7f];

  it.each([
    ["blosc", header([2, 1, 0, 2, ...huge, 0, 0, 1, 0, 64, 0, 0, 0])],
    ["blosc", header([2, 1], 3)],
    ["zstd", header([0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...huge])],
    ["zstd", header([1, 2, 3, 4])],
  ] as const)("are refused by their header: %s", async (codec, bytes) => {
    const { files } = await memoryZarr({ ...RECIPE, codec });
    files.set("/0/c/0/0/0", bytes);
    const source = await openOmeZarr("http://x/a.zarr", { store: memoryStore(files).store });
    await expect(source.getTile(TILE)).rejects.toMatchObject({ code: "malformed" });
  });

  it("are not unpacked beyond what a chunk may hold", async () => {
    const { files } = await memoryZarr(RECIPE);
    const zeros = new Blob([new Uint8Array(70 * 2 ** 20)])
      .stream()
      .pipeThrough(new CompressionStream("gzip"));
    files.set("/0/c/0/0/0", new Uint8Array(await new Response(zeros).arrayBuffer()));
    const source = await openOmeZarr("http://x/a.zarr", { store: memoryStore(files).store });
    await expect(source.getTile(TILE)).rejects.toMatchObject({
      code: "malformed",
      got: expect.stringContaining("bytes"),
    });
  });
});

describe("containers of images", () => {
  async function nested(path: string, attributes: Record<string, unknown>, more: [string, unknown][] = []) {
    const { files } = await memoryZarr(RECIPE);
    const moved = new Map([...files].map(([key, bytes]) => [`/${path}${key}`, bytes]));
    const put = (key: string, ome: unknown) =>
      moved.set(
        key,
        new TextEncoder().encode(JSON.stringify({ zarr_format: 3, node_type: "group", attributes: { ome } })),
      );
    put("/zarr.json", attributes);
    for (const [key, ome] of more) put(key, ome);
    return openOmeZarr("http://x/a.zarr", { store: memoryStore(moved).store });
  }

  it("opens the first of a series, and says so", async () => {
    const source = await nested("0", { "bioformats2raw.layout": 3 });
    expect(source.warnings).toEqual([expect.stringContaining("series")]);
    expect((await source.getTile(TILE))!.data[1]).toBe(7);
  });

  it("opens the first well of a plate, and says so", async () => {
    const plate = { plate: { wells: [{ path: "A/1" }, { path: "B/1" }] } };
    const source = await nested("A/1/0", plate, [["/A/1/zarr.json", { well: { images: [{ path: "0" }] } }]]);
    expect(source.warnings).toEqual([expect.stringContaining("plate")]);
    expect((await source.getTile(TILE))!.data[1]).toBe(7);
  });
});
