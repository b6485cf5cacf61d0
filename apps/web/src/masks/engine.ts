import { type Parts, rasterise } from "@coscope/annotations/shapes";
import {
  type Cell,
  cellAt,
  createDecoder,
  createEncoder,
  type Decoder,
  type Embedding,
  type Encoder,
  type Manifest,
  type Mask,
  ModelError,
  type Planes,
  type Prompt,
  type Proposal,
  parseManifest,
  proposedMask,
  type Runtime,
  Segmenter,
  trim,
} from "@coscope/models";
import { createEmbeddings, type EmbeddingStore, type Purpose } from "./embeddings.ts";
import { abortedMask, MaskError } from "./errors.ts";
import { mostInside, tidyMask } from "./mask-cleanup.ts";
import { outlineOfMask, pixelIou } from "./outline.ts";
import type {
  Answer,
  Calls,
  Candidate,
  ProposeArgs,
  RefineArgs,
  Region,
  Scene,
  SearchArgs,
} from "./protocol.ts";
import { corrected } from "./refine.ts";
import { search } from "./search.ts";
import { type Fetch, fetchEmbedding, fetchWeights } from "./server.ts";

/** What the engine needs of where it runs: a worker of the page, or a test. */
export interface EngineHost {
  readonly fetch: Fetch;
  /** Loads onnxruntime with this many threads at most; more where the page may. @throws MaskError "no-wasm" */
  runtime(): Promise<{ readonly ort: Runtime; readonly threads: number }>;
  /** Private mode: a cell's pixels, read by the page. */
  pixels(cell: Cell, scene: Scene, manifest: Manifest): Promise<Planes>;
  waiting(region: Region | null): void;
  /** Lets messages in. */
  breathe(): Promise<void>;
}

/** How much alike two candidates may look before one of them is not offered. */
const SAME = 0.93;
/** Answers kept of one object: as many as there may be prompts. */
const KEPT = 80;
/** Between two breaths of a long search, ms. */
const BREATH_MS = 24;

/** `signal` and `progress` belong to one call. */
export interface CallContext {
  readonly signal: AbortSignal;
  progress(done: number, of: number): void;
}

export type Engine = ReturnType<typeof createEngine>;

type Args<Name extends keyof Calls> = Parameters<Calls[Name]>[0];

interface Loaded {
  readonly scene: Scene;
  readonly decoder: Decoder;
  readonly threads: number;
  readonly embeddings: EmbeddingStore;
}

