import { existsSync } from "node:fs";
import { join } from "node:path";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { createDecoder, type Decoder, PointLabel } from "../decoder.ts";
import { type Embedding, packEmbedding, unpackEmbedding } from "../embedding.ts";
import { createEncoder } from "../encoder.ts";
import { openEncoder } from "../encoder-node.ts";
import { ModelError } from "../errors.ts";
import { type Manifest, parseManifest } from "../manifest.ts";
import { area, iou, type Mask } from "../mask.ts";
import type { Planes } from "../planes.ts";
import { proposedMask } from "../proposal.ts";
import type { Runtime } from "../runtime.ts";
import { Segmenter } from "../segmenter.ts";
import { dequantise } from "../tensors.ts";
import { decoderGraph, fakeSam, onnxModel, RADII, SIGNATURES } from "../testing/sam.ts";
import { loadWeights } from "../weights.ts";
import { inputOf } from "./frame.ts";

const runtime = node as unknown as Runtime;
web.env.wasm.numThreads = 1;

/** A bright square on black. */
function picture(width: number, height: number, x0: number, y0: number, side: number): Planes {
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++)
    for (let y = y0; y < y0 + side; y++)
      data.fill(1, (c * height + y) * width + x0, (c * height + y) * width + x0 + side);
  return { channels: 3, width, height, data };
}

function ellipse(
  x: number,
  y: number,
  rx: number,
  ry: number,
  image: { width: number; height: number },
): Mask {
  const data = Uint8Array.from({ length: image.width * image.height }, (_, i) =>
    Math.hypot(((i % image.width) + 0.5 - x) / rx, (Math.floor(i / image.width) + 0.5 - y) / ry) < 1 ? 1 : 0,
  );
  return { x: 0, y: 0, ...image, data };
}
const click = (x: number, y: number, inside = true) => ({ kind: "point", x, y, inside }) as const;

