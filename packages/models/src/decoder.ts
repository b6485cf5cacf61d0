import type { InferenceSession } from "onnxruntime-web";
import { checkRequest } from "./check-request.ts";
import { type Embedding, windowOf } from "./embedding.ts";
import { ModelError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import type { Runtime } from "./runtime.ts";
import { createSamDecoder } from "./sam/decoder.ts";

export type { Runtime } from "./runtime.ts";

/** A rectangle of a region, px of its level; x and y multiples of manifest.decoder.originMultiple. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DecodeRequest {
  readonly embedding: Embedding;
  readonly window: Window;
  /** [n, 3] in the window's px: x, y (pixel centres at +0.5), label. See `PointLabel`. */
  readonly points: Float32Array;
  /** Logits [height, width] of the mask that is being corrected, or null. */
  readonly previous: Float32Array | null;
}

export interface Decoded {
  readonly window: Window;
  /** [candidates, height, width]; above 0 is inside. */
  readonly logits: Float32Array;
  /** The IoU expected of each candidate, 0..1. */
  readonly quality: Float32Array;
}

/** Labels of the decoder's points. */
export const PointLabel = { outside: 0, inside: 1, boxTopLeft: 2, boxBottomRight: 3, unused: -1 } as const;

/** Prompts on a window of an embedding to candidate masks. DOM-free; runs in a Web Worker and in Node. */
export interface Decoder {
  readonly manifest: Manifest;
  /** All requests in one batch: windows of one size, else they are run one by one. */
  decode(requests: readonly DecodeRequest[]): Promise<Decoded[]>;
  release(): Promise<void>;
}

/** `bytes` are the decoder's, already verified against the manifest (`loadWeights` in Node, `verify` in the page). */
export async function createDecoder(
  runtime: Runtime,
  manifest: Manifest,
  bytes: Uint8Array,
  options?: InferenceSession.SessionOptions,
): Promise<Decoder> {
  const session = await runtime.InferenceSession.create(bytes, options).catch((error: unknown) => {
    throw new ModelError(
      "weights-refused",
      `an ONNX graph in ${manifest.decoder.file}`,
      String(error),
      "Take the weights from a release.",
      error,
    );
  });
  if (manifest.sam) return createSamDecoder(runtime, manifest, session);
  const { fine, coarse } = manifest.encoder;
  const candidates = manifest.decoder.candidates.length;

  async function run(batch: readonly DecodeRequest[]): Promise<Decoded[]> {
    const { width, height } = (batch[0] as DecodeRequest).window;
    const n = batch.length;
    const count = Math.max(...batch.map((r) => r.points.length / 3));
    const tensor = (data: Float32Array, ...dims: number[]) =>
      new runtime.Tensor("float32", data, [n, ...dims]);
    const planes = (p: typeof fine) => p.channels * (height / p.stride) * (width / p.stride);
    const f = new Float32Array(n * planes(fine));
    const c = new Float32Array(n * planes(coarse));
    const points = new Float32Array(n * count * 3);
    const previous = new Float32Array(n * width * height);
    batch.forEach((r, i) => {
      windowOf(r.embedding, "fine", manifest, r.window, f, i * planes(fine));
      windowOf(r.embedding, "coarse", manifest, r.window, c, i * planes(coarse));
      for (let k = 0; k < count; k++) points[(i * count + k) * 3 + 2] = PointLabel.unused;
      points.set(r.points, i * count * 3);
      if (r.previous) previous.set(r.previous, i * width * height);
    });
    const out = await session
      .run({
        fine: tensor(f, fine.channels, height / fine.stride, width / fine.stride),
        coarse: tensor(c, coarse.channels, height / coarse.stride, width / coarse.stride),
        points: tensor(points, count, 3),
        previous: tensor(previous, 1, height, width),
      })
      .catch((error: unknown) => {
        throw new ModelError(
          "decode-failed",
          "masks",
          String(error),
          "Try again; reload the page if it stays.",
          error,
        );
      });
    const masks = out["masks"]?.data as Float32Array;
    const quality = out["quality"]?.data as Float32Array;
    const size = candidates * width * height;
    return batch.map((r, i) => ({
      window: r.window,
      logits: masks.slice(i * size, (i + 1) * size),
      quality: quality.slice(i * candidates, (i + 1) * candidates),
    }));
  }

  return {
    manifest,
    async decode(requests) {
      if (requests.length === 0) return [];
      for (const r of requests) checkRequest(r, manifest);
      const { width, height } = (requests[0] as DecodeRequest).window;
      if (requests.every((r) => r.window.width === width && r.window.height === height)) return run(requests);
      const out: Decoded[] = [];
      for (const r of requests) out.push(...(await run([r])));
      return out;
    },
    release: () => session.release(),
  };
}
