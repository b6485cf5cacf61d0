import { SourceError } from "../../errors.ts";
import type { ImageLevel, ImageSource } from "../image-source.ts";
import { tileSize } from "../image-source.ts";
import { nameOfUrl } from "../names.ts";
import { MAX_EDGE, MAX_TILE_EDGE } from "../pictures/limits.ts";
import { createTiledSource, type PictureOptions } from "../pictures/tiled.ts";

/** An image of a IIIF Image API server, as described by its info.json. Plain data. */
export interface IiifManifest {
  /** The image's base address, without /info.json. */
  readonly url: string;
  readonly version: 2 | 3;
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** How much smaller each level is, ascending from 1. */
  readonly scales: readonly number[];
  readonly format: "jpg" | "png" | "webp";
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function malformed(url: string, got: string): SourceError {
  return new SourceError("malformed", {
    url,
    expected: "a IIIF image description (info.json) with a size and tiles",
    got,
    next: "Ask whoever runs the image server, or convert the image to OME-Zarr.",
  });
}

/**
 * @param url the address that info.json came from
 * @throws SourceError "malformed" | "unsupported"
 */
export function parseInfo(text: string, url: string): IiifManifest {
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch {
    throw malformed(url, "JSON that cannot be read");
  }
  if (!isObject(info)) throw malformed(url, "something other than an object");
  const context = JSON.stringify(info["@context"] ?? "");
  const version = context.includes("/image/3/") ? 3 : context.includes("/image/2/") ? 2 : null;
  if (version === null) {
    throw new SourceError("unsupported", {
      url,
      expected: "IIIF Image API 2 or 3",
      got: context === '""' ? "no version" : context,
      next: "Ask whoever runs the image server for version 2 or 3, or convert the image to OME-Zarr.",
    });
  }
  const size = { width: Number(info["width"]), height: Number(info["height"]) };
  const edges = [size.width, size.height];
  if (edges.some((edge) => !Number.isInteger(edge) || edge < 1 || edge > MAX_EDGE)) {
    throw malformed(url, `${size.width} × ${size.height}`);
  }
  return {
    url: new URL(url).href.replace(/\/info\.json(?=$|\?)/, ""),
    version,
    ...size,
    ...tilesOf(info, size, url),
    format: formatOf(info, version),
  };
}

const TILE_PX = 512;

function tilesOf(
  info: Json,
  { width, height }: { width: number; height: number },
  url: string,
): Pick<IiifManifest, "tileWidth" | "tileHeight" | "scales"> {
  const tiles = asArray(info["tiles"]).find(isObject);
  if (tiles) {
    const tileWidth = Number(tiles["width"]);
    const tileHeight = Number(tiles["height"] ?? tileWidth);
    const scales = asArray(tiles["scaleFactors"])
      .map(Number)
      .filter((scale) => Number.isInteger(scale) && scale >= 1 && scale <= 2 ** 20)
      .sort((a, b) => a - b);
    const edges = [tileWidth, tileHeight];
    if (edges.some((edge) => !Number.isInteger(edge) || edge < 16 || edge > MAX_TILE_EDGE)) {
      throw malformed(url, `tiles of ${tileWidth} × ${tileHeight}`);
    }
    if (scales[0] === 1) return { tileWidth, tileHeight, scales: [...new Set(scales)].slice(0, 32) };
  }
  const profile = JSON.stringify(info["profile"] ?? "");
  if (profile.includes("level0")) {
    throw new SourceError("unsupported", {
      url,
      expected: "tiles, or a server that cuts regions (level 1)",
      got: "a level 0 server without tiles",
      next: "Use an image server that offers tiles, or convert the image to OME-Zarr.",
    });
  }
  const scales = [1];
  while (Math.max(width, height) / scales.at(-1)! > TILE_PX) scales.push(scales.at(-1)! * 2);
  return { tileWidth: TILE_PX, tileHeight: TILE_PX, scales };
}

/** JPEG, which all servers have, unless this one says that it prefers what loses nothing. */
function formatOf(info: Json, version: 2 | 3): IiifManifest["format"] {
  const preferred = version === 3 ? asArray(info["preferredFormats"]) : [];
  const first = preferred.find((format) => format === "png" || format === "jpg" || format === "webp");
  return (first as IiifManifest["format"] | undefined) ?? "jpg";
}

/** Asks for nothing until the first tile. */
export function createIiifSource(manifest: IiifManifest, options: PictureOptions): ImageSource {
  const { url, version, width, height, tileWidth, tileHeight, scales, format } = manifest;
  const levels = scales.map((scale): ImageLevel => {
    const size = { width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
    return {
      ...size,
      tileWidth: Math.min(tileWidth, size.width),
      tileHeight: Math.min(tileHeight, size.height),
      downsampleX: scale,
      downsampleY: scale,
      chunk: { width: tileWidth, height: tileHeight, depth: 1, channels: 3 },
    };
  });
  const base = new URL(url);
  return createTiledSource(
    {
      url,
      name: nameOfUrl(url, /\.(tiff?|jp2|jpe?g|png|svs)$/i),
      levels,
      warnings: [],
      locate(index, x, y) {
        const level = levels[index]!;
        const scale = scales[index]!;
        const size = tileSize(level, x, y);
        const left = x * tileWidth * scale;
        const top = y * tileHeight * scale;
        const region = {
          width: Math.min(tileWidth * scale, width - left),
          height: Math.min(tileHeight * scale, height - top),
        };
        // The canonical form of the address (4.7 of the API): the only one that a static copy has.
        const isWhole = region.width === width && region.height === height;
        const where = isWhole ? "full" : `${left},${top},${region.width},${region.height}`;
        const isFull = isWhole && scale === 1;
        const short = version === 2 ? `${size.width},` : `${size.width},${size.height}`;
        const full = version === 2 ? "full" : "max";
        const tile = new URL(base);
        tile.pathname = `${base.pathname.replace(/\/$/, "")}/${where}/${isFull ? full : short}/0/default.${format}`;
        return { url: tile.href, left: 0, top: 0 };
      },
    },
    options,
  );
}
