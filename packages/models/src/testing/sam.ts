import { createHash } from "node:crypto";
import { floats, ints, onnxModel } from "./onnx.ts";
import { decoderGraph, encoderGraph, PICTURES, type Signature, tensorsOf } from "./sam-graphs.ts";

export * from "./onnx.ts";
export * from "./sam-graphs.ts";

export interface FakeSam {
  readonly encoder: Uint8Array;
  readonly decoder: Uint8Array;
  /** `manifest.json`; the files are `encoder.onnx` and `decoder.onnx`. */
  readonly manifest: Record<string, unknown>;
}

/**
 * Graphs with the signatures of SAM's, SAM 2's, MobileSAM's and EfficientSAM's exports that compute something a test can
 * foretell. The embedding is the input, pooled; the decoder's masks 0, 1 and 2 are discs of `RADII` frame px round the
 * first point, mask 3 is the embedding's first channel over 0.5; qualities are `QUALITIES`. A given mask is added.
 * EfficientSAM's has the last three alone, and takes no mask.
 */
export function fakeSam(signature: Signature): FakeSam {
  const encoder = onnxModel(encoderGraph(signature));
  const decoder = onnxModel(decoderGraph(signature));
  const file = (name: string, bytes: Uint8Array) => ({
    file: name,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  });
  const interleaved = signature === "mobile-sam";
  const manifest = {
    id: `fake-${signature}`,
    family: signature === "sam2" ? "sam2" : "sam",
    title: `Fake ${signature}`,
    license: "MIT",
    source: "generated",
    encoder: {
      ...file("encoder.onnx", encoder),
      input: {
        name: Object.keys(PICTURES[signature])[0],
        layout: interleaved ? "HWC" : "NCHW",
        range: interleaved ? 255 : 1,
        // Without mean and deviation, so that values are easily foretold.
        mean: [0, 0, 0],
        std: [1, 1, 1],
        size: 1024,
        resize: signature === "sam2" ? "stretch" : "longest",
        padded: signature === "sam" || signature === "sam2",
      },
      outputs: Object.keys(tensorsOf(signature)).map((name) => ({ output: name, input: name })),
    },
    decoder: { ...file("decoder.onnx", decoder), candidates: ["best", "second", "third"] },
    normalisation: { low_percentile: 0.5, high_percentile: 99.8 },
  };
  return { encoder, decoder, manifest };
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
