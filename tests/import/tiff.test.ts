import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { openImage } from "@coscope/viewer/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "./decode.ts";
import { digestsOf, type Expected, readPlane } from "./planes.ts";
import { type FixtureServer, images, serveFixtures } from "./server.ts";

const fixtures = JSON.parse(readFileSync(join(images, "tiff.json"), "utf8")) as Record<string, Expected>;
let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixtures();
});
afterAll(() => server.close());

describe("TIFF files that tifffile wrote", () => {
  for (const [name, expected] of Object.entries(fixtures)) {
    test(name, async () => {
      const source = await openImage(`${server.url}/${name}`, { decodeImage });
      expect(source.dtype).toBe(expected.dtype);
      expect(source.levels).toHaveLength(expected.levels.length + (expected.computed ?? 0));
      expect(source.rgb).toBe(expected.rgb ?? false);
      if (expected.calibration !== undefined) expectCalibration(source.calibration, expected.calibration);
      if (expected.name) expect(source.name).toBe(expected.name);
      if (expected.channels) expect(source.channels).toMatchObject(expected.channels);
      if (expected.warned) expect(source.warnings.join(" ")).toContain(expected.warned);
      else expect(source.warnings).toEqual([]);
      // libjpeg-turbo on both sides.
      if (expected.lossy) return expectNear(source, expected, { mean: 0.01, most: 1 });
      expect(await digestsOf(source, expected)).toEqual(expected.levels);
    });
  }
});

function expectCalibration(got: unknown, expected: Expected["calibration"]): void {
  if (!expected) {
    expect(got).toBeNull();
    return;
  }
  const numbers = Object.entries(expected).map(([key, value]) => [
    key,
    typeof value === "number" ? expect.closeTo(value, 6) : value,
  ]);
  expect(got).toEqual(Object.fromEntries(numbers));
}

test("JPEG without a decoder of the platform: off by rounding, and by a smoother edge of halved colours", async () => {
  const open = (name: string) => openImage(`${server.url}/${name}`);
  await expectNear(await open("jpeg-444.tif"), fixtures["jpeg-444.tif"]!, { mean: 0.6, most: 4 });
  for (const name of ["jpeg-tables-ycbcr.tif", "jpeg-tables-rgb.tif"]) {
    await expectNear(await open(name), fixtures[name]!, { mean: 0.6, most: 4 });
  }
  await expectNear(await open("jpeg-420.tif"), fixtures["jpeg-420.tif"]!, { mean: 5, most: 160 });
});

/** Lossy pixels against those that libjpeg-turbo read for tifffile; errors per channel. */
async function expectNear(
  source: Awaited<ReturnType<typeof openImage>>,
  expected: Expected,
  allowed: { mean: number; most: number },
): Promise<void> {
  const raw = inflateSync(readFileSync(join(images, expected.lossy!)));
  let at = 0;
  for (const [level, { width, height }] of expected.levels.entries()) {
    expect(source.levels[level]).toMatchObject({ width, height });
    for (let channel = 0; channel < 3; channel++) {
      const plane = await readPlane(source, { level, z: 0, t: 0, channel });
      let sum = 0;
      let most = 0;
      for (const value of plane) {
        const off = Math.abs(value - raw[at++]!);
        sum += off;
        most = Math.max(most, off);
      }
      expect(sum / plane.length).toBeLessThanOrEqual(allowed.mean);
      expect(most).toBeLessThanOrEqual(allowed.most);
    }
  }
}
