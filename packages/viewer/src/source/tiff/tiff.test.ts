import { deflateSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SourceError } from "../../errors.ts";
import { DATA_AT, grey, type TinyTag, type TinyTiff, tinyFile, tinyTiff } from "../../testing/tiny-tiff.ts";
import type { TileRequest } from "../image-source.ts";
import { readTiffManifest } from "./manifest.ts";
import { createTiffSource } from "./source.ts";

async function open(recipe: TinyTiff) {
  const file = tinyFile(tinyTiff(recipe));
  return createTiffSource(await readTiffManifest(file), {}, file);
}

const FIRST: TileRequest = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };

async function refusal(promise: Promise<unknown>): Promise<SourceError> {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

describe("what a TIFF claims", () => {
  it("is read where it is true", async () => {
    const source = await open({ directories: [grey(20, 10)], data: ramp(200) });
    expect((await source.getTile(FIRST))?.data).toEqual(ramp(200));
  });

  it("a chain of directories that loops is refused", async () => {
    const error = await refusal(
      open({ directories: [grey(4, 4), grey(4, 4)], data: ramp(16), last: "first" }),
    );
    expect(error).toMatchObject({ code: "malformed" });
    expect(error.got).toContain("loops");
  });

  it("a directory beyond the end of the file is refused", async () => {
    const error = await refusal(open({ directories: [grey(4, 4)], data: ramp(16), last: 10_000_000 }));
    expect(error.code).toBe("malformed");
  });

  it("a strip of 10 GB, unpacked, is refused before it is fetched", async () => {
    const tags = grey(100_000, 100_000, [259, [8], 3], [279, [1000]]);
    const error = await refusal(open({ directories: [tags], data: ramp(1000) }));
    expect(error).toMatchObject({ code: "too-large" });
    expect(error.got).toContain("9537 MiB");
  });

  it("tiles without a size, or millions of them, are refused", async () => {
    const tiles = (edge: number): TinyTag[] =>
      grey(4_000_000, 4_000_000, [259, [8], 3], [322, [edge]], [323, [edge]], [324, [8]], [325, [8]]);
    expect((await refusal(open({ directories: [tiles(0)] }))).code).toBe("malformed");
    expect((await refusal(open({ directories: [tiles(16)] }))).code).toBe("too-large");
  });

  it("a large image without a pyramid is refused, with the conversion", async () => {
    const strips = 40_000;
    const offsets = Array.from({ length: strips }, () => DATA_AT);
    const counts = offsets.map(() => 100);
    const tags = grey(40_000, strips, [259, [8], 3], [278, [1]], [273, offsets], [279, counts]);
    const error = await refusal(open({ directories: [tags], data: ramp(100) }));
    expect(error).toMatchObject({ code: "too-large" });
    expect(error.expected).toContain("pyramid");
    expect(error.next).toContain("bioformats2raw");
  });

  it("planes without end in OME-XML are refused", async () => {
    const xml = `<OME><Image><Pixels DimensionOrder="XYZCT" SizeZ="100000" SizeC="1" SizeT="100000"/></Image></OME>`;
    const error = await refusal(open({ directories: [grey(4, 4, [270, xml])], data: ramp(16) }));
    expect(error.code).toBe("too-large");
  });

  it("compressions that are not read are named", async () => {
    for (const [code, name] of [
      [33005, "JPEG 2000"],
      [34887, "LERC"],
      [50001, "WebP"],
      [6, "old-style JPEG"],
    ] as const) {
      const error = await refusal(open({ directories: [grey(4, 4, [259, [code], 3])], data: ramp(16) }));
      expect(error).toMatchObject({ code: "unsupported" });
      expect(error.got).toContain(name);
    }
  });

  it("OME-XML that cannot be read is a warning, not the end", async () => {
    const source = await open({ directories: [grey(4, 4, [270, "<OME><Image></OME>"])], data: ramp(16) });
    expect(source.warnings.join()).toContain("OME-XML cannot be read");
  });

  it("places of zero are empty tiles", async () => {
    const tags = grey(4, 4, [259, [8], 3], [273, [0]], [279, [0]]);
    const source = await open({ directories: [tags] });
    expect(await source.getTile(FIRST)).toBeNull();
  });
});

describe("strips that unpack to more than they should", () => {
  const bomb = new Uint8Array(64 * 2 ** 20);
  const packed = (compression: number, data: Uint8Array): TinyTiff => ({
    directories: [grey(20, 10, [259, [compression], 3], [279, [data.length]])],
    data,
  });

  it("deflate is unpacked as far as the strip goes", async () => {
    const source = await open(packed(8, deflateSync(bomb)));
    expect((await source.getTile(FIRST))?.data).toEqual(new Uint8Array(200));
  });

  it("deflate of the right size, with bytes behind it", async () => {
    const data = Buffer.concat([deflateSync(ramp(200)), Buffer.from([1, 2, 3])]);
    const source = await open(packed(8, data));
    expect((await source.getTile(FIRST))?.data).toEqual(ramp(200));
  });

  it("zstd that declares more is refused", async () => {
    const source = await open(packed(50000, zstdCompressSync(bomb)));
    const error = await refusal(source.getTile(FIRST));
    expect(error.code).toBe("malformed");
    expect(error.got).toMatch(/blocks for more than 200 bytes|declared for 200/);
  });

  it("zstd that declares nothing is counted block by block", async () => {
    // Repeated bytes: 128 KiB from each four bytes.
    const blocks = Array.from({ length: 1000 }, (_, i) => [(i === 999 ? 1 : 0) | 2, 0, 16, 7]).flat();
    const source = await open(packed(50000, Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...blocks])));
    const error = await refusal(source.getTile(FIRST));
    expect(error.got).toContain("zstd blocks for more than 200 bytes");
  });

  it("PackBits and LZW stop at the strip's end", async () => {
    const runs = Uint8Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0x81 : 9));
    const source = await open(packed(32773, runs));
    expect((await source.getTile(FIRST))?.data).toEqual(new Uint8Array(200).fill(9));
  });

  it("too few bytes are said to be too few", async () => {
    const source = await open(packed(8, deflateSync(ramp(150))));
    expect(await refusal(source.getTile(FIRST))).toMatchObject({
      code: "malformed",
      got: "150 bytes instead of 200",
    });
  });

  it("a JPEG larger than its tile is refused before it is decoded", async () => {
    const frame = [0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0];
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0xd9];
    const source = await open(packed(7, Uint8Array.from([0xff, 0xd8, ...frame, ...scan])));
    expect((await refusal(source.getTile(FIRST))).got).toContain("65535 × 65535");
  });
});
