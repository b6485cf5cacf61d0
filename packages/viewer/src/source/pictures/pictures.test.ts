import { describe, expect, it } from "vitest";
import { createDziSource, parseDzi } from "../dzi/dzi.ts";
import { createIiifSource, parseInfo } from "../iiif/iiif.ts";
import type { DecodeImage } from "./decoder.ts";
import { readPictureHeader, withoutExif } from "./header.ts";

const png = (width: number, height: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2], 24);
  return bytes;
};

/** Says the size that the header says, in one colour. */
const decodeImage: DecodeImage = async (bytes) => {
  const { width, height } = readPictureHeader(bytes)!;
  return { width, height, data: new Uint8Array(width * height * 4).fill(5) };
};

const code = (act: () => unknown): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe("Deep Zoom descriptions", () => {
  const dzi = (attributes: string, size = `<Size Width="100" Height="50"/>`) =>
    `<Image xmlns="http://schemas.microsoft.com/deepzoom/2009" ${attributes}>${size}</Image>`;

  it("are read from both schemas of XML", () => {
    expect(parseDzi(dzi(`TileSize="254" Overlap="1" Format="jpg"`), "http://a.test/b.dzi")).toEqual({
      url: "http://a.test/b.dzi",
      width: 100,
      height: 50,
      tileSize: 254,
      overlap: 1,
      format: "jpg",
    });
  });

  it("are refused where they cannot be meant", () => {
    const url = "http://a.test/b.dzi";
    const bad = [
      dzi(`TileSize="0" Overlap="0" Format="jpg"`),
      dzi(`TileSize="254" Overlap="-1" Format="jpg"`),
      dzi(`TileSize="9999999" Overlap="0" Format="jpg"`),
      dzi(`TileSize="254" Overlap="0" Format="jpg"`, `<Size Width="1e12" Height="50"/>`),
      dzi(`TileSize="254" Overlap="0" Format="jpg"`, ""),
      "<Image",
      `{"Image": 5}`,
      "{",
    ];
    for (const text of bad) expect(code(() => parseDzi(text, url))).toBe("malformed");
    expect(code(() => parseDzi(dzi(`TileSize="254" Overlap="0" Format="../x"`), url))).toBe("unsupported");
  });

  it("tiles lie beside the description; a query goes along", async () => {
    const asked: string[] = [];
    const manifest = parseDzi(dzi(`TileSize="64" Overlap="0" Format="png"`), "http://a.test/x/b.dzi?key=1");
    const source = createDziSource(manifest, {
      decodeImage,
      fetch: async (input) => {
        asked.push(String(input));
        return new Response(png(64, 50));
      },
    });
    await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 1 });
    expect(asked).toEqual(["http://a.test/x/b_files/7/0_0.png?key=1"]);
    expect(source.levels.map(({ width }) => width)).toEqual([100, 50]);
  });
});

describe("IIIF descriptions", () => {
  const info = (more: object) =>
    JSON.stringify({
      "@context": "http://iiif.io/api/image/3/context.json",
      width: 1000,
      height: 700,
      ...more,
    });
  const url = "http://a.test/iiif/b%2Fc/info.json";

  it("without tiles, a server that cuts regions is asked for squares", async () => {
    const manifest = parseInfo(info({ profile: "level2" }), url);
    expect(manifest).toMatchObject({ tileWidth: 512, tileHeight: 512, scales: [1, 2], format: "jpg" });
    const asked: string[] = [];
    const source = createIiifSource(manifest, {
      decodeImage,
      fetch: async (input) => {
        asked.push(String(input));
        // One row less than expected: servers round as they like.
        return new Response(asked.length === 1 ? png(488, 187) : png(500, 350));
      },
    });
    const edge = await source.getTile({ level: 0, x: 1, y: 1, z: 0, t: 0, channel: 0 });
    expect(edge).toMatchObject({ width: 488, height: 188 });
    await source.getTile({ level: 1, x: 0, y: 0, z: 0, t: 0, channel: 0 });
    expect(asked).toEqual([
      "http://a.test/iiif/b%2Fc/512,512,488,188/488,188/0/default.jpg",
      "http://a.test/iiif/b%2Fc/full/500,350/0/default.jpg",
    ]);
  });

  it("are refused where they cannot be meant, or are of another version", () => {
    expect(code(() => parseInfo(info({ width: -1 }), url))).toBe("malformed");
    expect(code(() => parseInfo(info({ tiles: [{ width: 1e9, scaleFactors: [1] }] }), url))).toBe(
      "malformed",
    );
    expect(code(() => parseInfo("[]", url))).toBe("malformed");
    expect(code(() => parseInfo("{", url))).toBe("malformed");
    expect(
      code(() =>
        parseInfo(info({ "@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json" }), url),
      ),
    ).toBe("unsupported");
    expect(code(() => parseInfo(info({ profile: "level0" }), url))).toBe("unsupported");
  });
});

describe("pictures", () => {
  it("say their size before they are decoded", () => {
    expect(readPictureHeader(png(70_000, 80_000))).toEqual({
      mime: "image/png",
      width: 70_000,
      height: 80_000,
      bits: 8,
    });
    expect(readPictureHeader(Uint8Array.from([0xff, 0xd8, 0xff, 0xc0]))).toBeNull();
    expect(readPictureHeader(new Uint8Array(3))).toBeNull();
  });

  it("a JPEG loses its Exif segment and nothing else", () => {
    const start = [0xff, 0xd8];
    const jfif = [0xff, 0xe0, 0, 4, 1, 2];
    const exif = [0xff, 0xe1, 0, 8, 0x45, 0x78, 0x69, 0x66, 0, 0];
    const rest = [0xff, 0xda, 0, 2, 9, 9, 0xff, 0xd9];
    expect([...withoutExif(Uint8Array.from([...start, ...jfif, ...exif, ...rest]))]).toEqual([
      ...start,
      ...jfif,
      ...rest,
    ]);
    expect([...withoutExif(Uint8Array.from([...start, ...rest]))]).toEqual([...start, ...rest]);
  });
});
