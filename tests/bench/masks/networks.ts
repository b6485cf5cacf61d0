import {
  createDecoder,
  createEncoder,
  type Decoder,
  type Embedding,
  type Manifest,
  type Planes,
  type Runtime,
} from "@coscope/models";
import { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "@coscope/models/weights";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";

const native = node as unknown as Runtime;
const NATIVE = { intraOpNumThreads: 1, interOpNumThreads: 1 };

/** The page's runtime as it is where the page is not isolated: WebAssembly on one thread. */
export function wasm(): typeof web {
  web.env.wasm.numThreads = 1;
  return web;
}

export async function openDecoder(where: "wasm" | "native"): Promise<Decoder> {
  const manifest = await loadManifest();
  const bytes = await loadWeights(SHIPPED_WEIGHTS, manifest.decoder);
  return where === "wasm"
    ? createDecoder(wasm(), manifest, bytes, { executionProviders: ["wasm"] })
    : createDecoder(native, manifest, bytes, NATIVE);
}

/** An encoder that gives the embedding as it travels and as the network gave it, before it became bytes. */
export async function openBoth(): Promise<{
  manifest: Manifest;
  encode(region: Planes): Promise<{ bytes: Embedding; floats: Embedding }>;
}> {
  let raw: Readonly<Record<string, { data: unknown }>> = {};
  const overheard: Runtime = {
    Tensor: native.Tensor,
    InferenceSession: {
      async create(bytes, options) {
        const session = await native.InferenceSession.create(bytes, options);
        return {
          inputNames: session.inputNames,
          outputNames: session.outputNames,
          release: () => session.release(),
          async run(feeds) {
            const out = await session.run(feeds);
            raw = out;
            return out;
          },
        };
      },
    },
  };
  const manifest = await loadManifest();
  const weights = await loadWeights(SHIPPED_WEIGHTS, manifest.encoder);
  const encoder = await createEncoder(overheard, manifest, weights, NATIVE);
  /** In steps of a byte, not rounded: the decoder multiplies by the scale. */
  const unrounded = (name: string) =>
    (raw[name]!.data as Float32Array).map(
      (v) => v / manifest.quantisation.scale,
    ) as unknown as Int8Array<ArrayBuffer>;
  return {
    manifest,
    async encode(region) {
      const bytes = await encoder.encode(region);
      const { fine, coarse } = manifest.encoder;
      return { bytes, floats: { ...bytes, fine: unrounded(fine.name), coarse: unrounded(coarse.name) } };
    },
  };
}
