import { describe, expect, it } from "vitest";
import { fromDifferences, toDifferences } from "./differences.ts";
import {
  checkEmbedding,
  packEmbedding,
  paddedSize,
  quantise,
  unpackEmbedding,
  windowOf,
} from "./embedding.ts";
import { ModelError } from "./errors.ts";
import { loadManifest } from "./weights.ts";

const manifest = await loadManifest();

function embedding(width: number, height: number) {
  const paddedWidth = paddedSize(width, manifest.encoder);
  const paddedHeight = paddedSize(height, manifest.encoder);
  const part = (p: { channels: number; stride: number }) =>
    Int8Array.from(
      { length: (p.channels * paddedWidth * paddedHeight) / p.stride ** 2 },
      (_, i) => (i * 7) % 255,
    );
  return {
    width,
    height,
    paddedWidth,
    paddedHeight,
    fine: part(manifest.encoder.fine),
    coarse: part(manifest.encoder.coarse),
  };
}

describe("embedding", () => {
  it("rounds halves to even, keeps within -127..127, and takes what is no number for 0", () => {
    const bytes = quantise(Float32Array.of(0.5, 1.5, -0.5, -1.5, 2.4, 500, -500, Number.NaN), 1 / 127 / 1);
    expect([...quantise(Float32Array.of(0.5, 1.5, -0.5, -1.5, 2.4), 1)].map((v) => v + 0)).toEqual([
      0, 1, 0, -1, 1,
    ]);
    expect([...bytes.subarray(5)]).toEqual([127, -127, 0]);
  });

  it("comes back from the wire as it was, but for less than one part in forty of a value", () => {
    const e = embedding(200, 130);
    expect([e.paddedWidth, e.paddedHeight]).toEqual([224, 160]);
    const back = unpackEmbedding(packEmbedding(e, manifest), manifest);
    expect({ ...back, fine: e.fine, coarse: e.coarse }).toEqual(e);
    for (const part of ["fine", "coarse"] as const) {
      expect(back[part].length).toBe(e[part].length);
      // The last of all is -128, which no network says.
      expect(back[part].every((v, i) => Math.abs(v - Math.max(-127, e[part][i]!)) <= 3)).toBe(true);
    }
    // Once and not each time.
    expect(unpackEmbedding(packEmbedding(back, manifest), manifest)).toEqual(back);
  });

  it("travels as differences from what neighbours let expect, whatever the values", () => {
    const width = 7;
    let seed = 1;
    const values = Int8Array.from({ length: width * 9 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 256;
    });
    const [packed, back] = [new Int8Array(values.length), new Int8Array(values.length)];
    toDifferences(values, width, packed);
    fromDifferences(packed, width, back);
    expect(back).toEqual(values);
    // A ramp is expected as it is, but for its first row and column.
    const ramp = Int8Array.from({ length: width * 9 }, (_, i) => (i % width) * 3 - Math.floor(i / width));
    toDifferences(ramp, width, packed);
    expect(packed.filter((d, i) => i > width && i % width > 0 && d !== 0).length).toBe(0);
  });

  it("is 1.84 MB for 1024², as the manifest says", () => {
    const e = embedding(1024, 1024);
    expect(e.fine.length + e.coarse.length).toBe(1835008);
  });

  it("refuses bytes that are something else, cut off, or of other sizes than they say", () => {
    const packed = packEmbedding(embedding(150, 128), manifest);
    const wrong = [
      new Uint8Array(3),
      packed.subarray(0, 500),
      packed.slice().fill(0xff, 4, 12),
      new TextEncoder().encode("<html>not found</html>"),
    ];
    for (const bytes of wrong) expect(() => unpackEmbedding(bytes, manifest)).toThrow(ModelError);
    const e = embedding(128, 128);
    expect(() => checkEmbedding({ ...e, width: Number.NaN }, manifest)).toThrow(ModelError);
    expect(() => checkEmbedding({ ...e, coarse: e.coarse.subarray(1) }, manifest)).toThrow(ModelError);
  });

  it("cuts a window out of every channel", () => {
    const e = embedding(256, 128);
    const { channels, stride } = manifest.encoder.coarse;
    const out = new Float32Array(channels * 8 * 8);
    windowOf(e, "coarse", manifest, { x: 16, y: 8, width: 32, height: 32 }, out, 0);
    const stored = e.coarse[(2 * (128 / stride) + 2 + 3) * (256 / stride) + 4 + 5] as number;
    expect(out[(2 * 8 + 3) * 8 + 5]).toBeCloseTo(stored / 127, 6);
  });
});
