import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { createDecoder, type DecodeRequest, type Runtime } from "./decoder.ts";
import { openEncoder } from "./encoder-node.ts";
import { loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

/** What PyTorch gave for the same inputs (training/parity.py). */
const torch = JSON.parse(await readFile(join(SHIPPED_WEIGHTS, "parity.json"), "utf8")) as {
  width: number;
  height: number;
  step: number;
  fine: number[];
  coarse: number[];
  decoder: { points: number[][]; side: number; previous: boolean; masks: number[]; quality: number[] }[];
};
const every = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % torch.step === 0);
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] as number))), 0);
};

function picture() {
  const { width, height } = torch;
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const near = ((x % 32) - 16) ** 2 + ((y % 32) - 16) ** 2 < 100 + c * 20;
        const v = near ? 230 - ((x + y) % 50) : Math.floor(((x * 3 + y * 2 + c * 40) % 256) / 4);
        data[(c * height + y) * width + x] = v / 255;
      }
  return { channels: 3, width, height, data };
}

function stored(channels: number, side: number, seed: number) {
  const out = new Int8Array(channels * side * side);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        out[(c * side + y) * side + x] =
          ((x * (3 + (c % 5)) + y * (7 + (c % 3)) + c * 29 + seed) % 255) - 127;
  return out;
}

describe("PyTorch, onnxruntime-node and the page's WebAssembly agree", async () => {
  const encoder = await openEncoder();
  const { manifest } = encoder;
  const bytes = await loadWeights(SHIPPED_WEIGHTS, manifest.decoder);
  web.env.wasm.numThreads = 1;
  const native = await createDecoder(node as unknown as Runtime, manifest, bytes, { intraOpNumThreads: 1 });
  const wasm = await createDecoder(web, manifest, bytes, { executionProviders: ["wasm"] });
  const request = ({ side, points, previous }: (typeof torch.decoder)[number]): DecodeRequest => ({
    embedding: {
      width: side,
      height: side,
      paddedWidth: side,
      paddedHeight: side,
      fine: stored(manifest.encoder.fine.channels, side / 2, 11),
      coarse: stored(manifest.encoder.coarse.channels, side / 4, 5),
    },
    window: { x: 0, y: 0, width: side, height: side },
    points: Float32Array.from(points.flat()),
    previous: previous
      ? Float32Array.from(
          { length: side * side },
          (_, i) => (((i % side) * 5 + Math.floor(i / side) * 3) % 17) - 8,
        )
      : null,
  });

  it("on the embedding, to one step of its bytes", async () => {
    const e = await encoder.encode(picture());
    // half a step from rounding, the rest for arithmetic in another order
    expect(furthest(every(e.fine), torch.fine)).toBeLessThan(0.51);
    expect(furthest(every(e.coarse), torch.coarse)).toBeLessThan(0.51);
  });

  it.each(torch.decoder.map((c, i) => [i, c] as const))(
    "on masks and qualities, case %i",
    async (_, expected) => {
      const [a] = await native.decode([request(expected)]);
      const [b] = await wasm.decode([request(expected)]);
      for (const got of [a, b]) {
        expect(furthest(every(got!.logits), expected.masks)).toBeLessThan(2e-3);
        expect(furthest(got!.quality, expected.quality)).toBeLessThan(2e-4);
      }
      expect(furthest(a!.logits, b!.logits)).toBeLessThan(2e-3);
    },
  );

  it("whether windows are decoded one by one or in a batch", async () => {
    const [first, second] = torch.decoder.filter((c) => c.side === 128).map(request) as [
      DecodeRequest,
      DecodeRequest,
    ];
    const batch = await wasm.decode([first, second]);
    for (const [i, r] of [first, second].entries()) {
      // the shorter list of points is filled up with unused ones, which weigh almost nothing
      const [alone] = await wasm.decode([r]);
      expect(furthest(batch[i]!.logits, alone!.logits)).toBeLessThan(0.05);
    }
  });
});
