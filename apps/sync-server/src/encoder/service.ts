import { createHash } from "node:crypto";
import { type Cell, type ChannelRange, cellFrom, type ImageStatistics } from "@coscope/models";
import type { Logger } from "pino";
import type { BlobStore } from "../blobs/blob-store.ts";
import { ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { createEmbeddingCache } from "./cache.ts";
import type { EncoderConfig } from "./config.ts";
import { EncodeDesk } from "./desk.ts";
import type { ImageFacts, ImageRef, StatisticsTask } from "./messages.ts";
import { createModels, type Models } from "./models.ts";
import type { Pixels } from "./pixels.ts";
import type { Purpose } from "./queue.ts";

export interface RegionAsk {
  readonly imageId: string;
  readonly model?: string;
  /** Level px a px of the image, and where the cell begins, level px. */
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly t: number;
  readonly channels: readonly number[];
  readonly purpose: Purpose;
  readonly userId: string;
  readonly signal?: AbortSignal;
  /** The caller has this one already. */
  readonly knownKey?: string;
}

export type StatisticsAsk = Pick<RegionAsk, "imageId" | "model" | "channels" | "userId">;

export interface EmbeddingAnswer {
  readonly key: string;
  /** Gzipped; null where the caller has it. */
  readonly bytes: Uint8Array | null;
  readonly how: "cached" | "joined" | "encoded";
}

export interface EncoderState {
  readonly queue: number;
  readonly running: number;
  readonly typicalMs: number | null;
  readonly yours: readonly { readonly key: string; readonly position: number }[];
}

export interface EncoderService {
  readonly models: Models;
  /** Throws "not-found", "bad-region", "too-many-requests", "image-unreadable", "model-unavailable", "encoder-unavailable", … */
  embedding(ask: RegionAsk): Promise<EmbeddingAnswer>;
  statistics(ask: StatisticsAsk): Promise<ImageStatistics>;
  state(userId: string): EncoderState;
  /** For tests that end a worker. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

export interface EncoderOptions {
  readonly config: EncoderConfig;
  readonly dataDir: string;
  readonly blobs: BlobStore;
  readonly pixels: Pixels;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Part of every key: raise it when regions of the same pixels come out otherwise, or are packed otherwise. */
const RECIPE = 3;
/** What an image is made of is looked up again after this long: a file may have been replaced. */
const FACTS_MS = 5 * 60_000;
const MOST_IMAGES = 500;
const MOST_CHANNELS = 64;
/** Ranges of one image that are remembered: there are as many as ways to choose channels. */
const MOST_RANGES = 100;
/** Images that one person may have looked at, at once: for their size, or the ranges of their channels. */
const LOOKS_AT_ONCE = 16;

interface Known {
  readonly until: number;
  readonly facts: Promise<ImageFacts>;
  readonly ranges: Map<string, Promise<ImageStatistics>>;
}

export function createEncoderService(options: EncoderOptions): EncoderService {
  const { config, dataDir, blobs, pixels, metrics, log } = options;
  const models = createModels(dataDir, log);
  const cache = createEmbeddingCache(blobs, config.cacheBytes, log);
  const desk = new EncodeDesk({
    workers: config.workers,
    settings: { provider: config.provider, threads: config.threads },
    memoryBytes: config.memoryBytes,
    limits: { perUser: config.perUser, total: config.total },
    limitMs: config.limitMs,
    fetch: (image, request) => pixels.fetch(image, request),
    metrics,
    log,
    ...(config.program ? { program: config.program } : {}),
  });
  const known = new Map<string, Known>();

  function measure(): void {
    metrics.encodeQueue.set({ state: "waiting" }, desk.queue.waiting);
    metrics.encodeQueue.set({ state: "running" }, desk.queue.running);
    metrics.embeddingBytes.set(cache.bytes);
  }

  const looking = new Map<string, number>();
  /** What a person begins; whoever asks for the same meanwhile waits for it. */
  async function look<Result>(userId: string, run: () => Promise<Result>): Promise<Result> {
    const now = looking.get(userId) ?? 0;
    if (now >= LOOKS_AT_ONCE) {
      throw new ServerError("too-many-requests", "You look at too many images at once.", {
        next: "Wait for some of them, or try again in a second.",
      });
    }
    looking.set(userId, now + 1);
    try {
      return await run();
    } finally {
      const left = (looking.get(userId) ?? 1) - 1;
      if (left > 0) looking.set(userId, left);
      else looking.delete(userId);
    }
  }

  function factsOf(image: ImageRef, userId: string): Known {
    const found = known.get(image.key);
    if (found && found.until > Date.now()) return found;
    const entry: Known = {
      until: Date.now() + FACTS_MS,
      facts: look(userId, () => desk.errand({ kind: "describe", image })),
      ranges: new Map(),
    };
    entry.facts.catch(() => {
      if (known.get(image.key) === entry) known.delete(image.key);
    });
    known.delete(image.key);
    known.set(image.key, entry);
    if (known.size > MOST_IMAGES) known.delete(known.keys().next().value as string);
    return entry;
  }

  function rangesOf(
    image: ImageRef,
    entry: Known,
    channels: readonly number[],
    normalisation: StatisticsTask["normalisation"],
    userId: string,
  ): Promise<ImageStatistics> {
    const name = JSON.stringify([channels, normalisation]);
    const found = entry.ranges.get(name);
    if (found) return found;
    const asked = keptRanges(image, entry, channels, normalisation, userId);
    entry.ranges.set(name, asked);
    if (entry.ranges.size > MOST_RANGES) entry.ranges.delete(entry.ranges.keys().next().value as string);
    asked.catch(() => entry.ranges.delete(name));
    return asked;
  }

  /** They are as costly as several regions, and little: kept with those. */
  async function keptRanges(
    image: ImageRef,
    entry: Known,
    channels: readonly number[],
    normalisation: StatisticsTask["normalisation"],
    userId: string,
  ): Promise<ImageStatistics> {
    const { identity } = await entry.facts;
    const key = keyOf([RECIPE, "statistics", image.key, identity, channels, normalisation]);
    const kept = await cache.get(key);
    if (kept) return JSON.parse(Buffer.from(kept).toString("utf8")) as ImageStatistics;
    const found = await look(userId, () =>
      desk.errand({ kind: "statistics", image: { ...image, identity }, channels, normalisation }),
    );
    await cache.put(key, Buffer.from(JSON.stringify(found)));
    return found;
  }

  return {
    models,
    async embedding(ask) {
      const [model, image] = await Promise.all([models.get(ask.model), pixels.locate(ask.imageId)]);
      const entry = factsOf(image, ask.userId);
      const facts = await entry.facts;
      const cell = cellOf(ask, facts, model.manifest);
      const channels = checkChannels(ask.channels, facts);
      const { z, t } = ask;
      const key = keyOf([RECIPE, image.key, facts.identity, cell, { z, t }, channels, model.sha256]);
      if (ask.knownKey === key) {
        cache.used(key);
        return { key, bytes: null, how: "cached" };
      }
      const kept = await cache.get(key);
      if (kept) {
        metrics.encodes.inc({ outcome: "cached" });
        return { key, bytes: kept, how: "cached" };
      }
      const { channels: ranges } = await rangesOf(
        image,
        entry,
        channels,
        model.manifest.normalisation,
        ask.userId,
      );
      ask.signal?.throwIfAborted();
      const { joined, result } = desk.encode({
        key,
        job: {
          kind: "encode",
          image: { ...image, identity: facts.identity },
          model: { folder: model.folder, sha256: model.manifest.encoder.sha256 },
          cell,
          plane: { z, t, channels },
          ranges: ranges as readonly ChannelRange[],
        },
        userId: ask.userId,
        purpose: ask.purpose,
        ...(ask.signal ? { signal: ask.signal } : {}),
      });
      measure();
      try {
        const { bytes } = await result;
        if (!joined) {
          metrics.encodes.inc({ outcome: "encoded" });
          void cache.put(key, bytes).then(measure);
        } else metrics.encodes.inc({ outcome: "joined" });
        return { key, bytes, how: joined ? "joined" : "encoded" };
      } catch (error) {
        if (error instanceof ServerError && error.code === "too-many-requests")
          metrics.encodes.inc({ outcome: "refused" });
        // What is known of an image that cannot be read any more is not worth keeping.
        if (error instanceof ServerError && error.code === "image-unreadable") known.delete(image.key);
        throw error;
      } finally {
        measure();
      }
    },

    async statistics({ imageId, model: modelId, channels: asked, userId }) {
      const [model, image] = await Promise.all([models.get(modelId), pixels.locate(imageId)]);
      const entry = factsOf(image, userId);
      const channels = checkChannels(asked, await entry.facts);
      return rangesOf(image, entry, channels, model.manifest.normalisation, userId);
    },

    state: (userId) => ({
      queue: desk.queue.waiting,
      running: desk.queue.running,
      typicalMs: desk.typicalMs === null ? null : Math.round(desk.typicalMs),
      yours: desk.queue.positions(userId),
    }),
    get pids() {
      return desk.pids;
    },
    close: () => desk.close(),
  };
}

const keyOf = (parts: readonly unknown[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

function cellOf(
  { scale, x, y, z, t }: RegionAsk,
  image: ImageFacts,
  manifest: Parameters<typeof cellFrom>[2],
): Cell {
  const cell = cellFrom(image, { scale, x, y }, manifest);
  const { sizeZ, sizeT } = image;
  const onPlane = (v: number, size: number) => Number.isInteger(v) && v >= 0 && v < size;
  if (!cell) {
    throw badRegion(
      `There is no region at ${x}, ${y} of scale ${scale} on an image of ${image.width} × ${image.height}.`,
      `Regions begin every ${manifest.encoder.region / 2} px of their level, inside the image.`,
    );
  }
  if (!onPlane(z, sizeZ) || !onPlane(t, sizeT))
    throw badRegion(`The image has no plane z ${z}, t ${t}.`, `It has ${sizeZ} in z and ${sizeT} in t.`);
  return cell;
}

function checkChannels(channels: readonly number[], image: ImageFacts): number[] {
  const sorted = [...new Set(channels)].sort((a, b) => a - b);
  const sound = sorted.every((c) => Number.isInteger(c) && c >= 0 && c < image.channels);
  if (sound && sorted.length > 0 && sorted.length <= MOST_CHANNELS) return sorted;
  throw badRegion(
    `Expected some of the image's ${image.channels} channels, got "${channels.join(",").slice(0, 80)}".`,
    "Name visible channels by their index, as in channels=0,2.",
  );
}

const badRegion = (message: string, next: string) => new ServerError("bad-region", message, { next });
