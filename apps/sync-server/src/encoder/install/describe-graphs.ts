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
  const names = (ports: readonly Port[]) => ports.map(({ name }) => name).join(", ");
  const [image] = encoder.inputs;
  if (encoder.inputs.length !== 1 || !image || image.type !== "float32")
    throw bad(
      `The encoder should take one picture of float32, it takes ${names(encoder.inputs) || "nothing"}.`,
    );
  const points = decoder.inputs.some(({ name }) => /^(batched_)?point_coords$/.test(name));
  if (!points || !decoder.outputs.some(({ name }) => /iou|score/i.test(name)))
    throw bad(
      `The decoder should take point_coords and give iou_predictions; it takes ${names(decoder.inputs)} and gives ${names(decoder.outputs)}.`,
    );
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
  const side = image.shape[interleaved ? 0 : 2];
  const own = raw || interleaved || image.name === "batched_images";
  const family = wanted.length > 1 ? "sam2" : "sam";
  const quality = decoder.outputs.find(({ name }) => /iou|score/i.test(name))?.shape.at(-1);
  return {
    family,
    input: {
      name: image.name,
      layout: interleaved ? "HWC" : "NCHW",
      range: interleaved ? 255 : 1,
      mean: own ? [0, 0, 0] : MEAN,
      std: own ? [1, 1, 1] : STD,
      size: typeof side === "number" && side >= 256 ? side : 1024,
      resize: family === "sam2" ? "stretch" : "longest",
      padded: !interleaved && typeof side === "number",
    },
    outputs,
    candidates: quality === 1 ? ["object"] : ["object", "alternative", "another"],
  };
}

/** The encoder's output for an input of the decoder: of the same name, else the only one of its size. */
function counterpart(port: Port, outputs: readonly Port[], wanted: number): string {
  const same = outputs.find(({ name }) => name === port.name);
  if (same) return same.name;
  const fit = outputs.filter(
    ({ shape }) =>
      shape.length === 4 && shape.every((dim, i) => dim === port.shape[i] || typeof dim === "string"),
  );
  const [only] = outputs.length === 1 && wanted === 1 ? outputs : fit;
  if (only && (fit.length === 1 || outputs.length === 1)) return only.name;
  throw bad(
    `The decoder wants "${port.name}" [${port.shape}], and the encoder gives ${outputs.map((o) => `${o.name} [${o.shape}]`).join(", ")}.`,
  );
}

const bad = (message: string) =>
  new ServerError("bad-argument", message, {
    next: "Use an encoder and a decoder of one export of SAM, MobileSAM, EfficientSAM or SAM 2: see packages/models/README.md.",
  });
