import { InferenceSession, Tensor } from "onnxruntime-node";
import { createEncoder, type Encoder } from "./encoder.ts";
import { ModelError } from "./errors.ts";
import type { WeightsFile } from "./manifest.ts";
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

/** What both graphs of a folder take and give, after their bytes were compared with the manifest. */
export async function checkWeights(
  folder: string,
): Promise<Record<"encoder" | "decoder", { inputs: readonly string[]; outputs: readonly string[] }>> {
  const manifest = await loadManifest(folder);
  const look = async (entry: WeightsFile) => {
    const session = await InferenceSession.create(await loadWeights(folder, entry)).catch(
      (error: unknown) => {
        throw new ModelError(
          "weights-refused",
          `an ONNX graph in ${entry.file}`,
          String(error),
          "Download it again, or export it again.",
          error,
        );
      },
    );
    const { inputNames: inputs, outputNames: outputs } = session;
    await session.release();
    return { inputs, outputs };
  };
  return { encoder: await look(manifest.encoder), decoder: await look(manifest.decoder) };
}
