import { createHash } from "node:crypto";
import { floats, type Graph, type Initializer, ints, type Node, onnxModel } from "./onnx.ts";

/**
 * Graphs with the signatures of SAM's and SAM 2's exports that compute something a test can foretell. The embedding is
 * the input, pooled; the decoder's masks 0, 1 and 2 are discs of `RADII` frame px round the first point, mask 3 is the
 * embedding's first channel over 0.5; qualities are `QUALITIES`. A given mask is added.
 */
export const RADII = [60, 40, 80] as const;
export const QUALITIES = [0.2, 0.9, 0.6, 0.7] as const;

export interface FakeSam {
  readonly encoder: Uint8Array;
  readonly decoder: Uint8Array;
  /** `manifest.json`; the files are `encoder.onnx` and `decoder.onnx`. */
  readonly manifest: Record<string, unknown>;
}

const pooled = (from: string, to: string, stride: number, channels: number): Node[] => [
  {
    op: "AveragePool",
    inputs: [from],
    outputs: [`${to}_pooled`],
    attributes: { kernel_shape: [stride, stride], strides: [stride, stride] },
  },
  {
    op: "Conv",
    inputs: [`${to}_pooled`, `w${channels}`],
    outputs: [to],
    attributes: { kernel_shape: [1, 1] },
  },
];
/** Channel c is plane c mod 3, of a size of its own. */
const weightsOf = (channels: number): Initializer =>
  floats(
    [channels, 3, 1, 1],
    Array.from({ length: channels * 3 }, (_, i) =>
      i % 3 === Math.floor(i / 3) % 3 ? 1 + Math.floor(i / 3) / channels : 0,
    ),
  );

