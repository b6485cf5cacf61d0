import type { Port } from "@coscope/models/encoder";
import { ServerError } from "../../errors.ts";

export interface Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export interface SamDescription {
  readonly family: "sam" | "sam2";
  readonly input: Record<string, unknown>;
  readonly outputs: readonly { readonly output: string; readonly input: string }[];
  readonly candidates: readonly string[];
}

/** What of a decoder's inputs comes from prompts; the rest is the embedding. */
const PROMPTS = new Set([
  "point_coords",
  "point_labels",
  "batched_point_coords",
  "batched_point_labels",
  "mask_input",
  "has_mask_input",
  "orig_im_size",
]);
/** ImageNet's, which SAM and SAM 2 were trained with. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/**
 * How a pair of SAM's graphs is fed, by what it takes and gives. `raw`: the encoder normalises by itself.
 * Throws "bad-argument" for other graphs, saying what is missing.
 */
export function describeSam(encoder: Graph, decoder: Graph, raw: boolean): SamDescription {
  const ports = (all: readonly Port[]) => all.map(({ name, type }) => `${name} (${type})`).join(", ");
  const [image] = encoder.inputs;
  if (encoder.inputs.length !== 1 || !image || image.type !== "float32")
    throw bad(
      `The encoder should take one picture of float32, it takes ${ports(encoder.inputs) || "nothing"}.`,
    );
  checkDecoder(decoder);
  const wanted = decoder.inputs.filter(({ name }) => !PROMPTS.has(name));
  const outputs = wanted.map((port) => ({
    output: counterpart(port, encoder.outputs, wanted.length),
    input: port.name,
  }));
  const interleaved = image.shape.length === 3 && image.shape[2] === 3;
  if (!interleaved && !(image.shape.length === 4 && image.shape[1] === 3))
    throw bad(
      `The encoder should take [1, 3, height, width] or [height, width, 3], it takes [${image.shape}].`,
    );
  const sides = interleaved ? image.shape.slice(0, 2) : image.shape.slice(2);
  const [side] = sides.filter((one) => typeof one === "number" && one > 0) as number[];
  if (
    sides.some((one) => typeof one === "number" && one > 0 && one !== side) ||
    (side && (side < 256 || side > 2048))
  )
    throw bad(
      `The encoder should take pictures of 256² to 2048², or of any size; it takes ${sides.join(" × ")}.`,
    );
  const stretches = image.name === "batched_images";
  const own = raw || interleaved || stretches;
  const family = wanted.length > 1 ? "sam2" : "sam";
  const quality = qualityOf(decoder.outputs)?.shape.at(-1);
  return {
    family,
    input: {
      name: image.name,
      layout: interleaved ? "HWC" : "NCHW",
      range: interleaved ? 255 : 1,
      mean: own ? [0, 0, 0] : MEAN,
      std: own ? [1, 1, 1] : STD,
      size: side ?? 1024,
      resize: family === "sam2" ? "stretch" : "longest",
      // A whole frame is what all take that do not say otherwise: those of no fixed size may still count on it.
      padded: interleaved ? side !== undefined : !stretches,
    },
    outputs,
    candidates: quality === 1 ? ["object"] : ["object", "alternative", "another"],
  };
}

const MASKS = ["low_res_masks", "masks", "output_masks"];
/** SAM 2 also scores whether there is an object at all. */
const qualityOf = (outputs: readonly Port[]) =>
  outputs.find(({ name }) => /iou/i.test(name)) ?? outputs.find(({ name }) => /score/i.test(name));
/** For a box and a click. */
const FEWEST_POINTS = 3;

function checkDecoder({ inputs, outputs }: Graph): void {
  const points = inputs.find(({ name }) => /^(batched_)?point_coords$/.test(name));
  const masks = outputs.filter(({ name }) => MASKS.includes(name));
  const quality = qualityOf(outputs);
  const names = (ports: readonly Port[]) => ports.map(({ name }) => name).join(", ");
  if (!points || !quality || masks.length === 0)
    throw bad(
      `The decoder should take point_coords, and give iou_predictions and one of ${MASKS.join(", ")}; it takes ${names(inputs)} and gives ${names(outputs)}.`,
    );
  const count = points.shape.at(-2);
  if (typeof count === "number" && count > 0 && count < FEWEST_POINTS)
    throw bad(
      `The decoder should take any number of points at a time, it takes ${count}: [${points.shape}].`,
    );
  const odd = [
    ...inputs.filter(({ type }) => !["float32", "int32", "int64"].includes(type)),
    ...[quality, ...masks].filter(({ type }) => type !== "float32"),
  ];
  if (odd.length > 0)
    throw bad(
      `The decoder should take and give float32; "${odd[0]?.name}" is ${odd[0]?.type}. (Its weights may be float16.)`,
    );
}

/** The encoder's output for an input of the decoder: of the same name, else the only one of its size. */
function counterpart(port: Port, outputs: readonly Port[], wanted: number): string {
  const same = outputs.find(({ name }) => name === port.name);
  if (same?.type === "float32") return same.name;
  const fit = outputs.filter(
    ({ shape }) =>
      shape.length === 4 &&
      shape.every(
        (dim, i) => dim === port.shape[i] || typeof dim === "string" || typeof port.shape[i] === "string",
      ),
  );
  const [only] = outputs.length === 1 && wanted === 1 ? outputs : fit;
  if (only && (fit.length === 1 || outputs.length === 1) && only.type === "float32") return only.name;
  throw bad(
    `The decoder wants "${port.name}" [${port.shape}] of float32, and the encoder gives ${outputs.map((o) => `${o.name} [${o.shape}] ${o.type}`).join(", ")}.`,
  );
}

const bad = (message: string) =>
  new ServerError("bad-argument", message, {
    next: "Use an encoder and a decoder of one export of SAM, MobileSAM, EfficientSAM or SAM 2: see packages/models/README.md.",
  });
