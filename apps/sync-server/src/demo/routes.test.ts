import { afterAll, expect, test, vi } from "vitest";
import { chunkPath } from "./chunk-address.ts";
import { demoRoutes } from "./routes.ts";
import { CHUNK, LEVEL_COUNT, SLIDE_SIZE } from "./slide-shape.ts";

// Some chunks take a second where everything else runs at the same time.
vi.setConfig({ testTimeout: 60_000 });

const demo = demoRoutes({ threads: 1 });
afterAll(() => demo.close());

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await demo.handle(`/demo/${path}`, new Request("http://host/", init));
  return response!;
}

// biome-ignore lint/suspicious/noExplicitAny: documents are read as a client would, without types.
async function json(path: string): Promise<any> {
  return (await ask(path)).json();
}

test("describes an OME-Zarr 0.5 image and its labels, level for level", async () => {
  const root = await json("slide.zarr/zarr.json");
  const { ome } = root.attributes;
  expect(ome.version).toBe("0.5");
  const { axes, datasets } = ome.multiscales[0];
  expect(axes.map((axis: { name: string }) => axis.name)).toEqual(["c", "y", "x"]);
  expect(datasets).toHaveLength(LEVEL_COUNT);
  expect(ome.omero.channels).toHaveLength(4);
  for (const channel of ome.omero.channels) expect(channel.color).toMatch(/^[0-9A-F]{6}$/);
  const labels = await json("slide.zarr/labels/nuclei/zarr.json");
  expect((await json("slide.zarr/labels/zarr.json")).attributes.ome.labels).toEqual(["nuclei"]);
  expect(labels.attributes.ome.multiscales[0].datasets).toHaveLength(LEVEL_COUNT);
  for (const [level, dataset] of datasets.entries()) {
    const array = await json(`slide.zarr/${dataset.path}/zarr.json`);
    expect(array.shape).toEqual([4, SLIDE_SIZE >> level, SLIDE_SIZE >> level]);
    expect(array.dimension_names).toEqual(["c", "y", "x"]);
    const label = await json(`slide.zarr/labels/nuclei/${level}/zarr.json`);
    expect(label.shape).toEqual([1, SLIDE_SIZE >> level, SLIDE_SIZE >> level]);
    expect(label.data_type).toBe("uint32");
  }
});

test("answers GET and HEAD of a chunk alike, with an ETag that spares the computation", async () => {
  const path = "slide.zarr/3/c/0/8/9";
  const got = await ask(path);
  expect(got.status).toBe(200);
  expect(got.headers.get("access-control-allow-origin")).toBe("*");
  expect((await got.arrayBuffer()).byteLength).toBe(2 * CHUNK * CHUNK);
  const head = await ask(path, { method: "HEAD" });
  expect(head.headers.get("content-length")).toBe(String(2 * CHUNK * CHUNK));
  expect(head.headers.get("etag")).toBe(got.headers.get("etag"));
  const again = await ask(path, { headers: { "if-none-match": got.headers.get("etag")! } });
  expect(again.status).toBe(304);
});

test.each([
  "",
  "nothing",
  "slide.zarr",
  "slide.zarr/0/c/0/128/0",
  "slide.zarr/8/zarr.json",
  "slide.zarr/labels/cells/zarr.json",
  "slide.zarr/0/c/0/0/0/",
])("has nothing at '%s'", async (path) => expect((await ask(path)).status).toBe(404));

test("leaves other paths alone and refuses to be written", async () => {
  expect(await demo.handle("/data/images/x", new Request("http://host/"))).toBeNull();
  expect((await ask("slide.zarr/zarr.json", { method: "PUT", body: "{}" })).status).toBe(405);
});

test("computes a chunk once for all who ask at the same time, and lets one of them leave", async () => {
  const leaving = new AbortController();
  const path = chunkPath({ of: "slide", kind: "image", level: 2, channel: 3, y: 7, x: 7 });
  const left = ask(path, { signal: leaving.signal });
  const stayed = [ask(path), ask(path)];
  leaving.abort();
  await expect(left).rejects.toThrow();
  const [a, b] = await Promise.all(stayed.map(async (response) => (await response).arrayBuffer()));
  expect(new Uint8Array(a!)).toEqual(new Uint8Array(b!));
});

test("makes the coarsest labels of finer ones", async () => {
  const labels = new Uint32Array(await (await ask("slide.zarr/labels/nuclei/6/c/0/0/1")).arrayBuffer());
  const finer = new Uint32Array(await (await ask("slide.zarr/labels/nuclei/5/c/0/1/2")).arrayBuffer());
  expect(labels[400 * CHUNK + 100]).toBe(finer[289 * CHUNK + 201]);
  expect(labels.some((id) => id > 0)).toBe(true);
});
