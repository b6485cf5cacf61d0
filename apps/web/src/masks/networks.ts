import {
  createDecoder,
  createEncoder,
  type Decoded,
  type Decoder,
  type Embedding,
  type Encoder,
  type Manifest,
  type Runtime,
} from "@coscope/models";
import { createContest, type Verdict } from "./contest.ts";
import type { ModelRow } from "./protocol.ts";
import { type Fetch, fetchWeights } from "./server.ts";

export type Network = "decoder" | "encoder";

export interface NetworksHost {
  readonly fetch: Fetch;
  /** @throws MaskError "no-wasm" */
  runtime(): Promise<{ readonly ort: Runtime }>;
  /** null where the browser has no WebGPU. */
  gpuRuntime(): Promise<Runtime | null>;
  /** WebGPU was tried on a network, or failed. */
  tried(network: Network, verdict: Verdict): void;
  /** One run in WebAssembly at a time. */
  inTurn<T>(run: () => Promise<T>): Promise<T>;
}

type Options = NonNullable<Parameters<typeof createDecoder>[3]>;

// Made anew each time: onnxruntime writes into them.
const onWasm = (): Options => ({ executionProviders: ["wasm"] });
/** Not the layout that it prefers: in that one onnxruntime 1.30 gives other masks. */
const onGpu = (): Options => ({ executionProviders: [{ name: "webgpu", preferredLayout: "NCHW" }] });

/** The networks of the models in use: in WebAssembly, and on the GPU once that has shown to be right and faster. */
export function createNetworks(host: NetworksHost) {
  const decoders = new Map<string, Promise<Decoder>>();
  const encoders = new Map<string, Promise<Encoder>>();
  let lane: Promise<unknown> = Promise.resolve();

  /** On the GPU, too, one thing at a time: the runtime cannot do two. */
  function inLane<T>(run: () => Promise<T>): Promise<T> {
    const mine = lane.then(run);
    lane = mine.catch(() => {});
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

  /** Both ways to run a network. Its second session is made only where there is a GPU. */
  async function inBoth<Made extends { release(): Promise<void> }, In, Out>(
    network: Network,
    make: (ort: Runtime, options: Options) => Promise<Made>,
    run: (made: Made, input: In) => Promise<Out>,
    agree: (sure: Out, other: Out) => boolean,
    rounds: number,
  ): Promise<{ made: Made; run(input: In): Promise<Out> }> {
    const { ort } = await host.runtime();
    const made = await make(ort, onWasm());
    let second: Made | null = null;
    const contest = createContest<In, Out>({
      sure: (input) => host.inTurn(() => run(made, input)),
      async challenger() {
        const gpu = await host.gpuRuntime();
        if (!gpu) return null;
        const other = await inLane(() => make(gpu, onGpu()));
        second = other;
        return (input) => inLane(() => run(other, input));
      },
      agree,
      rounds,
      onVerdict(verdict) {
        host.tried(network, verdict);
        if (verdict.kind === "faster") return;
        const unused = second;
        second = null;
        if (unused) inLane(() => unused.release()).catch(() => {});
      },
    });
    return { made, run: contest };
  }

  return {
    decoder: (model: ModelRow, manifest: Manifest) =>
      once(decoders, model.decoder.sha256, async (): Promise<Decoder> => {
        const bytes = await fetchWeights(host.fetch, model, "decoder");
        const { made, run } = await inBoth(
          "decoder",
          (ort, options) => createDecoder(ort, manifest, bytes, options),
          (decoder, requests: Parameters<Decoder["decode"]>[0]) => decoder.decode(requests),
          sameMasks,
          3,
        );
        return { ...made, decode: run };
      }),
    encoder: (model: ModelRow, manifest: Manifest) =>
      once(encoders, model.encoder.sha256, async (): Promise<Encoder> => {
        const bytes = await fetchWeights(host.fetch, model, "encoder");
        const { made, run } = await inBoth(
          "encoder",
          (ort, options) => createEncoder(ort, manifest, bytes, options),
          (encoder, planes: Parameters<Encoder["encode"]>[0]) => encoder.encode(planes),
          sameEmbedding,
          1,
        );
        return { ...made, encode: run };
      }),
  };
}

/** Of what both say, this share may lie apart: sums in another order differ in the last digits. */
const APART = 0.02;
const QUALITY_APART = 0.01;
/** Of an embedding's bytes, one in so many may differ by more than one step. */
const STEPS_APART = 0.002;

export function sameMasks(sure: readonly Decoded[], other: readonly Decoded[]): boolean {
  return sure.every(({ logits, quality }, i) => {
    const theirs = other[i];
    if (theirs?.logits.length !== logits.length) return false;
    let [difference, all] = [0, 0];
    for (let k = 0; k < logits.length; k++) {
      difference += (logits[k]! - theirs.logits[k]!) ** 2;
      all += logits[k]! ** 2;
    }
    // Not a number is not the same either.
    return (
      difference <= APART ** 2 * all &&
      quality.every((q, k) => Math.abs(q - theirs.quality[k]!) <= QUALITY_APART)
    );
  });
}

export function sameEmbedding(sure: Embedding, other: Embedding): boolean {
  return (
    sameBytes(sure.fine, other.fine) &&
    sameBytes(sure.coarse, other.coarse) &&
    (sure.tensors ?? []).every(({ data }, i) => sameBytes(data, other.tensors?.[i]?.data))
  );
}

function sameBytes(a: Int8Array, b: Int8Array | undefined): boolean {
  if (a.length !== b?.length) return false;
  let apart = 0;
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i]! - b[i]!) > 1) apart++;
  return apart <= a.length * STEPS_APART;
}
