import type { InferenceSession } from "onnxruntime-web";
import { checkEmbedding, type Embedding, paddedSize, quantise } from "./embedding.ts";
import { ModelError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { type Planes, padTo } from "./planes.ts";
import type { Runtime } from "./runtime.ts";
import { encodeSam } from "./sam/encoder.ts";

/** Regions to embeddings. One call at a time: run several in threads of their own. */
export interface Encoder {
  readonly manifest: Manifest;
  /** `region`: three planes in 0..1 (see `normalise`), at most manifest.encoder.region on a side. */
  encode(region: Planes): Promise<Embedding>;
  release(): Promise<void>;
}

/** `bytes` are the encoder's, already verified. The page's worker gives `onnxruntime-web`, the server `-node`. */
export async function createEncoder(
  runtime: Runtime,
  manifest: Manifest,
  bytes: Uint8Array,
  options?: InferenceSession.SessionOptions,
): Promise<Encoder> {
  const session = await runtime.InferenceSession.create(bytes, options).catch((error: unknown) => {
    throw new ModelError(
      "weights-refused",
      `an ONNX graph in ${manifest.encoder.file}`,
      String(error),
      "Take the weights from a release.",
      error,
    );
  });
  const { input, fine, coarse, region: most } = manifest.encoder;
  return {
    manifest,
    async encode(region) {
      const { width, height } = region;
      if (
        region.channels !== 3 ||
        width < 1 ||
        height < 1 ||
        width > most ||
        height > most ||
        region.data.length !== 3 * width * height
      )
        throw new ModelError(
          "bad-image",
          `three planes of at most ${most}²`,
          `${region.channels} of ${width} × ${height}`,
          "Cut the image along the grid first.",
        );
      if (manifest.sam) return encodeSam(runtime, session, manifest, manifest.sam, region);
      const paddedWidth = paddedSize(width, manifest.encoder);
      const paddedHeight = paddedSize(height, manifest.encoder);
      const { data } = padTo(region, paddedWidth, paddedHeight);
      const out = await session.run({
        [input]: new runtime.Tensor("float32", data, [1, 3, paddedHeight, paddedWidth]),
      });
      const { scale } = manifest.quantisation;
      const embedding = {
        width,
        height,
        paddedWidth,
        paddedHeight,
        fine: quantise(out[fine.name]?.data as Float32Array, scale),
        coarse: quantise(out[coarse.name]?.data as Float32Array, scale),
      };
      checkEmbedding(embedding, manifest);
      return embedding;
    },
    release: () => session.release(),
  };
}
