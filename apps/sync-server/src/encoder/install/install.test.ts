import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseManifest } from "@coscope/models";
import { fakeSam } from "@coscope/models/testing";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
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
async function files(family: "sam" | "sam2") {
  const { encoder, decoder } = fakeSam(family);
  const paths = { encoder: join(dir, "e.onnx"), decoder: join(dir, "d.onnx") };
  await writeFile(paths.encoder, encoder);
  await writeFile(paths.decoder, decoder);
  return paths;
}

test.each(["sam", "sam2"] as const)("files of %s are looked at, described, and ready", async (family) => {
  const folder = await addFiles(dir, await files(family), described(`my-${family}`));
  const manifest = parseManifest(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
  expect(manifest).toMatchObject({ family, license: "Apache-2.0" });
  expect(manifest.sam?.tensors.map(({ input }) => input)).toEqual(
    family === "sam" ? ["image_embeddings"] : ["image_embed", "high_res_feats_0", "high_res_feats_1"],
  );
  const models = createModels(dir, log);
  expect(await models.get(`my-${family}`)).toMatchObject({ why: null, isDefault: false });
  await verifyFolder(folder);
  await writeFile(join(folder, "decoder.onnx"), "changed");
  await expect(verifyFolder(folder)).rejects.toMatchObject({ code: "model-unavailable" });
  expect(await createModels(dir, log).list()).toContainEqual(
    expect.objectContaining({
      id: `my-${family}`,
      manifest: null,
      why: expect.stringMatching(/decoder\.onnx/),
    }),
  );
});

test("what is no graph, the wrong graph or too large is refused, and nothing of it stays", async () => {
  const good = await files("sam");
  const bad = join(dir, "bad.onnx");
  await writeFile(bad, "no graph");
  await expect(addFiles(dir, { ...good, encoder: bad }, described("a"))).rejects.toMatchObject({
    code: "model-unavailable",
  });
  const swapped = { encoder: good.decoder, decoder: good.encoder };
  await expect(addFiles(dir, swapped, described("a"))).rejects.toMatchObject({ code: "bad-argument" });
  await truncate(bad, 2 ** 30);
  await expect(addFiles(dir, { ...good, encoder: bad }, described("a"))).rejects.toMatchObject({
    code: "too-large",
  });
  await expect(addFiles(dir, good, described("../a"))).rejects.toMatchObject({ code: "bad-argument" });
  await expect(addFiles(dir, good, described("coscope-nucleus-3"))).rejects.toMatchObject({
    code: "bad-argument",
  });
  expect(await readdir(join(dir, "models")).catch(() => [])).toEqual([]);
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
