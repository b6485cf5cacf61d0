import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { createDecoder } from "./decoder.ts";
import { createEncoder, type Encoder } from "./encoder.ts";
import { ModelError } from "./errors.ts";
import { LocalImage } from "./local-image.ts";
import type { Manifest } from "./manifest.ts";
import type { Runtime } from "./runtime.ts";
import { Segmenter } from "./segmenter.ts";
import { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

export type { Encoder } from "./encoder.ts";
export { ModelError } from "./errors.ts";
export type { Manifest } from "./manifest.ts";
export { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

export interface OpenEncoderOptions {
  readonly folder?: string;
  /** onnxruntime's own, 1 by default. */
  readonly threads?: number;
  /** "cuda" where the runtime has it; else the CPU, and `onFallback` is told why. */
  readonly provider?: "cpu" | "cuda";
  readonly onFallback?: (reason: string) => void;
}

/** Opens the encoder of a folder of weights, verified. */
export async function openEncoder({
  folder = SHIPPED_WEIGHTS,
  threads = 1,
  provider = "cpu",
  onFallback,
}: OpenEncoderOptions = {}): Promise<Encoder> {
  const manifest = await loadManifest(folder);
  const bytes = await loadWeights(folder, manifest.encoder);
  const runtime = { InferenceSession, Tensor } as unknown as Runtime;
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
  } as const;
  if (provider === "cuda") {
    try {
      return await createEncoder(runtime, manifest, bytes, {
        ...options,
        executionProviders: ["cuda", "cpu"],
      });
    } catch (error) {
      onFallback?.(`CUDA is not used, the CPU is: ${(error as Error).message}`);
    }
  }
  return createEncoder(runtime, manifest, bytes, { ...options, executionProviders: ["cpu"] });
}

const compress = promisify(gzip);

/** A packed embedding for the wire. Differences hold no repetitions that are worth a search, but runs of nothing. */
export const gzipEmbedding = (packed: Uint8Array, { sam }: Manifest): Promise<Uint8Array> =>
  compress(packed, sam ? { level: 4 } : { strategy: constants.Z_RLE });

/** One input or output of a graph; sizes that are only known when it runs are names. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/**
 * What a graph takes and gives. Loaded from its bytes alone, as it is for use: one with weights in a file beside it is none.
 * Throws ModelError "weights-refused" for what is no graph.
 */
export async function inspectGraph(
  file: string,
): Promise<{ readonly inputs: readonly Port[]; readonly outputs: readonly Port[] }> {
  const session = await InferenceSession.create(await readFile(file)).catch((error: unknown) => {
    const isSplit = /external/i.test(String(error));
    throw new ModelError(
      "weights-refused",
      isSplit ? `an ONNX graph with its weights in the same file, ${file}` : `an ONNX graph in ${file}`,
      isSplit ? "one with weights in another file" : String(error),
      isSplit
        ? 'Save it as one file: `onnx.save(onnx.load("in.onnx"), "out.onnx")` in Python.'
        : "Download it again, or export it again.",
      error,
    );
  });
  const ports = (all: readonly InferenceSession.ValueMetadata[]) =>
    all.map((one) => ({
      name: one.name,
      type: one.isTensor ? one.type : "none",
      shape: one.isTensor ? [...one.shape] : [],
    }));
  const found = { inputs: ports(session.inputMetadata), outputs: ports(session.outputMetadata) };
  await session.release();
  return found;
}

/** A picture that is no square, so that what confuses its sides shows. */
const TRIAL = { width: 512, height: 384, x: 100, y: 80, side: 120 };

/** Outlines something once with both graphs of a folder. Throws ModelError with what does not fit together. */
export async function tryModel(folder: string): Promise<void> {
  const encoder = await openEncoder({ folder });
  const { manifest } = encoder;
  const runtime = { InferenceSession, Tensor } as unknown as Runtime;
  const decoder = await createDecoder(runtime, manifest, await loadWeights(folder, manifest.decoder), {
    intraOpNumThreads: 1,
  });
  const { width, height, x, y, side } = TRIAL;
  const data = new Float32Array(3 * width * height);
  for (let row = 0; row < 3 * height; row++)
    if (row % height >= y && row % height < y + side) data.fill(1, row * width + x, row * width + x + side);
  const image = new LocalImage({ channels: 3, width, height, data });
  const segmenter = new Segmenter({
    decoder,
    image,
    embed: image.embedWith((region) => encoder.encode(region)),
  });
  const click = { kind: "point", x: x + side / 2, y: y + side / 2, inside: true } as const;
  try {
    const first = await segmenter.propose([click]);
    const second = await segmenter.propose([click, { ...click, x: 10, y: 10, inside: false }], first);
    const boxed = await segmenter.propose([
      { kind: "box", minX: x, minY: y, maxX: x + side, maxY: y + side },
    ]);
    for (const { quality, views } of [first, second, boxed])
      for (const values of [quality, ...views.map(({ decoded }) => decoded.logits)])
        if (!values.every(Number.isFinite))
          throw new ModelError("weights-refused", "numbers as masks", "NaN", "Export the graphs again.");
  } finally {
    await encoder.release();
    await decoder.release();
  }
}
