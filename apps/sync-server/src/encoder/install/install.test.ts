import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseManifest } from "@coscope/models";
import {
  decoderGraph,
  encoderGraph,
  fakeSam,
  floats,
  type Graph,
  onnxModel,
  type Shape,
  SIGNATURES,
  type Signature,
  TYPES,
  tensorsOf,
} from "@coscope/models/testing";
import { pino } from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import { createModels } from "../models.ts";
import { describeSam } from "./describe-graphs.ts";
import { addFiles, addFolder, verifyFolder } from "./install.ts";

const log = pino({ level: "silent" });
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-models-"));
  return () => rm(dir, { recursive: true });
});
const described = (id: string) => ({ id, title: id, licence: "Apache-2.0", source: "a test", raw: false });
async function write(encoder: Uint8Array, decoder: Uint8Array) {
  const paths = { encoder: join(dir, "e.onnx"), decoder: join(dir, "d.onnx") };
  await writeFile(paths.encoder, encoder);
  await writeFile(paths.decoder, decoder);
  return paths;
}
const files = (signature: Signature) => write(fakeSam(signature).encoder, fakeSam(signature).decoder);

test.each(SIGNATURES)("files of %s are looked at, described, tried, and ready", async (signature) => {
  const folder = await addFiles(dir, await files(signature), described(`my-${signature}`));
  const manifest = parseManifest(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
  expect(manifest).toMatchObject({ family: signature === "sam2" ? "sam2" : "sam", license: "Apache-2.0" });
  expect(manifest.sam?.tensors.map(({ input }) => input)).toEqual(Object.keys(tensorsOf(signature)));
  const given = parseManifest(fakeSam(signature).manifest).sam!.input;
  const { name, layout, range, size, resize, padded } = given;
  expect(manifest.sam?.input).toMatchObject({ name, layout, range, size, resize, padded });
  const models = createModels(dir, log);
  expect(await models.get(`my-${signature}`)).toMatchObject({ why: null, isDefault: false });
  await verifyFolder(folder);
  await writeFile(join(folder, "decoder.onnx"), "changed");
  await expect(verifyFolder(folder)).rejects.toMatchObject({ code: "model-unavailable" });
  expect(await createModels(dir, log).list()).toContainEqual(
    expect.objectContaining({
      id: `my-${signature}`,
      manifest: null,
      why: expect.stringMatching(/decoder\.onnx/),
    }),
  );
});

test("what is no graph, the wrong graph or too large is refused, and nothing of it stays", async () => {
  const good = await files("sam");
  const bad = join(dir, "bad.onnx");
  await writeFile(bad, "no graph");
  for (const which of ["encoder", "decoder"])
    await expect(addFiles(dir, { ...good, [which]: bad }, described("a"))).rejects.toMatchObject({
      code: "model-unavailable",
      message: expect.stringMatching(/expected an ONNX graph in .*bad\.onnx/),
    });
  const swapped = { encoder: good.decoder, decoder: good.encoder };
  await expect(addFiles(dir, swapped, described("a"))).rejects.toMatchObject({ code: "bad-argument" });
  await truncate(bad, 2 ** 30);
  for (const which of ["encoder", "decoder"])
    await expect(addFiles(dir, { ...good, [which]: bad }, described("a"))).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringMatching(/1024 MiB/),
    });
  await expect(addFiles(dir, good, described("../a"))).rejects.toMatchObject({ code: "bad-argument" });
  await expect(addFiles(dir, good, described("coscope-nucleus-3"))).rejects.toMatchObject({
    code: "bad-argument",
  });
  expect(await readdir(join(dir, "models")).catch(() => [])).toEqual([]);
});

