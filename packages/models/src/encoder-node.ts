import { InferenceSession, Tensor } from "onnxruntime-node";
import { createEncoder, type Encoder } from "./encoder.ts";
import { ModelError } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
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

/** One input or output of a graph; sizes that are only known when it runs are names. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What a graph takes and gives. Throws ModelError "weights-refused" for what is no graph. */
export async function inspectGraph(
  file: string,
): Promise<{ readonly inputs: readonly Port[]; readonly outputs: readonly Port[] }> {
  const session = await InferenceSession.create(file).catch((error: unknown) => {
    const next = "Download it again, or export it again.";
    throw new ModelError("weights-refused", `an ONNX graph in ${file}`, String(error), next, error);
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
