import { ByteCache } from "@coscope/viewer/source";
import { type ChunkAddress, chunkPath, finerChunks, parseChunkPath } from "./chunk-address.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { slideDocuments } from "./metadata.ts";
import { CHUNK, DEMO_SEED, DEMO_VERSION } from "./slide-shape.ts";
import { stackDocuments } from "./stack/stack-metadata.ts";

const PREFIX = "/demo/";

export interface DemoOptions {
  /** Threads that compute chunks; they start with the first chunk asked for. Default 2. */
  readonly threads?: number;
  /** Computed chunks kept, in bytes. Default 128 MiB. */
  readonly cacheBytes?: number;
}

export interface DemoRoutes {
  /** Answers GET and HEAD below `/demo/`; null for any other path. `path` is the URL's pathname. */
  handle(path: string, request: Request): Promise<Response | null>;
  close(): Promise<void>;
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
  "access-control-expose-headers": "ETag, Content-Length",
  "cross-origin-resource-policy": "cross-origin",
};

/**
 * Procedural OME-Zarr 0.5 images that exist only while someone looks at them:
 * `slide.zarr`, a tissue section, and `stack.zarr`, cells in culture in z and t.
 */
export function demoRoutes(options: DemoOptions = {}): DemoRoutes {
  const pool = new ChunkPool(options.threads ?? 2);
  const cache = new ByteCache<Uint8Array>(options.cacheBytes ?? 128 * 1024 * 1024);
  const documents = new Map<string, Uint8Array>();
  for (const [folder, files] of [
    ["slide.zarr", slideDocuments()],
    ["stack.zarr", stackDocuments()],
  ] as const) {
    for (const [path, json] of files)
      documents.set(`${folder}/${path}`, new TextEncoder().encode(JSON.stringify(json)));
  }

  async function pixels(address: ChunkAddress, signal: AbortSignal): Promise<Uint8Array> {
    const path = chunkPath(address);
    const kept = cache.get(path);
    if (kept) return kept;
    const finer = await Promise.all(finerChunks(address).map((chunk) => pixels(chunk, signal)));
    const bytes = await pool.chunk(address, finer, signal);
    cache.set(path, bytes, bytes.byteLength);
    return bytes;
  }

  async function handle(path: string, request: Request): Promise<Response | null> {
    if (!path.startsWith(PREFIX)) return null;
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { ...CORS, "access-control-allow-headers": "*" } });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { ...CORS, allow: "GET, HEAD, OPTIONS" } });
    }
    const inside = path.slice(PREFIX.length);
    const isDocument = documents.has(inside);
    const address = isDocument ? null : parseChunkPath(inside);
    if (!isDocument && !address) return new Response(null, { status: 404, headers: CORS });

    const etag = `"${DEMO_SEED}-${DEMO_VERSION}-${inside}"`;
    const headers = {
      ...CORS,
      etag,
      // Short, because a new version of Coscope may paint the same address differently.
      "cache-control": "public, max-age=3600",
      "content-type": isDocument ? "application/json" : "application/octet-stream",
    };
    if (matches(request.headers.get("if-none-match"), etag))
      return new Response(null, { status: 304, headers });
    if (request.method === "HEAD") {
      const length =
        documents.get(inside)?.byteLength ?? (address!.kind === "labels" ? 4 : 2) * CHUNK * CHUNK;
      return new Response(null, { headers: { ...headers, "content-length": String(length) } });
    }
    const bytes = documents.get(inside) ?? (await pixels(address!, request.signal));
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { ...headers, "content-length": String(bytes.byteLength) },
    });
  }

  return { handle, close: () => pool.close() };
}

function matches(header: string | null, etag: string): boolean {
  if (!header) return false;
  return header.split(",").some((part) => part.trim().replace(/^W\//, "") === etag || part.trim() === "*");
}