describe.each(SIGNATURES)("a pair of graphs as %s has them", (signature) => {
  const fake = fakeSam(signature);
  let manifest: Manifest;
  let decoder: Decoder;
  let encode: (region: Planes) => Promise<Embedding>;
  beforeAll(async () => {
    manifest = parseManifest(fake.manifest);
    decoder = await createDecoder(runtime, manifest, fake.decoder, { intraOpNumThreads: 1 });
    const encoder = await createEncoder(runtime, manifest, fake.encoder, { intraOpNumThreads: 1 });
    encode = (region) => encoder.encode(region);
  });

  it("embeds a region, and its tensors come back from the wire as they were, for a fourth of the bytes", async () => {
    const e = await encode(picture(1024, 1024, 256, 512, 128));
    const packed = packEmbedding(e, manifest);
    const back = unpackEmbedding(packed, manifest);
    expect({ ...back, tensors: back.tensors!.length }).toEqual({ ...e, tensors: e.tensors!.length });
    for (const [i, { name, scales, data }] of e.tensors!.entries()) {
      expect(back.tensors![i]).toMatchObject({ name, scales });
      // Not by `toEqual`, which takes its time over millions of values.
      expect(Buffer.compare(Buffer.from(data), Buffer.from(back.tensors![i]!.data))).toBe(0);
    }
    expect(e.tensors?.map(({ dims }) => dims)).toEqual(
      signature === "sam2"
        ? [
            [1, 256, 64, 64],
            [1, 32, 256, 256],
            [1, 64, 128, 128],
          ]
        : [[1, 256, 64, 64]],
    );
    const values = e.tensors!.reduce((n, { data }) => n + data.length, 0);
    expect(packed.length).toBeLessThan(values * 1.01);
    const first = dequantise(e.tensors![0]!);
    expect(first[32 * 64 + 16]).toBeCloseTo(1, 1);
    expect(first[31 * 64 + 16]).toBeCloseTo(0, 1);
    for (const bytes of [packed.subarray(0, 300), packed.slice().fill(0xff, 12, 40), packed.subarray(0, 12)])
      expect(() => unpackEmbedding(bytes, manifest)).toThrow(ModelError);
  });

  it.each([
    [1024, 1024],
    [400, 300],
    [200, 700],
  ])("answers a click where it is, on a region of %i × %i", async (width, height) => {
    const image = { width, height };
    const embedding = await encode(picture(width, height, 8, 8, 100));
    const segmenter = new Segmenter({ decoder, image, embed: async () => embedding });
    const [x, y] = [width * 0.6, height * 0.55];
    const proposal = await segmenter.propose([click(x, y)]);
    // Of the masks for one click the one of the highest quality comes first: a disc of the second radius.
    expect(proposal.quality.map((q) => Number(q.toFixed(3)))).toEqual([0.9, 0.7, 0.6]);
    // EfficientSAM stretches by itself.
    const stretched = signature === "sam2" || signature === "efficient-sam";
    const scaleX = 1024 / (stretched ? width : Math.max(width, height));
    const scaleY = 1024 / (stretched ? height : Math.max(width, height));
    const mask = proposedMask(proposal);
    const expected = Math.PI * (RADII[1] / scaleX) * (RADII[1] / scaleY);
    expect(Math.abs(area(mask) - expected)).toBeLessThan(expected * 0.05);
    expect(iou(mask, ellipse(x, y, RADII[1] / scaleX, RADII[1] / scaleY, image))).toBeGreaterThan(0.95);
    // The third, which is the embedding itself, lies on the square.
    const square = proposedMask(proposal, 1);
    const inside = (px: number, py: number) =>
      square.data[(py - square.y) * square.width + px - square.x] ?? 0;
    if (width === 1024) expect([inside(50, 50), inside(300, 300)]).toEqual([0, 0]);
  });

  // EfficientSAM's decoder takes no mask of before.
  if (signature !== "efficient-sam")
    it("takes the mask for several prompts, with the one before, which is given back where it lay", async () => {
      const image = { width: 1024, height: 1024 };
      const embedding = await encode(picture(1024, 1024, 0, 0, 8));
      const segmenter = new Segmenter({ decoder, image, embed: async () => embedding });
      const first = await segmenter.propose([click(500, 500)]);
      const second = await segmenter.propose([click(500, 500), click(600, 600, false)], first);
      expect(second.quality[0]).toBeCloseTo(0.2, 3);
      // Disc of the first radius plus what was there: -6 outside of the first mask's window, its logits inside.
      const sum = second.views[0]!.decoded;
      const at = (px: number, py: number) =>
        sum.logits[(py - sum.window.y) * sum.window.width + px - sum.window.x] as number;
      expect(at(500, 500)).toBeGreaterThan(RADII[0] + 15);
      expect(at(500, 555)).toBeLessThan(RADII[0] - 54 + 1);
    });

  it("answers alike in the page's WebAssembly", async () => {
    const wasm = await createDecoder(web, manifest, fake.decoder, { executionProviders: ["wasm"] });
    const embedding = await encode(picture(512, 512, 128, 128, 128));
    const request = {
      embedding,
      window: { x: 64, y: 64, width: 256, height: 256 },
      points: Float32Array.of(100, 90, PointLabel.inside),
      previous: null,
    };
    const [a] = await decoder.decode([request]);
    const [b] = await wasm.decode([request]);
    expect(a!.logits.every((v, i) => Math.abs(v - b!.logits[i]!) < 1e-3)).toBe(true);
  });

  it("refuses graphs with other inputs, and prompts that are no numbers", async () => {
    const other = await createDecoder(runtime, manifest, fake.encoder);
    const embedding = await encode(picture(256, 256, 10, 10, 50));
    const window = { x: 0, y: 0, width: 256, height: 256 };
    const request = { embedding, window, points: Float32Array.of(1, 1, 1), previous: null };
    await expect(other.decode([request])).rejects.toMatchObject({ code: "weights-refused" });
    await expect(
      decoder.decode([{ ...request, points: Float32Array.of(Number.NaN, 1, 1) }]),
    ).rejects.toMatchObject({ code: "bad-prompt" });
  });
});

