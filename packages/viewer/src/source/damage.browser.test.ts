// Damaged files in a page, whose own decoders they reach: a SourceError, or a picture; and the page goes on.
import { describe, expect, it } from "vitest";
import { SourceError } from "../errors.ts";
import { damaged, random } from "../testing/damage.ts";
import { at, serving, unzipped } from "../testing/page-fixtures.ts";
import { openImage } from "./open-image.ts";

const RUNS = 40;
const SUBJECTS: readonly (readonly [string, string])[] = [
  ["plain.png", "plain.png"],
  ["turned.jpg", "turned.jpg"],
  ["plain.webp", "plain.webp"],
  ["jpeg-420.tif", "jpeg-420.tif"],
  ["slide.svs", "slide.svs"],
  ["tiles-f32-zstd.tif", "tiles-f32-zstd.tif"],
  ["dzi-overlap.zip", "dzi-overlap.dzi"],
  ["iiif3.zip", "info.json"],
  ["v05-blosc-zstd-shuffle-uint16.zarr.zip", "v05-blosc-zstd-shuffle-uint16.zarr"],
  ["v04-blosc-lz4-shuffle.zarr.zip", "v04-blosc-lz4-shuffle.zarr"],
  ["v05-gzip.zarr.zip", "v05-gzip.zarr"],
  ["v05-sharded.zarr.zip", "v05-sharded.zarr"],
];

async function filesOf(name: string, path: string) {
  if (name.endsWith(".zip")) return unzipped(name, path.endsWith(".zarr") ? `${path}/` : "");
  return new Map([[name, new Uint8Array(await (await fetch(at(name))).arrayBuffer())]]);
}

describe("damaged files in a page", () => {
  for (const [name, path] of SUBJECTS) {
    it(name, async () => {
      const files = await filesOf(name, path);
      const names = [...files.keys()];
      let refused = 0;
      for (let seed = 1; seed <= RUNS; seed++) {
        const pick = random(seed);
        const victim = names[pick(names.length)]!;
        const broken = new Map(files).set(victim, damaged(files.get(victim)!, pick).slice());
        try {
          const options = { fetch: serving(broken), retry: { retries: 0 } };
          const source = await openImage(`http://damage.test/${path}`, options);
          for (let level = 0; level < source.levels.length; level++) {
            await source.getTile({ level, x: 0, y: 0, z: 0, t: 0, channel: 0 });
          }
        } catch (error) {
          if (!(error instanceof SourceError)) throw new Error(`seed ${seed}, ${victim}: ${error}`);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(0);
      const source = await openImage(`http://damage.test/${path}`, { fetch: serving(files) });
      expect(await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 })).not.toBeNull();
    });
  }
});
