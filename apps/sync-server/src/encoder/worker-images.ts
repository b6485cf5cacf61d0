import { createHash, type Hash } from "node:crypto";
import { type ImageSource, openImage, withTileCache } from "@coscope/viewer/source";
import { decodeImage } from "../images/import/decode.ts";
import type { ImageFacts, ImageRef } from "./messages.ts";
import type { ServerFetch } from "./worker-fetch.ts";

/** Open at once; the one used longest ago is closed first. */
const MOST = 8;
/** Half-overlapping cells read most tiles again. */
const TILE_BYTES = 96 * 2 ** 20;

/** Channels whose pixels are part of an image's identity. */
const MARKED_CHANNELS = 4;
/** An image of one level may be one tile, and this many px of it are enough. */
const LARGE_TILE = 4 * 2 ** 20;

interface Open {
  readonly source: ImageSource;
  readonly identity: string;
  /** What it was opened anew for; it may have changed again since. */
  readonly wanted: string | undefined;
}

/** Images that this process has open, by key. */
export class WorkerImages {
  readonly #fetch: ServerFetch;
  readonly #images = new Map<string, Promise<Open>>();

  constructor(fetch: ServerFetch) {
    this.#fetch = fetch;
  }

  async source(image: ImageRef): Promise<ImageSource> {
    const known = this.#images.get(image.key) ?? this.#open(image);
    this.#keep(image.key, known);
    const { source, identity, wanted } = await known;
    const { identity: asked } = image;
    if (asked === undefined || asked === identity || asked === wanted) return source;
    // Another process has seen that its files changed.
    const now = this.#images.get(image.key);
    const anew = now === known ? this.#open(image) : (now ?? this.#open(image));
    this.#keep(image.key, anew);
    return (await anew).source;
  }

  /** Opens it anew, so that a changed file is noticed. */
  async describe(image: ImageRef): Promise<ImageFacts> {
    this.#close(image.key);
    const opened = this.#open(image);
    this.#keep(image.key, opened);
    const { source, identity } = await opened;
    const { width, height, sizeZ, sizeT, rgb } = source;
    return { width, height, sizeZ, sizeT, channels: source.channels.length, rgb, identity };
  }

  #keep(key: string, opened: Promise<Open>): void {
    this.#images.delete(key);
    this.#images.set(key, opened);
  }

  #open(image: ImageRef): Promise<Open> {
    const opened = this.#read(image);
    // What could not be opened is tried again by the next who asks.
    opened.catch(() => this.#images.delete(image.key));
    for (const key of this.#images.keys()) {
      if (this.#images.size < MOST) break;
      this.#close(key);
    }
    return opened;
  }

  async #read({ key, url, identity: wanted }: ImageRef): Promise<Open> {
    const seen = new Map<string, string>();
    let opening = true;
    const fetch = this.#fetch.for(key, (asked, response) => {
      if (opening && response.ok) seen.set(asked, markOf(response));
    });
    const source = await openImage(url, { fetch, decodeImage, retry: { retries: 1 } });
    opening = false;
    const { width, height, sizeZ, sizeT, dtype } = source;
    const shape = JSON.stringify([width, height, sizeZ, sizeT, source.channels.length, dtype]);
    // Metadata alone: which files of pixels were read ahead is a matter of chance.
    const files = [...seen].filter(([asked]) => isMetadata(asked) || asked === url).sort();
    const hash = createHash("sha256").update(shape).update(JSON.stringify(files));
    const cached = withTileCache(source, { budgetBytes: TILE_BYTES });
    await addPixels(hash, cached);
    return { source: cached, identity: hash.digest("hex"), wanted };
  }

  #close(key: string): void {
    const opened = this.#images.get(key);
    this.#images.delete(key);
    void opened?.then(
      ({ source }) => source.close?.(),
      () => {},
    );
  }
}

/**
 * Pixels may be written anew under the same metadata. Whoever does that writes the coarsest level as well, so a tile out
 * of its middle says so, for one read. What was changed in fine levels alone goes unnoticed.
 */
async function addPixels(hash: Hash, source: ImageSource): Promise<void> {
  const level = source.levels.length - 1;
  const { width, height, tileWidth, tileHeight } = source.levels[level] as ImageSource["levels"][number];
  const x = Math.floor(width / 2 / tileWidth);
  const y = Math.floor(height / 2 / tileHeight);
  const z = source.sizeZ >> 1;
  const few = tileWidth * tileHeight > LARGE_TILE ? 1 : MARKED_CHANNELS;
  const channels = Array.from({ length: Math.min(few, source.channels.length) }, (_, channel) => channel);
  const tiles = await Promise.all(
    channels.map((channel) => source.getTile({ level, x, y, z, t: 0, channel })),
  );
  for (const tile of tiles)
    if (tile) hash.update(new Uint8Array(tile.data.buffer, tile.data.byteOffset, tile.data.byteLength));
    else hash.update("nothing there");
}

const isMetadata = (url: string) =>
  /(zarr\.json|\.z(array|attrs|group|metadata)|\.xml|\.dzi|info\.json)$/.test(new URL(url).pathname);

/** What a server says of a file's version; without that, its size. */
function markOf({ headers }: Response): string {
  const etag = headers.get("etag");
  if (etag) return etag;
  const size = headers.get("content-range")?.split("/")[1] ?? headers.get("content-length") ?? "";
  return `${headers.get("last-modified") ?? ""} ${size}`;
}