it.each([
  ["no graph", new TextEncoder().encode("\b\x08:\x03this is no graph")],
  ["a gigabyte promised, and not there", Uint8Array.of(0x08, 8, 0x3a, 0x80, 0x80, 0x80, 0x80, 0x04, 1, 2, 3)],
  [
    "a layer that no runtime knows",
    onnxModel({
      ...decoderGraph("sam"),
      nodes: [
        { op: "NoSuchLayer", inputs: ["image_embeddings"], outputs: ["masks"] },
        { op: "Identity", inputs: ["masks"], outputs: ["low_res_masks"] },
        { op: "Identity", inputs: ["masks"], outputs: ["iou_predictions"] },
      ],
    }),
  ],
])("a decoder that is %s is refused in the page's runtime as in Node, and both go on", async (_, bytes) => {
  const { manifest, decoder } = fakeSam("sam");
  for (const one of [runtime, web]) {
    await expect(createDecoder(one, parseManifest(manifest), bytes)).rejects.toMatchObject({
      code: "weights-refused",
    });
    await (await createDecoder(one, parseManifest(manifest), decoder)).release();
  }
});

describe("manifests of these families", () => {
  it("are checked", () => {
    const { manifest } = fakeSam("sam");
    expect(parseManifest(manifest)).toMatchObject({ family: "sam", encoder: { region: 1024 } });
    const input = (manifest["encoder"] as { input: object }).input;
    for (const [wrong, what] of [
      [{ layout: "CHW" }, /layout/],
      [{ std: [1, 0, 1] }, /std/],
      [{ size: 1e6 }, /size/],
    ] as const)
      expect(() =>
        parseManifest({
          ...manifest,
          encoder: { ...(manifest["encoder"] as object), input: { ...input, ...wrong } },
        }),
      ).toThrow(what);
  });
});

describe("SAM's own way to its frame", () => {
  it("scales, normalises, then pads; interleaved and unpadded where an export wants that", () => {
    const region = picture(512, 256, 0, 0, 256);
    const spec = parseManifest(fakeSam("sam").manifest).sam!;
    const input = { ...spec.input, range: 255, mean: [100, 100, 100], std: [50, 50, 50] } as const;
    const { data, dims } = inputOf(region, { ...spec, input });
    expect(dims).toEqual([1, 3, 1024, 1024]);
    expect([data[0], data[600], data[600 * 1024]]).toEqual([3.1, -2, 0].map(Math.fround));
    const hwc = inputOf(region, { ...spec, input: { ...input, layout: "HWC", padded: false } });
    expect(hwc.dims).toEqual([512, 1024, 3]);
    expect(hwc.data[3 * 600]).toBe(-2);
    const whole = inputOf(region, { ...spec, input: { ...input, layout: "HWC" } });
    expect([whole.dims, whole.data[3 * 600], whole.data[3 * 600 * 1024]]).toEqual([[1024, 1024, 3], -2, 0]);
  });
});

/** A folder that `coscope models add` or `pull` made of the real thing. */
const real = process.env["COSCOPE_SAM_DIR"];
it.skipIf(!real || !existsSync(join(real, "manifest.json")))(
  "real weights outline a bright square that is clicked, from COSCOPE_SAM_DIR (full)",
  async () => {
    const encoder = await openEncoder({ folder: real! });
    const bytes = await loadWeights(real!, encoder.manifest.decoder);
    const decoder = await createDecoder(runtime, encoder.manifest, bytes);
    const embedding = await encoder.encode(picture(1024, 1024, 300, 300, 300));
    const image = { width: 1024, height: 1024 };
    const segmenter = new Segmenter({ decoder, image, embed: async () => embedding });
    const mask = proposedMask(await segmenter.propose([click(450, 450)]));
    const square: Mask = { x: 300, y: 300, width: 300, height: 300, data: new Uint8Array(90_000).fill(1) };
    expect(iou(mask, square)).toBeGreaterThan(0.9);
  },
  300_000,
);