const renamed = (graph: Graph, names: Readonly<Record<string, string>>): Graph => {
  const name = (one: string) => names[one] ?? one;
  const ports = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).map(([one, port]) => [name(one), port]));
  return {
    inputs: ports(graph.inputs),
    outputs: ports(graph.outputs),
    initializers: graph.initializers ?? {},
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(name),
      outputs: node.outputs.map(name),
    })),
  };
};
const turned = <T>(all: Readonly<Record<string, T>>) => Object.fromEntries(Object.entries(all).reverse());
/** Another type at one input or output, with a Cast inside. */
function cast(graph: Graph, at: "inputs" | "outputs", port: string, type: keyof typeof TYPES): Graph {
  const inner = renamed(graph, { [port]: `${port}_inner` });
  const { [`${port}_inner`]: shape, ...others } = inner[at];
  const isInput = at === "inputs";
  const node = {
    op: "Cast",
    inputs: [isInput ? port : `${port}_inner`],
    outputs: [isInput ? `${port}_inner` : port],
    attributes: { to: TYPES[isInput ? "float32" : type] },
  };
  return {
    ...inner,
    [at]: { ...others, [port]: { type, shape: shape as Shape } },
    nodes: isInput ? [node, ...inner.nodes] : [...inner.nodes, node],
  };
}
/** Weights as halves, brought to float32 where they are used. */
function halved(graph: Graph): Graph {
  const w = graph.initializers!["w256"]!;
  const bits = new Uint16Array(Float16Array.from(w.data as Float32Array).buffer);
  return {
    ...graph,
    initializers: { w16: { dims: w.dims, data: bits } },
    nodes: [
      { op: "Cast", inputs: ["w16"], outputs: ["w256"], attributes: { to: TYPES.float32 } },
      ...graph.nodes,
    ],
  };
}
const without = <T>(all: Readonly<Record<string, T>>, name: string) =>
  Object.fromEntries(Object.entries(all).filter(([one]) => one !== name));

describe("exports that differ and are sound", () => {
  const [encoder, decoder] = [encoderGraph("sam"), decoderGraph("sam")];
  const [encoder2, decoder2] = [encoderGraph("sam2"), decoderGraph("sam2")];
  const pairs: Record<string, () => [Uint8Array, Uint8Array]> = {
    "opset 11": () => [onnxModel(encoder, 11), onnxModel(decoder, 11)],
    "opset 21, weights of float16": () => [onnxModel(halved(encoder), 21), onnxModel(decoder, 21)],
    "labels as int32, sizes as int64": () => [
      onnxModel(encoder),
      onnxModel(cast(cast(decoder, "inputs", "point_labels", "int32"), "inputs", "orig_im_size", "int64")),
    ],
    "sizes that are only known when it runs": () => [
      onnxModel({
        ...encoder,
        inputs: { images: ["batch", 3, "height", "width"] },
        outputs: { image_embeddings: ["batch", 256, "h", "w"] },
      }),
      onnxModel({ ...decoder, inputs: { ...decoder.inputs, image_embeddings: ["batch", 256, 64, 64] } }),
    ],
    "tensors in another order, of other names, and a score more": () => [
      onnxModel(
        renamed(
          { ...encoder2, outputs: turned(encoder2.outputs) },
          { image_embed: "e0", high_res_feats_0: "e2", high_res_feats_1: "e1", image: "pixels" },
        ),
      ),
      onnxModel({
        ...decoder2,
        outputs: { object_score_logits: [1], ...turned(decoder2.outputs) },
        nodes: [{ op: "Neg", inputs: ["half"], outputs: ["object_score_logits"] }, ...decoder2.nodes],
      }),
    ],
    "a fixed number of points": () => [
      onnxModel(encoder),
      onnxModel({ ...decoder, inputs: { ...decoder.inputs, point_coords: [1, 5, 2], point_labels: [1, 5] } }),
    ],
    "an interleaved picture of fixed size": () => [
      onnxModel({ ...encoderGraph("mobile-sam"), inputs: { input_image: [1024, 1024, 3] } }),
      onnxModel(decoder),
    ],
    "no mask that is corrected": () => [
      onnxModel(encoder),
      onnxModel({
        ...decoder,
        inputs: without(without(decoder.inputs, "mask_input"), "has_mask_input"),
        nodes: decoder.nodes.flatMap((node) =>
          node.outputs[0] === "given"
            ? []
            : node.inputs[1] === "given"
              ? [{ op: "Identity", inputs: ["four"], outputs: node.outputs }]
              : [node],
        ),
      }),
    ],
  };
  test.each(Object.keys(pairs))("%s", async (what) => {
    await addFiles(dir, await write(...pairs[what]!()), described("variant"));
    expect(await createModels(dir, log).get("variant")).toMatchObject({ why: null });
  });
});