/** Prompts to outlines, for one page. DOM-free; everything slow is in here, so it runs in a worker. */
export function createEngine(host: EngineHost) {
  let loaded: Promise<Loaded> | null = null;
  const decoders = new Map<string, Promise<Decoder>>();
  const encoders = new Map<string, Promise<Encoder>>();
  /** Regions of other planes, channels and models come back often: the stores of the last few scenes stay. */
  const stores = new Map<string, EmbeddingStore>();
  const objects = new Map<number, Map<number, Proposal>>();
  let nextAnswer = 1;
  let turn: Promise<unknown> = Promise.resolve();
  let breathed = 0;

  /** One run of the network at a time; now and then messages are let in first. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = turn.then(async () => {
      if (performance.now() - breathed > BREATH_MS) {
        await host.breathe();
        breathed = performance.now();
      }
      return run();
    });
    turn = mine.catch(() => {});
    return mine;
  }

  function once<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
    let made = cache.get(key);
    if (!made) {
      made = make();
      cache.set(key, made);
      made.catch(() => cache.delete(key));
    }
    return made;
  }

  async function load(scene: Scene): Promise<Loaded> {
    const manifest = manifestOf(scene);
    const { ort, threads } = await host.runtime();
    const decoder = await once(decoders, scene.model.decoder.sha256, async () => {
      const bytes = await fetchWeights(host.fetch, scene.model, "decoder");
      const own = await createDecoder(ort, manifest, bytes, { executionProviders: ["wasm"] });
      return { ...own, decode: (requests) => inTurn(() => own.decode(requests)) };
    });
    const key = keyOf(scene);
    let embeddings = stores.get(key);
    if (!embeddings) {
      embeddings = createEmbeddings(
        (cell, purpose, signal) => read(scene, manifest, cell, purpose, signal),
        stores.size === 0 ? undefined : HALF,
      );
      stores.set(key, embeddings);
      for (const [oldest, store] of stores) {
        if (stores.size <= SCENES) break;
        store.clear();
        stores.delete(oldest);
      }
    }
    return { scene, decoder, threads, embeddings };
  }

  async function read(
    scene: Scene,
    manifest: Manifest,
    cell: Cell,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<Embedding> {
    if (!scene.private) return fetchEmbedding(host.fetch, scene, cell, purpose, manifest, signal);
    const { ort } = await host.runtime();
    const encoder = await once(encoders, scene.model.encoder.sha256, async () =>
      createEncoder(ort, manifest, await fetchWeights(host.fetch, scene.model, "encoder"), {
        executionProviders: ["wasm"],
      }),
    );
    const planes = await host.pixels(cell, scene, manifest);
    if (signal.aborted) throw abortedMask();
    return inTurn(() => encoder.encode(planes));
  }

  function current(): Promise<Loaded> {
    return loaded ?? Promise.reject(new MaskError("failed", "No image is open.", "Open an image."));
  }

  /** A segmenter for one call: it keeps no embeddings beyond it, the store does. */
  function segmenter(
    { scene, decoder, embeddings }: Loaded,
    purpose: Purpose | "at hand",
    signal: AbortSignal,
  ) {
    return new Segmenter({
      decoder,
      image: scene,
      async embed(cell) {
        const there = embeddings.peek(cell);
        if (there) return there;
        if (purpose === "at hand") throw new NotAtHand();
        host.waiting({ scale: cell.scale, x: cell.x, y: cell.y });
        try {
          return await embeddings.get(cell, purpose, signal);
        } finally {
          host.waiting(null);
        }
      },
    });
  }

  function answerOf(object: number, proposal: Proposal, tolerancePx: number): Answer {
    const id = nextAnswer++;
    const kept = objects.get(object) ?? new Map<number, Proposal>();
    objects.set(object, kept);
    kept.set(id, proposal);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value as number);
    const order = [proposal.best, ...proposal.quality.keys()].filter((k, i, all) => all.indexOf(k) === i);
    const masks: Mask[] = [];
    const candidates: (Candidate & { index: number })[] = [];
    for (const index of order) {
      const mask = trim(tidyMask(proposedMask(proposal, index), proposal.prompts));
      if (!mask && candidates.length > 0) continue;
      if (mask && masks.some((m) => alike(m, mask))) continue;
      if (mask) masks.push(mask);
      const parts = mask ? outlineOfMask(mask, tolerancePx) : [];
      candidates.push({ parts, score: proposal.quality[index]!, index });
    }
    indices.set(
      id,
      candidates.map(({ index }) => index),
    );
    const { cell } = proposal.views[0]!;
    return {
      id,
      candidates: candidates.map(({ parts, score }) => ({ parts, score })),
      region: { scale: cell.scale, x: cell.x, y: cell.y },
    };
  }

  /** The network's own number of each candidate that an answer offers. */
  const indices = new Map<number, readonly number[]>();

  return {
    async use(scene: Scene, _context: CallContext) {
      const loading = load(scene);
      loaded = loading;
      loading.catch(() => {
        if (loaded === loading) loaded = null;
      });
      const { threads } = await loading;
      return { threads };
    },
    async hover({ x, y, tolerancePx }: Args<"hover">, { signal }: CallContext) {
      const now = await current();
      try {
        const prompt: Prompt = { kind: "point", x, y, inside: true };
        const proposal = await atHand(now, [prompt], signal);
        const mask = trim(tidyMask(proposedMask(proposal), [prompt]));
        return mask && { parts: outlineOfMask(mask, tolerancePx), score: proposal.quality[proposal.best]! };
      } catch (error) {
        if (error instanceof NotAtHand || isBadPrompt(error)) return null;
        throw error;
      }
    },
    async prefetch({ points, scales, purpose }: Args<"prefetch">, _context: CallContext) {
      const { scene, decoder, embeddings } = await current();
      const reads = scales.flatMap((scale) =>
        points.map((point) => embeddings.get(cellAt(scene, scale, point, decoder.manifest), purpose)),
      );
      // A click will say what is wrong; reading ahead keeps quiet.
      await Promise.allSettled(reads);
    },
    async propose({ object, prompts, previous, tolerancePx }: ProposeArgs, { signal }: CallContext) {
      const now = await current();
      const before = previous && objects.get(object)?.get(previous.id);
      const candidate = previous && indices.get(previous.id)?.[previous.candidate];
      // A small object is looked at enlarged too: that region is asked for at the same time.
      const first = prompts[0];
      if (!before && first?.kind === "point" && Number.isFinite(first.x) && Number.isFinite(first.y))
        now.embeddings.get(cellAt(now.scene, 2, first, now.decoder.manifest), "hover").catch(() => {});
      const proposal = await segmenter(now, "click", signal).propose(
        prompts,
        before ?? null,
        candidate === undefined || candidate === null ? {} : { candidate },
      );
      if (signal.aborted) throw abortedMask();
      return answerOf(object, proposal, tolerancePx);
    },
    async refine({ parts, clicks, tolerancePx }: RefineArgs, { signal }: CallContext) {
      const now = await current();
      const window = windowOf(parts, clicks, now.scene);
      const shape: Mask = rasterise(parts, window);
      const prompts = promptsFor(shape, parts, clicks);
      const proposal = await segmenter(now, "click", signal).propose(prompts);
      if (signal.aborted) throw abortedMask();
      const proposed = over(tidyMask(proposedMask(proposal), prompts), window);
      const better = trim(corrected(shape, proposed, clicks));
      const { cell } = proposal.views[0]!;
      return {
        id: nextAnswer++,
        candidates: [
          {
            parts: better ? outlineOfMask(better, tolerancePx) : [],
            score: proposal.quality[proposal.best]!,
          },
        ],
        region: { scale: cell.scale, x: cell.x, y: cell.y },
      };
    },
    async search(args: SearchArgs, { signal, progress }: CallContext) {
      const now = await current();
      // Where objects may be is told by our own embeddings alone.
      if (now.decoder.manifest.sam)
        throw new MaskError(
          "no-model",
          "This model outlines what is clicked, but does not find objects by itself.",
          "Choose another model, or click on them one by one.",
        );
      return search(segmenter(now, "click", signal), args, signal, progress);
    },
    async forget({ object }: Args<"forget">, _context: CallContext) {
      for (const id of objects.get(object)?.keys() ?? []) indices.delete(id);
      objects.delete(object);
    },
  };

  /** At the full resolution alone where the enlarged region is not there yet. */
  async function atHand(now: Loaded, prompts: readonly Prompt[], signal: AbortSignal): Promise<Proposal> {
    try {
      return await segmenter(now, "at hand", signal).propose(prompts);
    } catch (error) {
      if (!(error instanceof NotAtHand)) throw error;
      const plain = new Segmenter({
        decoder: now.decoder,
        image: now.scene,
        settings: { blendBelow: 0, coarserAbove: Number.POSITIVE_INFINITY },
        async embed(cell) {
          const there = now.embeddings.peek(cell);
          if (!there) throw new NotAtHand();
          return there;
        },
      });
      return plain.propose(prompts);
    }
  }
}

