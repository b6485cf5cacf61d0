import { demoRoutes } from "@coscope/sync-server/demo/index.ts";
import { openOmeZarr } from "@coscope/viewer/source";
import { afterAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const demo = demoRoutes({ threads: 1 });
afterAll(() => demo.close());

const fetchDemo = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, init);
  return (await demo.handle(new URL(request.url).pathname, request)) ?? new Response(null, { status: 404 });
};

test("the page's own reader opens the slide", async () => {
  const source = await openOmeZarr("http://host/demo/slide.zarr", { fetch: fetchDemo });
  expect(source).toMatchObject({
    width: 65_536,
    height: 65_536,
    sizeZ: 1,
    sizeT: 1,
    dtype: "uint16",
    warnings: [],
  });
  expect(source.channels.map((channel) => channel.name)).toEqual(["DAPI", "Membrane", "Cytoplasm", "Puncta"]);
  expect(source.calibration).toMatchObject({ x: 0.325, y: 0.325, unit: "µm" });
  expect(source.levels.at(-1)).toMatchObject({ width: 512, height: 512 });
  const tile = await source.getTile({ level: 6, x: 1, y: 0, z: 0, t: 0, channel: 0 });
  expect(tile).toMatchObject({ width: 512, height: 512 });
});

test("and its labels", async () => {
  const labels = await openOmeZarr("http://host/demo/slide.zarr/labels/nuclei", { fetch: fetchDemo });
  expect(labels).toMatchObject({ dtype: "uint32", warnings: [] });
  expect(labels.levels).toHaveLength(8);
});

test("and the stack", async () => {
  const source = await openOmeZarr("http://host/demo/stack.zarr", { fetch: fetchDemo });
  expect(source).toMatchObject({ width: 2048, sizeZ: 21, sizeT: 8, warnings: [] });
  const tile = await source.getTile({ level: 2, x: 0, y: 0, z: 20, t: 7, channel: 1 });
  expect(tile).toMatchObject({ width: 512, height: 512 });
});