describe("exports that cannot be used are refused with what is wrong", () => {
  const [encoder, decoder] = [encoderGraph("sam"), decoderGraph("sam")];
  const w256 = encoder.initializers!["w256"]!;
  const pairs: Record<string, [() => [Uint8Array, Uint8Array], RegExp]> = {
    "weights in another file": [
      () => [
        onnxModel({ ...encoder, initializers: { w256: { ...w256, external: "e.onnx.data" } } }),
        onnxModel(decoder),
      ],
      /weights in the same file.*onnx\.save/s,
    ],
    "a picture of float16": [
      () => [onnxModel(cast(encoder, "inputs", "images", "float16")), onnxModel(decoder)],
      /float32.*images \(float16\)/,
    ],
    "an embedding of float16": [
      () => [onnxModel(cast(encoder, "outputs", "image_embeddings", "float16")), onnxModel(decoder)],
      /image_embeddings.*float32.*float16/,
    ],
    "masks of float16": [
      () => [onnxModel(encoder), onnxModel(cast(decoder, "outputs", "masks", "float16"))],
      /"masks" is float16/,
    ],
    "an opset of the future": [() => [onnxModel(encoder, 99), onnxModel(decoder)], /opset/],
    "pictures that are no square": [
      () => [
        onnxModel({ ...encoderGraph("mobile-sam"), inputs: { input_image: [684, 1024, 3] } }),
        onnxModel(decoder),
      ],
      /684 × 1024/,
    ],
    "one point at a time": [
      () => [
        onnxModel(encoder),
        onnxModel({
          ...decoder,
          inputs: { ...decoder.inputs, point_coords: [1, 1, 2], point_labels: [1, 1] },
        }),
      ],
      /any number of points/,
    ],
    "no masks": [
      () => [onnxModel(encoder), onnxModel(renamed(decoder, { masks: "a", low_res_masks: "b" }))],
      /one of low_res_masks, masks/,
    ],
    "an encoder and a decoder that do not belong together": [
      () => [
        onnxModel(encoder),
        onnxModel({ ...decoder, inputs: { ...decoder.inputs, image_embeddings: [1, 128, 64, 64] } }),
      ],
      /image_embeddings/,
    ],
    "no numbers as masks": [
      () => [
        onnxModel(encoder),
        onnxModel({ ...decoder, initializers: { ...decoder.initializers, ten: floats([1], [Number.NaN]) } }),
      ],
      /numbers as masks/,
    ],
  };
  test.each(Object.keys(pairs))("%s", async (what) => {
    const [make, message] = pairs[what]!;
    const error = await addFiles(dir, await write(...make()), described("variant")).catch((e) => e);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(bad-argument|model-unavailable)$/) });
    expect(`${error.message} ${error.next}`).toMatch(message);
    expect(await readdir(join(dir, "models")).catch(() => [])).toEqual([]);
  });
});

test("a folder that was made elsewhere is taken as it is, when its hashes are right", async () => {
  const folder = await addFiles(dir, await files("sam"), described("portable"));
  const other = await mkdtemp(join(tmpdir(), "coscope-models-"));
  try {
    await addFolder(other, folder);
    expect((await createModels(other, log).get("portable")).manifest.family).toBe("sam");
  } finally {
    await rm(other, { recursive: true });
  }
});

test("exports of the known kinds are told apart by what they take", () => {
  const port = (name: string, shape: (number | string)[], type = "float32") => ({ name, shape, type });
  const decoder = {
    inputs: [
      port("image_embeddings", [1, 256, 64, 64]),
      port("point_coords", [1, "n", 2]),
      port("point_labels", [1, "n"]),
      port("mask_input", [1, 1, 256, 256]),
      port("has_mask_input", [1]),
      port("orig_im_size", [2]),
    ],
    outputs: [port("masks", []), port("iou_predictions", ["a", 4]), port("low_res_masks", [])],
  };
  // MobileSAM as it is pulled: interleaved, 0..255, the rest within.
  const mobile = {
    inputs: [port("input_image", ["h", "w", 3])],
    outputs: [port("image_embeddings", [1, 256, 64, 64])],
  };
  expect(describeSam(mobile, decoder, false)).toMatchObject({
    family: "sam",
    input: { layout: "HWC", range: 255, mean: [0, 0, 0], padded: false },
  });
  // An output of another name, where there is only one.
  const named = { inputs: [port("x", [1, 3, 1024, 1024])], outputs: [port("out", [1, 256, 64, 64])] };
  expect(describeSam(named, decoder, false)).toMatchObject({
    input: { layout: "NCHW", range: 1, mean: [0.485, 0.456, 0.406], padded: true, size: 1024 },
    outputs: [{ output: "out", input: "image_embeddings" }],
  });
  expect(describeSam(named, decoder, true).input).toMatchObject({ mean: [0, 0, 0] });
});