const SCENES = 3;
const HALF = 48 * 1024 * 1024;

class NotAtHand extends Error {}

const isBadPrompt = (error: unknown) => error instanceof ModelError && error.code === "bad-prompt";

function manifestOf({ model }: Scene): Manifest {
  try {
    return parseManifest(model.manifest);
  } catch (error) {
    throw new MaskError(
      "no-model",
      `This page cannot use the model “${model.name}”.`,
      "Choose another model.",
      error,
    );
  }
}

/** Everything that an embedding depends on, but for the cell. Who reads it does not matter. */
function keyOf({ imageId, z, t, channels, model, private: own }: Scene): string {
  return [imageId, model.encoder.sha256, z, t, channels.join(), own].join("/");
}

function alike(a: Mask, b: Mask): boolean {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const window = {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
  return pixelIou(over(a, window), over(b, window).data) > SAME;
}

interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The mask over another window: `cut` of the models, under a name that says what for. */
function over(mask: Mask, { x, y, width, height }: Window): Mask {
  const data = new Uint8Array(width * height);
  for (let py = Math.max(y, mask.y); py < Math.min(y + height, mask.y + mask.height); py++)
    for (let px = Math.max(x, mask.x); px < Math.min(x + width, mask.x + mask.width); px++)
      data[(py - y) * width + px - x] = mask.data[(py - mask.y) * mask.width + px - mask.x]!;
  return { x, y, width, height, data };
}

/** Room round the shape and the clicks, px: what is missing of it may reach that far. */
const ROOM = 24;

function windowOf(
  parts: Parts,
  clicks: RefineArgs["clicks"],
  image: { width: number; height: number },
): Window {
  const xs = [
    ...parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 0)),
    ...clicks.map((c) => c.x),
  ];
  const ys = [
    ...parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 1)),
    ...clicks.map((c) => c.y),
  ];
  const span = { x: least(xs), y: least(ys), right: most(xs), bottom: most(ys) };
  const room = ROOM + Math.max(span.right - span.x, span.bottom - span.y) / 4;
  const x = Math.floor(Math.max(0, span.x - room));
  const y = Math.floor(Math.max(0, span.y - room));
  return {
    x,
    y,
    width: Math.ceil(Math.min(image.width, span.right + room)) - x,
    height: Math.ceil(Math.min(image.height, span.bottom + room)) - y,
  };
}

const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/**
 * What the network is told of a shape that is to be corrected: its most interior point, and the clicks. (Its `previous`
 * input is made for its own logits, which a drawn shape does not have.)
 */
function promptsFor(shape: Mask, parts: Parts, clicks: RefineArgs["clicks"]): Prompt[] {
  const away = clicks.filter(({ inside }) => !inside);
  const middle = mostInside(shape, away);
  const adds = clicks.filter(({ inside }) => inside);
  const first = middle ?? adds[0] ?? { x: parts[0]![0]![0]!, y: parts[0]![0]![1]! };
  return [{ kind: "point", x: first.x, y: first.y, inside: true }, ...clicks];
}
