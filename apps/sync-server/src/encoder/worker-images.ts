import { createHash } from "node:crypto";
import { type ImageSource, openImage, withTileCache } from "@coscope/viewer/source";
import { decodeImage } from "../images/import/decode.ts";
import type { ImageFacts, ImageRef } from "./messages.ts";
import type { ServerFetch } from "./worker-fetch.ts";

/** Open at once; the one used longest ago is closed first. */
const MOST = 8;
/** Half-overlapping cells read most tiles again. */
const TILE_BYTES = 96 * 2 ** 20;

interface Open {
  readonly source: ImageSource;
  readonly identity: string;
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
    this.#images.delete(image.key);
    this.#images.set(image.key, known);
    return (await known).source;
  }

  /** Opens it anew, so that a changed file is noticed. */
  async describe(image: ImageRef): Promise<ImageFacts> {
    this.#close(image.key);
    const opened = this.#open(image);
    this.#images.set(image.key, opened);
    const { source, identity } = await opened;
    const { width, height, sizeZ, sizeT, rgb } = source;
    return { width, height, sizeZ, sizeT, channels: source.channels.length, rgb, identity };
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

  async #read({ key, url }: ImageRef): Promise<Open> {
    const seen = new Map<string, string>();
    let opening = true;
    const fetch = this.#fetch.for(key, (asked, response) => {
      if (opening && response.ok) seen.set(asked, markOf(response));
    });
    const source = await openImage(url, { fetch, decodeImage, retry: { retries: 1 } });
    opening = false;
    const { width, height, sizeZ, sizeT, dtype } = source;
    const shape = JSON.stringify([width, height, sizeZ, sizeT, source.channels.length, dtype]);
    // Metadata alone: which pixels were read ahead is a matter of chance.
    const files = [...seen].filter(([asked]) => isMetadata(asked) || asked === url).sort();
    const identity = createHash("sha256").update(shape).update(JSON.stringify(files)).digest("hex");
    return { source: withTileCache(source, { budgetBytes: TILE_BYTES }), identity };
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

const isMetadata = (url: string) =>
  /(zarr\.json|\.z(array|attrs|group|metadata)|\.xml|\.dzi|info\.json)$/.test(new URL(url).pathname);

/** What a server says of a file's version; without that, its size. */
function markOf({ headers }: Response): string {
  const etag = headers.get("etag");
  if (etag) return etag;
  const size = headers.get("content-range")?.split("/")[1] ?? headers.get("content-length") ?? "";
  return `${headers.get("last-modified") ?? ""} ${size}`;
}
