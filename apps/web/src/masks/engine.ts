import {
  type Cell,
  cellAt,
  type Decoder,
  type Embedding,
  type Manifest,
  ModelError,
  type Planes,
  type Prompt,
  type Proposal,
  parseManifest,
  type Runtime,
  type Scale,
  Segmenter,
} from "@coscope/models";
import { createAnswers } from "./answers.ts";
import { createEmbeddings, type EmbeddingStore, type Purpose } from "./embeddings.ts";
import { abortedMask, MaskError } from "./errors.ts";
import { createNetworks, type NetworksHost } from "./networks.ts";
import { outlined, zoomFor } from "./outlined.ts";
import type { Calls, ProposeArgs, RefineArgs, Region, Scene, SearchArgs } from "./protocol.ts";
import { refine } from "./refine.ts";
import { search } from "./search.ts";
import { fetchEmbedding } from "./server.ts";

/** What the engine needs of where it runs: a worker of the page, or a test. */
export interface EngineHost extends Pick<NetworksHost, "fetch" | "gpuRuntime" | "tried"> {
  /** Loads onnxruntime with this many threads at most; more where the page may. @throws MaskError "no-wasm" */
  runtime(): Promise<{ readonly ort: Runtime; readonly threads: number }>;
  /** Private mode: a cell's pixels, read by the page. */
  pixels(cell: Cell, scene: Scene, manifest: Manifest): Promise<Planes>;
  waiting(region: Region | null): void;
  /** Lets messages in. */
  breathe(): Promise<void>;
}

/** Scenes whose embeddings stay, and the bytes of each but the first. */
const SCENES = 3;
const HALF = 48 * 1024 * 1024;
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
  /** Regions of other planes, channels and models come back often: the stores of the last few scenes stay. */
  const stores = new Map<string, EmbeddingStore>();
  const answers = createAnswers();
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

  const networks = createNetworks({ ...host, inTurn });

  async function load(scene: Scene): Promise<Loaded> {
    const manifest = manifestOf(scene);
    const { threads } = await host.runtime();
    const decoder = await networks.decoder(scene.model, manifest);
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
    const encoder = await networks.encoder(scene.model, manifest);
    const planes = await host.pixels(cell, scene, manifest);
    if (signal.aborted) throw abortedMask();
    return encoder.encode(planes);
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
        const proposal = await atHand(now, [prompt], tolerancePx, signal);
        const found = outlined(proposal, proposal.best, tolerancePx);
        return found && { parts: found.parts, score: proposal.quality[proposal.best]! };
      } catch (error) {
        if (error instanceof NotAtHand || isBadPrompt(error)) return null;
        throw error;
      }
    },
    async prefetch({ points, tolerancePx, purpose }: Args<"prefetch">, { signal }: CallContext) {
      const now = await current();
      const { scene, decoder, embeddings } = now;
      const reads = levels(now, tolerancePx, signal).flatMap((scale) =>
        points.map((point) => embeddings.get(cellAt(scene, scale, point, decoder.manifest), purpose)),
      );
      // A click will say what is wrong; reading ahead keeps quiet.
      await Promise.allSettled(reads);
    },
    async propose({ object, prompts, previous, tolerancePx }: ProposeArgs, { signal }: CallContext) {
      const now = await current();
      const { proposal: before, candidate } = answers.chosen(object, previous);
      const asked = segmenter(now, "click", signal);
      const start = asked.startFor(zoomFor(tolerancePx));
      // What a click may need besides is asked for at the same time.
      const first = prompts[0];
      if (!before && first?.kind === "point" && Number.isFinite(first.x) && Number.isFinite(first.y))
        for (const scale of asked.likelyFor(start).slice(1))
          now.embeddings.get(cellAt(now.scene, scale, first, now.decoder.manifest), "hover").catch(() => {});
      const proposal = await asked.propose(prompts, before, {
        start,
        ...(candidate !== null && { candidate }),
      });
      if (signal.aborted) throw abortedMask();
      return answers.add(object, proposal, tolerancePx);
    },
    async refine(args: RefineArgs, { signal }: CallContext) {
      const now = await current();
      const answer = await refine(segmenter(now, "click", signal), args);
      if (signal.aborted) throw abortedMask();
      return answer;
    },
    async search(args: SearchArgs, { signal, progress }: CallContext) {
      const now = await current();
      return search(segmenter(now, "click", signal), args, signal, progress);
    },
    async forget({ object }: Args<"forget">, _context: CallContext) {
      answers.forget(object);
    },
  };

  /** The levels that a click at this zoom is likely to need. */
  function levels(now: Loaded, tolerancePx: number, signal: AbortSignal): Scale[] {
    const asked = segmenter(now, "at hand", signal);
    return asked.likelyFor(asked.startFor(zoomFor(tolerancePx)));
  }

  /** At the first level alone where the others are not there yet. */
  async function atHand(
    now: Loaded,
    prompts: readonly Prompt[],
    tolerancePx: number,
    signal: AbortSignal,
  ): Promise<Proposal> {
    const asked = segmenter(now, "at hand", signal);
    const start = asked.startFor(zoomFor(tolerancePx));
    try {
      return await asked.propose(prompts, null, { start });
    } catch (error) {
      if (!(error instanceof NotAtHand)) throw error;
      const plain = new Segmenter({
        decoder: now.decoder,
        image: now.scene,
        settings: { blendBelow: 0, finerBelow: 0, coarserAbove: Number.POSITIVE_INFINITY },
        embed: (cell) => asked.embedding(cell),
      });
      return plain.propose(prompts, null, { start });
    }
  }
}

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
