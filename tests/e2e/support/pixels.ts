import { type ImageSource, openImage } from "@coscope/viewer/source";
import { expect } from "vitest";
import { decodeImage } from "../../import/decode.ts";
import type { Person } from "./person.ts";

/**
 * Compares pixels on screen with those that the reader gives in Node, at points all over the first plane. `off`:
 * how far the two may differ, for JPEG, which each side decodes by a library of its own.
 */
export async function expectPixelsOf(person: Person, url: string, off = 0): Promise<void> {
  const source = await openImage(url, { decodeImage });
  const plane = await person.page.evaluate(() => window.__coscope!.workspace.plane.get());
  const points = [0.11, 0.37, 0.5, 0.63, 0.89].map((part) => ({
    x: Math.floor(source.width * part) + 0.5,
    y: Math.floor(source.height * (1 - part)) + 0.5,
  }));
  const expected = await Promise.all(points.map((point) => valuesAt(source, point, plane)));
  // Each pixel larger than one on screen: then it is the finest level that is looked at.
  await person.page.evaluate(
    ({ width, height }) => {
      const viewer = window.__coscope!.viewer()!;
      viewer.setCamera({ ...viewer.camera(), cx: width / 2, cy: height / 2, zoom: 1.5 });
    },
    { width: source.width, height: source.height },
  );
  const shown = () =>
    person.page.evaluate((places) => {
      const viewer = window.__coscope!.viewer()!;
      return places.map((place) => viewer.pixelAt(place as Parameters<typeof viewer.pixelAt>[0]));
    }, points);
  const differences = async () =>
    (await shown()).flatMap((values, i) =>
      values.flatMap((value, channel) => {
        const wanted = expected[i]![channel];
        const near =
          value !== null && wanted !== undefined && wanted !== null && Math.abs(value - wanted) <= off;
        return near ? [] : [`channel ${channel} at ${JSON.stringify(points[i])}: ${value}, not ${wanted}`];
      }),
    );
  await expect.poll(differences, { timeout: 30_000, message: `pixels of ${url}` }).toEqual([]);
}

async function valuesAt(
  source: ImageSource,
  { x, y }: { x: number; y: number },
  { z, t }: { z: number; t: number },
): Promise<(number | null)[]> {
  const { tileWidth, tileHeight } = source.levels[0]!;
  const [column, row] = [Math.floor(x / tileWidth), Math.floor(y / tileHeight)];
  return Promise.all(
    source.channels.map(async (_, channel) => {
      const tile = await source.getTile({ level: 0, x: column, y: row, z, t, channel });
      if (!tile) return source.fill;
      const at = Math.floor(y - row * tileHeight) * tile.width + Math.floor(x - column * tileWidth);
      return tile.data[at] ?? null;
    }),
  );
}
