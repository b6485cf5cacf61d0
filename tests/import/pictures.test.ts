import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openImage } from "@coscope/viewer/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "./decode.ts";
import { digestsOf, type Expected } from "./planes.ts";
import { type FixtureServer, images, serveFixtures } from "./server.ts";

const fixtures = JSON.parse(readFileSync(join(images, "pictures.json"), "utf8")) as Record<string, Expected>;
let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixtures();
});
afterAll(() => server.close());

describe("Deep Zoom, IIIF and single pictures that Pillow wrote", () => {
  for (const [name, expected] of Object.entries(fixtures)) {
    test(name, async () => {
      const source = await openImage(`${server.url}/${name}`, { decodeImage });
      expect(source).toMatchObject({ dtype: "uint8", rgb: true, sizeZ: 1, sizeT: 1, calibration: null });
      expect(source.levels).toHaveLength(expected.levels.length + (expected.computed ?? 0));
      if (expected.name) expect(source.name).toBe(expected.name);
      expect(source.warnings).toEqual([]);
      expect(await digestsOf(source, expected)).toEqual(expected.levels);
    });
  }
});

test("the three channels of a tile cost one request", async () => {
  const source = await openImage(`${server.url}/dzi-overlap/dzi-overlap.dzi`, { decodeImage });
  server.asked.length = 0;
  const at = { level: 0, x: 1, y: 1, z: 0, t: 0 };
  await Promise.all([0, 1, 2].map((channel) => source.getTile({ ...at, channel })));
  expect(server.asked).toEqual(["GET /dzi-overlap/dzi-overlap_files/8/1_1.png"]);
});

test("a tile that is not there is empty", async () => {
  const source = await openImage(`${server.url}/iiif3/info.json`, { decodeImage });
  const fetched = source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 });
  expect(await fetched).not.toBeNull();
  const moved = await openImage(`${server.url}/iiif3/info.json`, {
    decodeImage,
    fetch: (input, init) => fetch(String(input).replace("default.png", "missing.png"), init),
  });
  expect(await moved.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 })).toBeNull();
});
