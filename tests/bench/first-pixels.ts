import { openImage } from "@coscope/viewer/source";
import { type FixtureServer, serveFixtures } from "../import/server.ts";
import { openViv, type Pixels } from "./loaders/viv.ts";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";

/** Long against what the machine itself takes, so that time is counted in round trips. */
const DELAY_MS = 150;
const CHANNELS = [0, 1, 2, 3];

interface Case {
  readonly what: string;
  readonly path: string;
  /** What must hold; absent where the issue states nothing. */
  readonly limits?: { readonly roundTrips: number; readonly requests: number };
  readonly missing: number;
}

const LIMITS = { roundTrips: 2.5, requests: 8 };
const CASES: readonly Case[] = [
  { what: "0.5", path: "four-v05.zarr", limits: LIMITS, missing: 0 },
  { what: "0.4 in a folder called v0.4", path: "v0.4/four-v04.zarr", limits: LIMITS, missing: 1 },
  { what: "0.5, metadata consolidated", path: "four-consolidated.zarr", limits: LIMITS, missing: 0 },
  { what: "0.5 with five levels", path: "four-deep.zarr", limits: LIMITS, missing: 0 },
  // Nothing tells 0.4 but that there is no 0.5, and to ask for both would be a 404 at every 0.5.
  { what: "0.4 anywhere", path: "four-v04.zarr", missing: 1 },
];

interface View {
  readonly roundTrips: number;
  readonly requests: number;
  readonly bytes: number;
  readonly missing: number;
  readonly pixels: readonly Pixels[];
}

async function ours(url: string): Promise<Pixels[]> {
  const source = await openImage(url);
  const level = source.levels.length - 1;
  return Promise.all(
    CHANNELS.map(async (channel) => (await source.getTile({ level, x: 0, y: 0, z: 0, t: 0, channel }))!),
  );
}

async function viv(url: string): Promise<Pixels[]> {
  const level = (await openViv(url)).at(-1)!;
  return Promise.all(CHANNELS.map((c) => level.getTile({ x: 0, y: 0, selection: { c } })));
}

async function view(server: FixtureServer, open: () => Promise<Pixels[]>): Promise<View> {
  server.asked.length = 0;
  server.sent.length = 0;
  const start = performance.now();
  const pixels = await open();
  const ms = performance.now() - start;
  return {
    roundTrips: ms / DELAY_MS,
    requests: server.asked.length,
    bytes: server.sent.reduce((sum, { bytes }) => sum + bytes, 0),
    missing: server.sent.filter(({ status }) => status === 404).length,
    pixels,
  };
}

/** Viv's tiles are cut to a power of two: what both have must be the same. */
function compare(what: string, a: readonly Pixels[], b: readonly Pixels[]): void {
  a.forEach((mine, channel) => {
    const other = b[channel]!;
    for (let y = 0; y < Math.min(mine.height, other.height); y++)
      for (let x = 0; x < Math.min(mine.width, other.width); x++)
        if (mine.data[y * mine.width + x] !== other.data[y * other.width + x])
          throw new Error(`${what}: channel ${channel} differs from Viv's at ${x}, ${y}`);
  });
}

/**
 * From an address to the first four-channel view of the coarsest level:
 * requests, bytes, and round trips at an injected delay; against Viv's loader,
 * turn by turn, over connections that are open already.
 */
export const bench: Bench = async ({ quick }) => {
  const rounds = quick ? 5 : 15;
  const server = await serveFixtures({ delayMs: DELAY_MS });
  const metrics: Metric[] = [];
  try {
    // Connections and decoders are there before anything is measured.
    await view(server, () => ours(`${server.url}/four-deep.zarr`));
    await view(server, () => viv(`${server.url}/four-deep.zarr`));
    for (const { what, path, limits, missing } of CASES) {
      const url = `${server.url}/${path}`;
      const [mine, theirs]: [View[], View[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        mine.push(await view(server, () => ours(url)));
        theirs.push(await view(server, () => viv(url)));
        compare(what, mine.at(-1)!.pixels, theirs.at(-1)!.pixels);
      }
      const of = (views: View[], key: "roundTrips" | "requests" | "bytes" | "missing") =>
        Math.round(
          quantile(
            views.map((one) => one[key]),
            0.5,
          ) * 100,
        ) / 100;
      for (const [key, name, unit] of [
        ["roundTrips", "round trips", "RTT"],
        ["requests", "requests", "count"],
        ["bytes", "bytes", "B"],
        ["missing", "answers 404", "count"],
      ] as const) {
        metrics.push(lowerIsBetter(`${what}: ${name}`, of(mine, key), of(theirs, key), unit));
      }
      const kept =
        (!limits ||
          (of(mine, "roundTrips") <= limits.roundTrips && of(mine, "requests") <= limits.requests)) &&
        of(mine, "missing") <= missing;
      if (!kept) throw new Error(`${what} misses its limits: ${JSON.stringify(metrics.slice(-4))}`);
    }
    return metrics;
  } finally {
    await server.close();
  }
};
