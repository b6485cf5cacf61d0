import { beforeEach, expect, test } from "vitest";
import type { ServerFetch } from "./worker-fetch.ts";
import { WorkerImages } from "./worker-images.ts";

/** An OME-Zarr of two levels in memory, whose files may be replaced. */
const SIDE = 64;
const axes = ["y", "x"].map((axis) => ({ name: axis, type: "space" }));
const datasets = [0, 1].map((level) => ({
  path: `${level}`,
  coordinateTransformations: [{ type: "scale", scale: [2 ** level, 2 ** level] }],
}));
const array = (side: number) => ({
  zarr_format: 3,
  node_type: "array",
  shape: [side, side],
  data_type: "uint8",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [SIDE / 2, SIDE / 2] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 0,
  codecs: [{ name: "bytes" }],
});
const pixels = (value: number) => new Uint8Array((SIDE / 2) ** 2).fill(value);
const files = new Map<string, { etag: string; content: Uint8Array | object }>();
let etags = 0;
let asked: string[] = [];
const put = (path: string, content: Uint8Array | object) =>
  files.set(path, { etag: `"${++etags}"`, content });
function fill(value: number): void {
  for (const y of [0, 1]) for (const x of [0, 1]) put(`0/c/${y}/${x}`, pixels(value));
  put("1/c/0/0", pixels(value));
}
beforeEach(() => {
  const attributes = { ome: { version: "0.5", multiscales: [{ axes, datasets }] } };
  put("zarr.json", { zarr_format: 3, node_type: "group", attributes });
  put("0/zarr.json", array(SIDE));
  put("1/zarr.json", array(SIDE / 2));
  fill(10);
  asked = [];
});
const fetchOf: Pick<ServerFetch, "for"> = {
  for: (_, onAnswer) => async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = new URL(url).pathname.replace("/image.zarr/", "");
    asked.push(path);
    const file = files.get(path);
    const body = file?.content instanceof Uint8Array ? file.content.slice() : JSON.stringify(file?.content);
    const response = file
      ? new Response(body, { headers: { etag: file.etag } })
      : new Response(null, { status: 404 });
    onAnswer?.(url, response);
    return response;
  },
};
const open = () => new WorkerImages(fetchOf as ServerFetch);
const image = { key: "image", url: "http://site.invalid/image.zarr" };
const valueIn = async (images: WorkerImages, identity?: string) => {
  const source = await images.source({ ...image, ...(identity ? { identity } : {}) });
  return (await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 }))?.data[0];
};

test("an image is known again, by another process as well, and is another when its metadata or its pixels are", async () => {
  const { identity } = await open().describe(image);
  const images = open();
  expect((await images.describe(image)).identity).toBe(identity);
  fill(20);
  const second = (await images.describe(image)).identity;
  expect(second).not.toBe(identity);
  put("0/zarr.json", { ...array(SIDE), attributes: { changed: true } });
  expect((await images.describe(image)).identity).not.toBe(second);
});

test("who has it open from before reads what another process has seen to be new, and opens it once for that", async () => {
  const [first, second] = [open(), open()];
  const { identity } = await first.describe(image);
  expect(await valueIn(second, identity)).toBe(10);
  fill(20);
  // Nobody has noticed: from memory.
  expect(await valueIn(second, identity)).toBe(10);
  const { identity: now } = await first.describe(image);
  expect(await Promise.all([valueIn(second, now), valueIn(second, now)])).toEqual([20, 20]);
  asked = [];
  expect(await valueIn(second, now)).toBe(20);
  expect(asked).toEqual([]);
  // It changed again, before it was read for what was seen before: not opened for each region.
  fill(30);
  const third = open();
  expect(await valueIn(third, now)).toBe(30);
  asked = [];
  expect(await valueIn(third, now)).toBe(30);
  expect(asked).toEqual([]);
});
