import { SourceError } from "../../errors.ts";
import type { ImageLevel, ImageSource } from "../image-source.ts";
import { nameOfUrl } from "../names.ts";
import { MAX_EDGE, MAX_TILE_EDGE } from "../pictures/limits.ts";
import { createTiledSource, type PictureOptions } from "../pictures/tiled.ts";
import { childrenOf, numberAt, parseXml, XmlError } from "../xml.ts";

/** A Deep Zoom image as described by its .dzi file. Plain data. */
export interface DziManifest {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  /** Pixels along a tile's edge, overlap not counted. */
  readonly tileSize: number;
  /** Pixels that a tile shares with each neighbour. */
  readonly overlap: number;
  /** File name extension of the tiles. */
  readonly format: string;
}

function malformed(url: string, got: string): SourceError {
  return new SourceError("malformed", {
    url,
    expected: "a Deep Zoom description: size, tile size, overlap and format",
    got,
    next: "The .dzi file is damaged or of another kind: make it again.",
  });
}

type Fields = Readonly<Record<"width" | "height" | "tileSize" | "overlap", number | undefined>> & {
  readonly format: string | undefined;
};

/** @throws SourceError "malformed" | "unsupported" */
export function parseDzi(text: string, url: string): DziManifest {
  const fields = text.trimStart().startsWith("{") ? fromJson(text, url) : fromXml(text, url);
  const { width = 0, height = 0, tileSize = 0, overlap = 0, format = "" } = fields;
  const whole = [width, height, tileSize, overlap].every(Number.isInteger);
  const sensible =
    whole &&
    width >= 1 &&
    height >= 1 &&
    width <= MAX_EDGE &&
    height <= MAX_EDGE &&
    tileSize >= 1 &&
    overlap >= 0 &&
    overlap <= tileSize &&
    tileSize + 2 * overlap <= MAX_TILE_EDGE;
  if (!sensible) throw malformed(url, `${width} × ${height}, tiles of ${tileSize}, overlap ${overlap}`);
  if (!/^(png|jpe?g|webp)$/i.test(format)) {
    throw new SourceError("unsupported", {
      url,
      expected: "tiles in PNG, JPEG or WebP",
      got: format || "no format",
      next: "Make the tiles again as PNG or JPEG.",
    });
  }
  return { url, width, height, tileSize, overlap, format };
}

function fromXml(text: string, url: string): Fields {
  try {
    const image = parseXml(text);
    if (image.name !== "Image") throw malformed(url, `<${image.name}>`);
    const size = childrenOf(image, "Size")[0];
    return {
      width: numberAt(size, "Width"),
      height: numberAt(size, "Height"),
      tileSize: numberAt(image, "TileSize"),
      overlap: numberAt(image, "Overlap"),
      format: image.attributes["Format"],
    };
  } catch (cause) {
    if (cause instanceof XmlError) throw malformed(url, cause.message);
    throw cause;
  }
}

function fromJson(text: string, url: string): Fields {
  let image: unknown;
  try {
    image = (JSON.parse(text) as { Image?: unknown }).Image;
  } catch {
    throw malformed(url, "JSON that cannot be read");
  }
  const fields = (typeof image === "object" && image !== null ? image : {}) as Record<string, unknown>;
  const size = (
    typeof fields["Size"] === "object" && fields["Size"] !== null ? fields["Size"] : {}
  ) as Record<string, unknown>;
  // Writers quote the numbers.
  const number = (value: unknown) =>
    typeof value === "number" || typeof value === "string" ? Number(value) : undefined;
  return {
    width: number(size["Width"]),
    height: number(size["Height"]),
    tileSize: number(fields["TileSize"]),
    overlap: number(fields["Overlap"]),
    format: typeof fields["Format"] === "string" ? fields["Format"] : undefined,
  };
}

/** Asks for nothing until the first tile. */
export function createDziSource(manifest: DziManifest, options: PictureOptions): ImageSource {
  const { url, width, height, tileSize, overlap, format } = manifest;
  // Level 0 of a Deep Zoom pyramid is one pixel; ours is the largest.
  const deepest = Math.ceil(Math.log2(Math.max(width, height)));
  const levels: ImageLevel[] = [];
  for (let i = 0; i <= deepest; i++) {
    const scale = 2 ** i;
    const size = { width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
    levels.push({
      ...size,
      tileWidth: Math.min(tileSize, size.width),
      tileHeight: Math.min(tileSize, size.height),
      downsampleX: scale,
      downsampleY: scale,
      chunk: { width: tileSize, height: tileSize, depth: 1, channels: 3 },
    });
    if (size.width <= tileSize && size.height <= tileSize) break;
  }
  const folder = new URL(url);
  folder.pathname = `${folder.pathname.replace(/\.(dzi|xml|json)$/i, "").replace(/\.dzi$/i, "")}_files`;
  return createTiledSource(
    {
      url,
      name: nameOfUrl(url, /(\.dzi)?(\.(dzi|xml|json))?$/i),
      levels,
      warnings: [],
      locate(level, x, y) {
        const tile = new URL(folder);
        tile.pathname = `${folder.pathname}/${deepest - level}/${x}_${y}.${format}`;
        return { url: tile.href, left: x === 0 ? 0 : overlap, top: y === 0 ? 0 : overlap };
      },
    },
    options,
  );
}
