import { floats, type Graph, type Initializer, ints, type Node, type Port, TYPES } from "./onnx.ts";

/** How exports of SAM's kinds are called and fed; see `fakeSam`. */
export const SIGNATURES = ["sam", "sam2", "mobile-sam", "efficient-sam"] as const;
export type Signature = (typeof SIGNATURES)[number];

export const RADII = [60, 40, 80] as const;
export const QUALITIES = [0.2, 0.9, 0.6, 0.7] as const;

/** Side of the frame. */
const SIDE = 1024;
const FINE: Readonly<Record<string, Port>> = {
  high_res_feats_0: [1, 32, 256, 256],
  high_res_feats_1: [1, 64, 128, 128],
};
const nameOf = (signature: Signature) => (signature === "sam2" ? "image_embed" : "image_embeddings");
/** What the encoder gives and the decoder takes. */
export const tensorsOf = (signature: Signature): Readonly<Record<string, Port>> => ({
  [nameOf(signature)]: [1, 256, 64, 64],
  ...(signature === "sam2" ? FINE : {}),
});
export const PICTURES: Readonly<Record<Signature, Readonly<Record<string, Port>>>> = {
  sam: { images: [1, 3, SIDE, SIDE] },
  sam2: { image: [1, 3, SIDE, SIDE] },
  "mobile-sam": { input_image: ["image_height", "image_width", 3] },
  "efficient-sam": { batched_images: ["batch", 3, "height", "width"] },
};

/** What an encoder does with its input before it looks at it. */
const FRAMED: Readonly<Record<Signature, readonly Node[]>> = {
  sam: [{ op: "Identity", inputs: ["images"], outputs: ["picture"] }],
  sam2: [{ op: "Identity", inputs: ["image"], outputs: ["picture"] }],
  // The longest side has been made 1024 px by who asks; the rest is filled up.
  "mobile-sam": [
    { op: "Transpose", inputs: ["input_image"], outputs: ["planes"], attributes: { perm: [2, 0, 1] } },
    { op: "Unsqueeze", inputs: ["planes", "axis0"], outputs: ["batch"] },
    { op: "Div", inputs: ["batch", "full"], outputs: ["unit"] },
    { op: "Pad", inputs: ["unit", "pads"], outputs: ["wide"] },
    { op: "Slice", inputs: ["wide", "from", "to", "axes"], outputs: ["picture"] },
  ],
  // Of any size, stretched.
  "efficient-sam": [
    {
      op: "Resize",
      inputs: ["batched_images", "", "", "frame"],
      outputs: ["picture"],
      attributes: { mode: "linear" },
    },
  ],
};

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

export function encoderGraph(signature: Signature): Graph {
  const fine = signature === "sam2";
  return {
    inputs: PICTURES[signature],
    outputs: tensorsOf(signature),
    initializers: {
      w256: weightsOf(256),
      ...(fine ? { w32: weightsOf(32), w64: weightsOf(64) } : {}),
      ...(signature === "mobile-sam"
        ? {
            axis0: ints(0),
            full: floats([1], [255]),
            pads: ints(0, 0, 0, 0, 0, 0, SIDE, SIDE),
            from: ints(0, 0),
            to: ints(SIDE, SIDE),
            axes: ints(2, 3),
          }
        : {}),
      ...(signature === "efficient-sam" ? { frame: ints(1, 3, SIDE, SIDE) } : {}),
    },
    nodes: [
      ...FRAMED[signature],
      ...pooled("picture", nameOf(signature), 16, 256),
      ...(fine
        ? [...pooled("picture", "high_res_feats_0", 4, 32), ...pooled("picture", "high_res_feats_1", 8, 64)]
        : []),
    ],
  };
}

export const decoderGraph = (signature: Signature): Graph =>
  signature === "efficient-sam" ? batchedDecoder() : plainDecoder(signature === "sam2");

/** Centres of the masks' px, px of the frame; SAM adds half a px to prompts. */
const across = Array.from({ length: 256 }, (_, i) => (i + 0.5) * 4 - 0.5);
const COMMON: Readonly<Record<string, Initializer>> = {
  one: ints(1, 1, 1, 1),
  s0: ints(0, 0, 0, 0),
  first: ints(1, 1, 4096, 4096),
  X: floats([1, 1, 1, 256], across),
  Y: floats([1, 1, 256, 1], across),
  R: floats([1, 3, 1, 1], RADII),
  half: floats([1], [0.5]),
  ten: floats([1], [10]),
  quality: floats([1, 4], QUALITIES),
  roi: floats([0], []),
  scales: floats([4], [1, 1, 4, 4]),
};

