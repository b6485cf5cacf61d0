import { InferenceSession, Tensor } from "onnxruntime-node";
import { createEncoder, type Encoder } from "./encoder.ts";
import { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

export type { Encoder } from "./encoder.ts";
export { ModelError } from "./errors.ts";
export type { Manifest } from "./manifest.ts";
export { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

/** Opens the encoder of a folder of weights, verified. `threads` are onnxruntime's own, 1 by default. */
export async function openEncoder({ folder = SHIPPED_WEIGHTS, threads = 1 } = {}): Promise<Encoder> {
  const manifest = await loadManifest(folder);
  const bytes = await loadWeights(folder, manifest.encoder);
  return createEncoder({ InferenceSession, Tensor }, manifest, bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
  });
}
