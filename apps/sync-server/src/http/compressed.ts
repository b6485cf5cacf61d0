import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

export type Encoding = "br" | "gzip";

/** Below this a compressed answer saves nothing worth a second copy. */
const LEAST_BYTES = 1_000;
/** Enough for several builds of the page; beyond it the oldest go. */
const MAX_CACHED_BYTES = 64 << 20;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** The best of ours that a browser takes, or null. */
export function encodingFor(acceptEncoding: string | null): Encoding | null {
  const accepted = (acceptEncoding ?? "")
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]);
  if (accepted.includes("br")) return "br";
  return accepted.includes("gzip") ? "gzip" : null;
}

/** Files of the page, compressed when first asked for and kept. */
export class CompressedFiles {
  readonly #kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  #bytes = 0;

  /** null for files too small to be worth it. `etag` names this state of the file. */
  async get(
    file: string,
    size: number,
    etag: string,
    encoding: Encoding,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    if (size < LEAST_BYTES) return null;
    const key = `${file} ${etag} ${encoding}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const work = compress(file, encoding);
    this.#kept.set(key, work);
    try {
      this.#bytes += (await work).byteLength;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
    await this.#trim();
    return work;
  }

  async #trim(): Promise<void> {
    for (const [key, work] of this.#kept) {
      if (this.#bytes <= MAX_CACHED_BYTES) return;
      this.#kept.delete(key);
      this.#bytes -= (await work).byteLength;
    }
  }
}

async function compress(file: string, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(file);
  // 6: within a few percent of the best, in a tenth of its time; somebody waits for the first one.
  const compressed =
    encoding === "br"
      ? await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
      : await deflate(bytes, { level: 6 });
  return new Uint8Array(compressed);
}
