import * as node from "onnxruntime-node";
import { createDecoder, type Decoder, type Runtime } from "../decoder.ts";
import { type Encoder, openEncoder } from "../encoder-node.ts";
import { ModelError } from "../errors.ts";
import { LocalImage } from "../local-image.ts";
import { normalise, rangeOf } from "../preprocess.ts";
import { Segmenter } from "../segmenter.ts";
import type { Settings } from "../settings.ts";
import { loadWeights, SHIPPED_WEIGHTS } from "../weights.ts";
import { type Pair, readImage, readLabels } from "./dataset.ts";
import { type ObjectScore, scoreObject } from "./score.ts";
import { objectsOf, seeded } from "./truth.ts";

export interface JobOptions {
  /** Clicks on every object, or "everything in this region" on every image. */
  readonly task: "clicks" | "everything";
  readonly weights: string | null;
  /** The decoder's runtime: onnxruntime-node, or the page's WebAssembly. */
  readonly decoder: "node" | "wasm";
  readonly minArea: number;
  /** Clicks to a target are counted on every n-th object of an image. */
  readonly clicksEvery: number;
  readonly settings: Partial<Settings>;
}

export interface ImageScore {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly scores: readonly ObjectScore[];
}

export interface Networks {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
}

/** The page's runtime, one thread: what a page without cross-origin isolation has. */
export async function wasmRuntime(): Promise<Runtime> {
  const web = await import("onnxruntime-web");
  web.env.wasm.numThreads = 1;
  return web;
}

export async function openNetworks({
  weights,
  decoder,
}: Pick<JobOptions, "weights" | "decoder">): Promise<Networks> {
  const folder = weights ?? SHIPPED_WEIGHTS;
  const encoder = await openEncoder({ folder });
  const bytes = await loadWeights(folder, encoder.manifest.decoder);
  const runtime = decoder === "wasm" ? await wasmRuntime() : (node as unknown as Runtime);
  const options =
    decoder === "wasm" ? { executionProviders: ["wasm"] } : { intraOpNumThreads: 1, interOpNumThreads: 1 };
  return { encoder, decoder: await createDecoder(runtime, encoder.manifest, bytes, options) };
}

/** Reads one pair; throws ModelError "bad-image" where the two do not belong together. */
export async function openPair({ name, image, label }: Pair) {
  const [pixels, labels] = await Promise.all([readImage(image), readLabels(label)]);
  if (pixels.width !== labels.width || pixels.height !== labels.height)
    throw new ModelError(
      "bad-image",
      `a label of ${pixels.width} × ${pixels.height} for ${name}`,
      `${labels.width} × ${labels.height}`,
      "Give label images of their images' size.",
    );
  return { pixels, labels };
}

export function segmenterFor(
  { encoder, decoder }: Networks,
  pixels: Awaited<ReturnType<typeof readImage>>,
  settings: Partial<Settings>,
) {
  const image = new LocalImage(normalise(pixels, rangeOf(pixels, encoder.manifest.normalisation)));
  return new Segmenter({ decoder, image, embed: image.embedWith((r) => encoder.encode(r)), settings });
}

/** Every object of one image. What is random depends on the image's name alone. */
export async function scoreImage(networks: Networks, pair: Pair, options: JobOptions): Promise<ImageScore> {
  const { pixels, labels } = await openPair(pair);
  const segmenter = segmenterFor(networks, pixels, options.settings);
  const random = seeded(pair.name);
  const scores: ObjectScore[] = [];
  for (const [i, object] of objectsOf(labels, options.minArea).entries())
    scores.push(await scoreObject(segmenter, object, random, i % options.clicksEvery === 0));
  return { name: pair.name, width: pixels.width, height: pixels.height, scores };
}
