import { isAbort, openImage, withTileCache } from "@coscope/viewer/source";
import { type SlideServer, serveSlide } from "./loaders/slide-server.ts";
import { STEPS_PER_SECOND, type Step, tour } from "./loaders/tour.ts";
import { openViv } from "./loaders/viv.ts";
import { type Bench, lowerIsBetter, type Metric } from "./metric.ts";
import { intensity, SLIDE } from "./viewer/slide.ts";

const DELAY_MS = 40;
/** What the page's workers keep, in all. */
const CACHE_BYTES = 192 * 2 ** 20;
/** deck.gl's TileLayer, which shows what Viv's loaders read, keeps five times the tiles in view. */
const VIV_KEEPS = 5;

interface Asked {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly channel: number;
}

interface Reader {
  read(at: Asked, signal: AbortSignal): Promise<ArrayLike<number>>;
  /** Told how many tiles are in view, all channels. */
  inView?(tiles: number): void;
}

async function ours(url: string): Promise<Reader> {
  const source = withTileCache(await openImage(url), { budgetBytes: CACHE_BYTES });
  return { read: async (at, signal) => (await source.getTile({ ...at, z: 0, t: 0, signal }))!.data };
}

async function viv(url: string): Promise<Reader> {
  const levels = await openViv(url);
  const kept = new Map<string, ArrayLike<number>>();
  return {
    async read({ level, x, y, channel }, signal) {
      const key = [level, x, y, channel].join("/");
      const known = kept.get(key);
      const data = known ?? (await levels[level]!.getTile({ x, y, selection: { c: channel }, signal })).data;
      kept.delete(key);
      kept.set(key, data);
      return data;
    },
    inView(tiles) {
      for (const old of kept.keys()) {
        if (kept.size <= VIV_KEEPS * tiles) break;
        kept.delete(old);
      }
    },
  };
}

interface Run {
  readonly requests: number;
  readonly bytes: number;
  /** Of the tour, while something in view was not there yet. */
  readonly waited: number;
}

function check({ level, x, y, channel }: Asked, data: ArrayLike<number>): void {
  const at = 3 * SLIDE.tile + 5;
  const step = 2 ** level;
  const expected = intensity(channel, (x * SLIDE.tile + 5) * step, (y * SLIDE.tile + 3) * step);
  if (data.length !== SLIDE.tile ** 2 || data[at] !== expected) {
    throw new Error(`level ${level}, tile ${x},${y}, channel ${channel}: ${data[at]}, not ${expected}`);
  }
}

/** Goes through the steps at their pace: what left the view is aborted, as both viewers do. */
async function walk(reader: Reader, server: SlideServer, steps: readonly Step[], pace: number): Promise<Run> {
  await server.counts();
  const pending = new Map<string, AbortController>();
  const shown = new Set<string>();
  const problems: unknown[] = [];
  let waited = 0;
  let since: number | null = null;
  const settle = () => {
    if (since !== null && pending.size === 0) {
      waited += performance.now() - since;
      since = null;
    }
  };
  const begun = performance.now();
  for (const [index, { level, tiles }] of steps.entries()) {
    const wanted = new Map<string, Asked>();
    for (const tile of tiles)
      for (let channel = 0; channel < SLIDE.channels; channel++) {
        wanted.set([level, tile.x, tile.y, channel].join("/"), { level, ...tile, channel });
      }
    reader.inView?.(wanted.size);
    for (const [key, controller] of pending) {
      if (wanted.has(key)) continue;
      controller.abort();
      pending.delete(key);
    }
    for (const key of shown) if (!wanted.has(key)) shown.delete(key);
    for (const [key, at] of wanted) {
      if (shown.has(key) || pending.has(key)) continue;
      const controller = new AbortController();
      pending.set(key, controller);
      since ??= performance.now();
      reader
        .read(at, controller.signal)
        .then((data) => {
          check(at, data);
          if (pending.get(key) === controller) shown.add(key);
        })
        .catch((error) => {
          if (!isAbort(error)) problems.push(error);
        })
        .finally(() => {
          if (pending.get(key) === controller) pending.delete(key);
          settle();
        });
    }
    settle();
    const next = begun + (index + 1) * pace;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  for (const controller of pending.values()) controller.abort();
  if (problems.length > 0) throw problems[0];
  return { ...(await server.counts()), waited: Math.round(waited) };
}

/**
 * A minute of looking around in a slide of 32,768² pixels and four channels,
 * cold and then again: requests, bytes, and how long something was missing;
 * against Viv's loaders with what deck.gl keeps around them. `quick` goes
 * through the same places faster.
 */
export const bench: Bench = async ({ quick }) => {
  const steps = tour().filter((_, i) => !quick || i % 2 === 0);
  const pace = quick ? 60 : 1000 / STEPS_PER_SECOND;
  const server = await serveSlide(DELAY_MS);
  try {
    const [mine, theirs] = [await ours(server.url), await viv(server.url)];
    const metrics: Metric[] = [];
    for (const what of ["cold", "warm"]) {
      const run = await walk(mine, server, steps, pace);
      const peer = await walk(theirs, server, steps, pace);
      metrics.push(
        lowerIsBetter(`${what}: requests`, run.requests, peer.requests, "count"),
        lowerIsBetter(`${what}: bytes`, run.bytes, peer.bytes, "B"),
        lowerIsBetter(`${what}: time with something missing`, run.waited, peer.waited, "ms"),
      );
    }
    return metrics;
  } finally {
    await server.close();
  }
};
