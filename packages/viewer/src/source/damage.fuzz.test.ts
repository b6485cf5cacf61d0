// Damaged files of every kind: a SourceError, or a picture; never another error, a hang, or much memory.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { SourceError } from "../errors.ts";
import { damaged, random } from "../testing/damage.ts";
import { openImage } from "./open-image.ts";

const images = fileURLToPath(new URL("../../../../tests/fixtures/images/", import.meta.url));
const RUNS = Number(process.env.COSCOPE_FUZZ_RUNS ?? (process.env.COSCOPE_FULL ? 5000 : 250));
/** What README.md states: pixels and packed bytes held at once, decoders' memory included. */
const MAX_BUFFERS = 512 * 2 ** 20;
/** By how much the process may grow: what the buffers take, and what Node has not given back yet. */
const MAX_GROWTH = 768 * 2 ** 20;

/** Answers ranges of one file, or of the members of a zip that stores. */
function serving(files: ReadonlyMap<string, Uint8Array>): typeof fetch {
  return async (input, init) => {
    const path = decodeURIComponent(new URL(String(input)).pathname).slice(1);
    const bytes = files.get(path);
    if (!bytes) return new Response(null, { status: 404 });
    const asked = /^bytes=(\d*)-(\d*)$/.exec(new Headers(init?.headers).get("range") ?? "");
    if (!asked) return new Response(bytes.slice());
    const start = asked[1] ? Number(asked[1]) : Math.max(0, bytes.length - Number(asked[2]));
    const end = asked[1] && asked[2] ? Math.min(bytes.length, Number(asked[2]) + 1) : bytes.length;
    if (start >= bytes.length) return new Response(null, { status: 416 });
    return new Response(bytes.slice(start, end), {
      status: 206,
      headers: { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` },
    });
  };
}

function members(zip: Buffer): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50; ) {
    const [size, name, extra] = [
      zip.readUInt32LE(at + 18),
      zip.readUInt16LE(at + 26),
      zip.readUInt16LE(at + 28),
    ];
    const start = at + 30 + name + extra;
    files.set(
      zip.toString("utf8", at + 30, at + 30 + name),
      new Uint8Array(zip.subarray(start, start + size)),
    );
    at = start + size;
  }
  return files;
}

/** Stands for a decoder: what it is given was checked before. */
const decodeImage = async (bytes: Uint8Array) => {
  if (bytes.length % 7 === 0) throw new Error("a damaged picture");
  return { width: 4, height: 4, data: new Uint8Array(64) };
};

async function look(path: string, files: ReadonlyMap<string, Uint8Array>, pick: (below: number) => number) {
  const options = { fetch: serving(files), retry: { retries: 0 }, decodeImage };
  const source = await openImage(`http://fuzz.test/${path}`, options);
  for (let i = 0; i < 3; i++) {
    const level = pick(source.levels.length);
    const at = { level, x: 0, y: 0, z: pick(source.sizeZ), t: pick(source.sizeT) };
    await source.getTile({ ...at, channel: pick(source.channels.length) });
  }
}

interface Subject {
  readonly path: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function subjects(pattern: RegExp): Subject[] {
  return readdirSync(images)
    .filter((name) => pattern.test(name))
    .map((name): Subject => {
      const bytes = readFileSync(`${images}${name}`);
      if (!name.endsWith(".zip")) return { path: name, files: new Map([[name, new Uint8Array(bytes)]]) };
      const inside = members(bytes);
      const folder = name.replace(/\.zip$/, "");
      const description = [...inside.keys()].find((key) => /^(info\.json|[^/]+\.(dzi|json))$/.test(key));
      const files = new Map([...inside].map(([key, value]) => [`${folder}/${key}`, value]));
      const isZarr = folder.endsWith(".zarr");
      return { path: isZarr ? folder : `${folder}/${description}`, files };
    });
}

const KINDS: readonly (readonly [string, RegExp])[] = [
  ["TIFF", /(?<!\.ome)\.tif$/],
  ["OME-TIFF", /\.ome\.tif$/],
  ["SVS", /\.svs$/],
  ["OME-Zarr 0.4", /v04.*\.zarr\.zip$/],
  ["OME-Zarr 0.5", /(?<!v04.*)\.zarr\.zip$/],
  ["Deep Zoom", /^dzi.*\.zip$/],
  ["IIIF", /^iiif.*\.zip$/],
  ["PNG", /\.png$/],
  ["JPEG and WebP", /\.(jpg|webp)$/],
];

describe("damaged files", () => {
  for (const [kind, pattern] of KINDS) {
    test(
      `${kind}: ${RUNS} of them`,
      async () => {
        const all = subjects(pattern);
        expect(all.length).toBeGreaterThan(0);
        const before = process.memoryUsage().rss;
        let [most, grown] = [0, 0];
        let refused = 0;
        for (let seed = 1; seed <= RUNS; seed++) {
          const pick = random(seed);
          const { path, files } = all[pick(all.length)]!;
          const names = [...files.keys()];
          // Metadata of folders is what breaks readers: half of the damage goes there.
          const telling = names.filter((name) => /(json|\.z\w+|dzi)$/.test(name));
          const name =
            telling.length > 0 && pick(2) ? telling[pick(telling.length)]! : names[pick(names.length)]!;
          const broken = new Map(files).set(name, damaged(files.get(name)!, pick));
          try {
            await look(path, broken, pick);
          } catch (error) {
            if (!(error instanceof SourceError)) {
              throw new Error(`seed ${seed}, ${name}: ${error instanceof Error ? error.stack : error}`);
            }
            refused++;
          }
          const { arrayBuffers, rss } = process.memoryUsage();
          most = Math.max(most, arrayBuffers);
          grown = Math.max(grown, rss - before);
        }
        expect(refused).toBeGreaterThan(RUNS / 20);
        expect(most).toBeLessThan(MAX_BUFFERS);
        expect(grown).toBeLessThan(MAX_GROWTH);
        // Few seconds a thousand, where nothing else runs.
      },
      Math.max(120_000, RUNS * 200),
    );
  }
});
