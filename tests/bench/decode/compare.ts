// Runs in Node and in a page.
import { openImage } from "@coscope/viewer/source";
import Blosc from "numcodecs/blosc";
import GZip from "numcodecs/gzip";
import Zstd from "numcodecs/zstd";
import { registry } from "zarrita";

const EDGE = 512;

/** One codec's decoding times in ms, ours and numcodecs' turn by turn. */
export interface Compared {
  readonly codec: string;
  readonly bytes: number;
  readonly packed: number;
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/** What a camera sees: soft spots on an uneven ground, and noise that grows with the light. */
function camera(): Uint8Array {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pixels = new Uint16Array(EDGE * EDGE);
  for (let y = 0; y < EDGE; y++)
    for (let x = 0; x < EDGE; x++) {
      const ground = 2000 + 1500 * Math.sin(x / 37) * Math.cos(y / 53);
      const spot = 800 * Math.exp(-(((x % 64) - 32) ** 2 + ((y % 64) - 32) ** 2) / 120);
      const light = ground + spot;
      const noise = (random() + random() + random() - 1.5) * 2 * Math.sqrt(light);
      pixels[y * EDGE + x] = Math.max(0, Math.round(light + noise));
    }
  return new Uint8Array(pixels.buffer);
}

interface Codec {
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const SHUFFLED = { cname: "zstd", clevel: 5, shuffle: 1, blocksize: 0, typesize: 2 } as const;
const CODECS: readonly [string, string, Codec, Record<string, unknown>][] = [
  ["blosc-zstd-shuffle", "blosc", numcodec(() => Blosc.fromConfig({ id: "blosc", ...SHUFFLED })), SHUFFLED],
  ["zstd", "zstd", numcodec(() => Zstd.fromConfig({ id: "zstd", level: 3 })), { level: 3, checksum: false }],
  ["gzip", "gzip", numcodec(() => GZip.fromConfig({ id: "gzip", level: 5 })), { level: 5 }],
];

function numcodec(make: () => unknown): Codec {
  return make() as Codec;
}

/** Reading anything puts the reader's decoders where zarrita finds them. */
async function installReader(): Promise<void> {
  const attributes = {
    ome: {
      version: "0.5",
      multiscales: [
        {
          axes: [{ name: "y" }, { name: "x" }],
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1] }] }],
        },
      ],
    },
  };
  const array = {
    node_type: "array",
    zarr_format: 3,
    shape: [1, 1],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [1, 1] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes" }],
    fill_value: 0,
    attributes: {},
  };
  const fetch: typeof globalThis.fetch = async (input) =>
    Response.json(String(input).endsWith("/0/zarr.json") ? array : { node_type: "group", attributes });
  await openImage("http://nowhere.test/a.zarr", { fetch });
}

async function time(decode: () => Uint8Array | Promise<Uint8Array>, times: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) await decode();
  return (performance.now() - start) / times;
}

export async function compareDecoders(rounds: number): Promise<Compared[]> {
  await installReader();
  const raw = camera();
  const results: Compared[] = [];
  for (const [codec, key, peer, configuration] of CODECS) {
    const packed = (await peer.encode(raw)).slice();
    const Entry = await registry.get(key)!();
    const mine = Entry.fromConfig(configuration, {} as never) as unknown as Codec;
    for (const one of [mine, peer]) {
      const decoded = await one.decode(packed);
      if (decoded.length !== raw.length || decoded.some((byte, i) => byte !== raw[i])) {
        throw new Error(
          `${codec}: ${one === mine ? "ours" : "numcodecs"} does not give the bytes that went in`,
        );
      }
    }
    // Engines compile what runs often: only then is it measured.
    for (const one of [mine, peer]) await time(() => one.decode(packed), 20);
    const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
    for (let round = 0; round < rounds; round++) {
      times.ours.push(await time(() => mine.decode(packed), 5));
      times.peer.push(await time(() => peer.decode(packed), 5));
    }
    results.push({ codec, bytes: raw.length, packed: packed.length, ...times });
  }
  return results;
}
