import Blosc from "numcodecs/blosc";
import { describe, expect, it } from "vitest";
import { loadZstd } from "../zstd.ts";
import { decodeBloscZstd, isBloscZstd } from "./blosc.ts";

/** Bytes that pack, with some that do not. */
function bytesOf(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 3 === 0 ? state >>> 24 : (i / 64) & 255;
  });
}

async function packed(raw: Uint8Array, options: { typesize: number; shuffle: 0 | 1; blocksize?: number }) {
  const codec = Blosc.fromConfig({
    id: "blosc",
    cname: "zstd",
    clevel: 5,
    blocksize: 0,
    ...options,
  } as never);
  const bytes = (await codec.encode(raw)).slice();
  return bytes;
}

describe("blosc chunks packed with zstd", () => {
  it("are what c-blosc makes of them, for any element size, length, and size of blocks", async () => {
    const zstd = await loadZstd();
    let quick = 0;
    for (const typesize of [1, 2, 3, 4, 8, 16, 20])
      for (const shuffle of [0, 1] as const)
        for (const length of [1000, 4099, 65_536, 262_147])
          for (const blocksize of [0, 4096, 10_000]) {
            const raw = bytesOf(length, typesize * 7 + length);
            const bytes = await packed(raw, { typesize, shuffle, blocksize });
            if (!isBloscZstd(bytes)) continue;
            quick++;
            const decoded = decodeBloscZstd(bytes, zstd);
            expect(Buffer.compare(decoded, raw), `${typesize} ${shuffle} ${length} ${blocksize}`).toBe(0);
          }
    expect(quick).toBeGreaterThan(50);
  });

  it("damaged: an error, and no more memory than declared", async () => {
    const zstd = await loadZstd();
    const bytes = await packed(bytesOf(65_536, 3), { typesize: 2, shuffle: 1, blocksize: 8192 });
    expect(isBloscZstd(bytes)).toBe(true);
    let refused = 0;
    for (let seed = 0; seed < 600; seed++) {
      const copy = bytes.slice(0, seed % 5 === 0 ? 16 + seed : undefined);
      const at = 8 + ((seed * 37) % (seed % 2 ? 60 : copy.length - 8));
      copy[at] = (seed * 91) & 255;
      if (!isBloscZstd(copy)) continue;
      try {
        expect(decodeBloscZstd(copy, zstd)).toHaveLength(65_536);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("leaves to numcodecs what it does not read", async () => {
    const raw = bytesOf(5000, 9);
    for (const options of [
      { cname: "lz4", shuffle: 1 },
      { cname: "zstd", shuffle: 2 },
    ]) {
      const codec = Blosc.fromConfig({
        id: "blosc",
        clevel: 5,
        blocksize: 0,
        typesize: 2,
        ...options,
      } as never);
      expect(isBloscZstd((await codec.encode(raw)).slice())).toBe(false);
    }
  });
});