export function fakeSam(family: "sam" | "sam2"): FakeSam {
  const isSecond = family === "sam2";
  const embed = isSecond ? "image_embed" : "image_embeddings";
  const image = isSecond ? "image" : "images";
  const encoder = onnxModel({
    inputs: { [image]: [1, 3, 1024, 1024] },
    outputs: {
      [embed]: [1, 256, 64, 64],
      ...(isSecond ? { high_res_feats_0: [1, 32, 256, 256], high_res_feats_1: [1, 64, 128, 128] } : {}),
    },
    initializers: {
      w256: weightsOf(256),
      ...(isSecond ? { w32: weightsOf(32), w64: weightsOf(64) } : {}),
    },
    nodes: [
      ...pooled(image, embed, 16, 256),
      ...(isSecond
        ? [...pooled(image, "high_res_feats_0", 4, 32), ...pooled(image, "high_res_feats_1", 8, 64)]
        : []),
    ],
  });
  const decoder = onnxModel(decoderGraph(embed, isSecond));
  const file = (name: string, bytes: Uint8Array) => ({
    file: name,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  const names = [embed, ...(isSecond ? ["high_res_feats_0", "high_res_feats_1"] : [])];
  const manifest = {
    id: `fake-${family}`,
    family,
    title: `Fake ${family}`,
    license: "MIT",
    source: "generated",
    encoder: {
      ...file("encoder.onnx", encoder),
      input: {
        name: image,
        layout: "NCHW",
        range: 1,
        // Without mean and deviation, so that values are easily foretold.
        mean: [0, 0, 0],
        std: [1, 1, 1],
        size: 1024,
        resize: isSecond ? "stretch" : "longest",
        padded: true,
      },
      outputs: names.map((name) => ({ output: name, input: name })),
    },
    decoder: { ...file("decoder.onnx", decoder), candidates: ["best", "second", "third"] },
    normalisation: { low_percentile: 0.5, high_percentile: 99.8 },
  };
  return { encoder, decoder, manifest };
}

function decoderGraph(embed: string, isSecond: boolean): Graph {
  const across = Array.from({ length: 256 }, (_, i) => (i + 0.5) * 4 - 0.5);
  return {
    inputs: {
      [embed]: [1, 256, 64, 64],
      ...(isSecond ? { high_res_feats_0: [1, 32, 256, 256], high_res_feats_1: [1, 64, 128, 128] } : {}),
      point_coords: [1, "points", 2],
      point_labels: [1, "points"],
      mask_input: [1, 1, 256, 256],
      has_mask_input: [1],
      ...(isSecond ? {} : { orig_im_size: [2] }),
    },
    outputs: {
      ...(isSecond ? {} : { low_res_masks: [1, 4, 256, 256] }),
      masks: [1, 4, 256, 256],
      iou_predictions: [1, 4],
    },
    initializers: {
      s000: ints(0, 0, 0),
      e111: ints(1, 1, 1),
      s001: ints(0, 0, 1),
      e112: ints(1, 1, 2),
      one: ints(1, 1, 1, 1),
      s0: ints(0, 0, 0, 0),
      first: ints(1, 1, 4096, 4096),
      X: floats([1, 1, 1, 256], across),
      Y: floats([1, 1, 256, 1], across),
      R: floats([1, 3, 1, 1], RADII),
      half: floats([1], [0.5]),
      ten: floats([1], [10]),
      quality: floats([1, 4], QUALITIES),
      scales: floats([4], [1, 1, 4, 4]),
      none: floats([0], []),
    },
    nodes: [
      { op: "Slice", inputs: ["point_coords", "s000", "e111"], outputs: ["px3"] },
      { op: "Slice", inputs: ["point_coords", "s001", "e112"], outputs: ["py3"] },
      { op: "Reshape", inputs: ["px3", "one"], outputs: ["px"] },
      { op: "Reshape", inputs: ["py3", "one"], outputs: ["py"] },
      { op: "Sub", inputs: ["X", "px"], outputs: ["dx"] },
      { op: "Sub", inputs: ["Y", "py"], outputs: ["dy"] },
      { op: "Mul", inputs: ["dx", "dx"], outputs: ["dx2"] },
      { op: "Mul", inputs: ["dy", "dy"], outputs: ["dy2"] },
      { op: "Add", inputs: ["dx2", "dy2"], outputs: ["d2"] },
      { op: "Sqrt", inputs: ["d2"], outputs: ["d"] },
      { op: "Sub", inputs: ["R", "d"], outputs: ["discs"] },
      ...(isSecond
        ? [{ op: "Slice", inputs: ["high_res_feats_0", "s0", "first"], outputs: ["wide"] }]
        : [
            { op: "Slice", inputs: [embed, "s0", "first"], outputs: ["small"] },
            {
              op: "Resize",
              inputs: ["small", "none", "scales"],
              outputs: ["wide"],
              attributes: { mode: "nearest" },
            },
          ]),
      { op: "Sub", inputs: ["wide", "half"], outputs: ["over"] },
      { op: "Mul", inputs: ["over", "ten"], outputs: ["bright"] },
      { op: "Concat", inputs: ["discs", "bright"], outputs: ["four"], attributes: { axis: 1 } },
      { op: "Mul", inputs: ["mask_input", "has_mask_input"], outputs: ["given"] },
      { op: "Add", inputs: ["four", "given"], outputs: [isSecond ? "masks" : "low_res_masks"] },
      ...(isSecond ? [] : [{ op: "Identity", inputs: ["low_res_masks"], outputs: ["masks"] }]),
      { op: "Identity", inputs: ["quality"], outputs: ["iou_predictions"] },
    ],
  };
}

/** An encoder with our own family's signature that asks for `gigabytes` of memory when it runs. */
export function greedyEncoder(gigabytes: number): Uint8Array {
  const side = Math.round(Math.sqrt((gigabytes * 2 ** 30) / 4 / 4));
  return onnxModel({
    inputs: { image: [1, 3, "height", "width"] },
    outputs: { fine: [1, 4, "a", "b"], coarse: [1, 3, "height", "width"] },
    initializers: {
      zero: floats([1], [0]),
      dims: ints(1, 4, side, side),
    },
    nodes: [
      // Out of the input, so that it is not computed when the graph is loaded.
      { op: "ReduceMax", inputs: ["image"], outputs: ["most"], attributes: { keepdims: 0 } },
      { op: "Mul", inputs: ["most", "zero"], outputs: ["nothing"] },
      { op: "Expand", inputs: ["nothing", "dims"], outputs: ["fine"] },
      { op: "Identity", inputs: ["image"], outputs: ["coarse"] },
    ],
  });
}