/** `px`, `py` (frame px) and `wide` (the embedding's first channel as large as the masks) to `four` masks. */
const FOUR: readonly Node[] = [
  { op: "Sub", inputs: ["X", "px"], outputs: ["dx"] },
  { op: "Sub", inputs: ["Y", "py"], outputs: ["dy"] },
  { op: "Mul", inputs: ["dx", "dx"], outputs: ["dx2"] },
  { op: "Mul", inputs: ["dy", "dy"], outputs: ["dy2"] },
  { op: "Add", inputs: ["dx2", "dy2"], outputs: ["d2"] },
  { op: "Sqrt", inputs: ["d2"], outputs: ["d"] },
  { op: "Sub", inputs: ["R", "d"], outputs: ["discs"] },
  { op: "Sub", inputs: ["wide", "half"], outputs: ["over"] },
  { op: "Mul", inputs: ["over", "ten"], outputs: ["bright"] },
  { op: "Concat", inputs: ["discs", "bright"], outputs: ["four"], attributes: { axis: 1 } },
];
const widened = (embed: string): Node[] => [
  { op: "Slice", inputs: [embed, "s0", "first"], outputs: ["small"] },
  { op: "Resize", inputs: ["small", "roi", "scales"], outputs: ["wide"], attributes: { mode: "nearest" } },
];

function plainDecoder(isSecond: boolean): Graph {
  const signature = isSecond ? "sam2" : "sam";
  return {
    inputs: {
      ...tensorsOf(signature),
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
      ...COMMON,
      s000: ints(0, 0, 0),
      e111: ints(1, 1, 1),
      s001: ints(0, 0, 1),
      e112: ints(1, 1, 2),
    },
    nodes: [
      { op: "Slice", inputs: ["point_coords", "s000", "e111"], outputs: ["px3"] },
      { op: "Slice", inputs: ["point_coords", "s001", "e112"], outputs: ["py3"] },
      { op: "Reshape", inputs: ["px3", "one"], outputs: ["px"] },
      { op: "Reshape", inputs: ["py3", "one"], outputs: ["py"] },
      ...(isSecond
        ? [{ op: "Slice", inputs: ["high_res_feats_0", "s0", "first"], outputs: ["wide"] }]
        : widened(nameOf(signature))),
      ...FOUR,
      { op: "Mul", inputs: ["mask_input", "has_mask_input"], outputs: ["given"] },
      { op: "Add", inputs: ["four", "given"], outputs: [isSecond ? "masks" : "low_res_masks"] },
      ...(isSecond ? [] : [{ op: "Identity", inputs: ["low_res_masks"], outputs: ["masks"] }]),
      { op: "Identity", inputs: ["quality"], outputs: ["iou_predictions"] },
    ],
  };
}

/** EfficientSAM's: prompts are px of a picture of `orig_im_size`, and so are its three masks. */
function batchedDecoder(): Graph {
  return {
    inputs: {
      image_embeddings: ["batch", 256, 64, 64],
      batched_point_coords: [1, 1, "points", 2],
      batched_point_labels: [1, 1, "points"],
      orig_im_size: { type: "int64", shape: [2] },
    },
    outputs: { output_masks: [1, 1, 3, "height", "width"], iou_predictions: [1, 1, 3] },
    initializers: {
      ...COMMON,
      e1111: ints(1, 1, 1, 1),
      s0001: ints(0, 0, 0, 1),
      e1112: ints(1, 1, 1, 2),
      at0: ints(0),
      at1: ints(1),
      at2: ints(2),
      at4: ints(4),
      side: floats([1], [SIDE]),
      three: ints(1, 3),
    },
    nodes: [
      { op: "Cast", inputs: ["orig_im_size"], outputs: ["size"], attributes: { to: TYPES.float32 } },
      { op: "Slice", inputs: ["size", "at0", "at1"], outputs: ["height"] },
      { op: "Slice", inputs: ["size", "at1", "at2"], outputs: ["width"] },
      ...(["x", "y"] as const).flatMap((axis): Node[] => [
        {
          op: "Slice",
          inputs: ["batched_point_coords", ...(axis === "x" ? ["s0", "e1111"] : ["s0001", "e1112"])],
          outputs: [`${axis}4`],
        },
        { op: "Mul", inputs: [`${axis}4`, "side"], outputs: [`${axis}_wide`] },
        { op: "Div", inputs: [`${axis}_wide`, axis === "x" ? "width" : "height"], outputs: [`p${axis}`] },
      ]),
      ...widened("image_embeddings"),
      ...FOUR,
      { op: "Slice", inputs: ["four", "at1", "at4", "at1"], outputs: ["best"] },
      { op: "Concat", inputs: ["three", "orig_im_size"], outputs: ["out"], attributes: { axis: 0 } },
      { op: "Resize", inputs: ["best", "", "", "out"], outputs: ["sized"], attributes: { mode: "linear" } },
      { op: "Unsqueeze", inputs: ["sized", "at0"], outputs: ["output_masks"] },
      { op: "Slice", inputs: ["quality", "at1", "at4", "at1"], outputs: ["qualities"] },
      { op: "Unsqueeze", inputs: ["qualities", "at0"], outputs: ["iou_predictions"] },
    ],
  };
}
