// What the page uses: no Node, no DOM, no runtime of its own (the worker hands onnxruntime-web to `createDecoder`).

export { Buckets } from "./buckets.ts";
export {
  createDecoder,
  type Decoded,
  type DecodeRequest,
  type Decoder,
  PointLabel,
  type Runtime,
  type Window,
} from "./decoder.ts";
export { squaredDistance } from "./distance.ts";
export { checkEmbedding, type Embedding, packEmbedding, quantise, unpackEmbedding } from "./embedding.ts";
export { createEncoder, type Encoder } from "./encoder.ts";
export { ModelError, type ModelErrorCode } from "./errors.ts";
export {
  type Cell,
  cellAt,
  cellFrom,
  cellKey,
  levelSize,
  SCALES,
  type Scale,
  scaleAtLeast,
} from "./grid.ts";
export { LocalImage } from "./local-image.ts";
export { type Manifest, parseManifest } from "./manifest.ts";
export {
  area,
  components,
  cut,
  iou,
  type LogitMap,
  type Mask,
  maskOf,
  overlap,
  partAt,
  trim,
} from "./mask.ts";
export type { Pixels, Planes } from "./planes.ts";
export { normalise, type Range, rangeOf } from "./preprocess.ts";
export { checkPrompts, MAX_PROMPTS, type Prompt, promptsAt } from "./prompts.ts";
export { logitsOf, maskScale, type Proposal, proposedMask } from "./proposal.ts";
export { type Found, type ProposeAllOptions, proposeAll } from "./propose.ts";
export { compose, type RegionPlane, readRegion } from "./region.ts";
export { type ProposeOptions, Segmenter, type SegmenterOptions } from "./segmenter.ts";
export type { Settings } from "./settings.ts";
export { type ChannelRange, type ImageStatistics, measureStatistics } from "./statistics.ts";
