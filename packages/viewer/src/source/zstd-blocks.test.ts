import { createZstdCompress, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { checkZstdBlocks } from "./zstd-blocks.ts";

/** Frames without a declared size, as streams are written. */
function streamed(pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = createZstdCompress();
    const out: Buffer[] = [];
    stream.on("data", (piece: Buffer) => out.push(piece));
    stream.on("end", () => resolve(new Uint8Array(Buffer.concat(out))));
    stream.on("error", reject);
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}

const noise = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2654435761) >>> 24);

describe("checkZstdBlocks", () => {
  it("lets frames of the expected size pass, declared or streamed, alone or in a row", async () => {
    const whole = zstdCompressSync(noise);
    expect(() => checkZstdBlocks(whole, noise.length)).not.toThrow();
    expect(() => checkZstdBlocks(Buffer.concat([whole, whole]), 2 * noise.length)).not.toThrow();
    const pieces = [noise.subarray(0, 100_000), noise.subarray(100_000)];
    const stream = await streamed(pieces);
    expect(() => checkZstdBlocks(stream, noise.length)).not.toThrow();
  });

  it("refuses a stream that holds far more", async () => {
    const bomb = await streamed([new Uint8Array(256 * 2 ** 20)]);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => checkZstdBlocks(bomb, 2 ** 20)).toThrow("blocks for more than 1048576 bytes");
  });

  it("refuses what is cut short, or no frame", () => {
    expect(() => checkZstdBlocks(zstdCompressSync(noise).subarray(0, 9), 1000)).toThrow("cut short");
    expect(() => checkZstdBlocks(new Uint8Array(20), 1000)).toThrow("no zstd frame");
  });
});
