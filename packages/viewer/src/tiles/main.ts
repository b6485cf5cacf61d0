import { abortedError, SourceError } from "../errors.ts";
import type { ImageLevel, TileRequest } from "../source/image-source.ts";
import { imageUrl } from "../source/image-url.ts";
import type { WorkerCounts, WorkerReply, WorkerRequest } from "./shared.ts";
import type { TexelRequest, TexelSource } from "./texels.ts";

export interface WorkerSourceOptions {
  /** Decode workers; by default one less than the cores, at most 4. */
  readonly workers?: number;
  /** Decoded tiles kept by the workers, bytes in all. */
  readonly cacheBytes?: number;
  readonly signal?: AbortSignal;
}

/** What reading cost so far. */
export interface SourceStats {
  readonly requests: number;
  readonly decodes: number;
}

export interface WorkerSource extends TexelSource {
  stats(): SourceStats;
}

const CACHE_BYTES = 192 * 2 ** 20;

/** Of the six that a browser opens to a host over HTTP/1.1: one stays for what people draw and ask for. */
const CONNECTIONS = 5;

/** Of the connections, those of one worker. */
const shareOf = (worker: number, workers: number): number =>
  Math.max(1, Math.floor((CONNECTIONS + workers - 1 - worker) / workers));

type Body = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

interface Waiting {
  resolve(reply: WorkerReply): void;
  reject(error: unknown): void;
  readonly planeRead: (() => void) | undefined;
}

/** One worker and the questions it has yet to answer. */
class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  counts: WorkerCounts = { requests: 0, decodes: 0 };

  constructor(url: string) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#settle(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failAll(
        new SourceError("unsupported", {
          url,
          expected: "a worker that decodes the image",
          got: event.message || "one that did not start",
          next: "Reload the page.",
        }),
      );
    };
  }

  #settle(reply: WorkerReply): void {
    if ("counts" in reply) this.counts = reply.counts;
    const waiting = this.#waiting.get(reply.id);
    if (reply.type === "plane") {
      waiting?.planeRead?.();
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.type === "failed") waiting?.reject(SourceError.fromData(reply.error));
    else waiting?.resolve(reply);
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  ask<Type extends WorkerReply["type"]>(
    body: Body,
    type: Type,
    signal?: AbortSignal,
    planeRead?: () => void,
  ): Promise<Extract<WorkerReply, { type: Type }>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError(""));
      const id = this.#next++;
      // The worker answers an abort itself, so that the queue below stays in step with it.
      const abort = () => this.#worker.postMessage({ type: "abort", id } satisfies WorkerRequest);
      signal?.addEventListener("abort", abort, { once: true });
      const done = () => signal?.removeEventListener("abort", abort);
      this.#waiting.set(id, {
        planeRead,
        resolve: (reply) => {
          done();
          if (reply.type === type) resolve(reply as Extract<WorkerReply, { type: Type }>);
          else reject(new Error(`a worker answered "${reply.type}" to a question for "${type}"`));
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.#worker.postMessage({ ...body, id } as WorkerRequest);
    });
  }

  close(url: string): void {
    this.#worker.terminate();
    this.#failAll(abortedError(url));
  }
}

/**
 * Requests that read the same chunk go to the same worker, which decodes it once; so do all channels of a tile. The
 * coarsest level goes to the first, which asked for some of it while it opened the image.
 */
function workerFor(
  request: Pick<TileRequest, "level" | "x" | "y" | "z">,
  levels: readonly ImageLevel[],
  workers: number,
): number {
  if (levels.length > 1 && request.level === levels.length - 1) return 0;
  const level = levels[request.level]!;
  const chunk = level.chunk;
  const along = (tile: number, edge: number, chunkEdge: number) => Math.floor((tile * edge) / chunkEdge);
  const parts = [
    request.level,
    along(request.x, level.tileWidth, chunk?.width ?? level.tileWidth),
    along(request.y, level.tileHeight, chunk?.height ?? level.tileHeight),
    Math.floor(request.z / (chunk?.depth ?? 1)),
  ];
  let hash = 2166136261;
  for (const part of parts) hash = Math.imul(hash ^ part, 16777619) >>> 0;
  // XOR gives a signed number, and a remainder of the same sign.
  return ((hash ^ (hash >>> 15)) >>> 0) % workers;
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1));
}

/**
 * Opens an image whose fetching and decoding happen in workers. The metadata
 * is read once, by the first of them. `close()` ends the workers.
 * @throws SourceError
 */
export async function openInWorkers(url: string, options: WorkerSourceOptions = {}): Promise<WorkerSource> {
  const resolved = imageUrl(url);
  const first = new WorkerClient(resolved);
  const clients = [first];
  const close = () => {
    for (const client of clients) client.close(resolved);
  };
  try {
    const most = options.workers ?? defaultWorkers();
    const cacheBytes = (options.cacheBytes ?? CACHE_BYTES) / most;
    const opened = await first.ask(
      { type: "open", url: resolved, cacheBytes, connections: shareOf(0, most) },
      "opened",
      options.signal,
    );
    const { description, manifest } = opened;
    for (let i = 1; i < (opened.alone ? 1 : most); i++) clients.push(new WorkerClient(resolved));
    const others = clients.slice(1);
    await Promise.all(
      others.map((client, i) =>
        client.ask(
          { type: "adopt", manifest, cacheBytes, connections: shareOf(i + 1, clients.length) },
          "adopted",
        ),
      ),
    );
    const clientFor = (request: Pick<TileRequest, "level" | "x" | "y" | "z">) =>
      clients[workerFor(request, description.levels, clients.length)]!;
    return {
      ...description,
      async getTile(request) {
        const { signal, ...at } = request;
        return (await clientFor(request).ask({ type: "tile", ...at }, "tile", signal)).tile;
      },
      async getTexels({ signal, planeRead, ...at }: TexelRequest) {
        // All planes of a projection come from one worker.
        const client = clientFor(at.projection ? { ...at, z: 0 } : at);
        const asked = client.ask({ type: "texels", ...at }, "texels", signal, planeRead);
        const { texels, problems } = await asked;
        return { texels, problems: problems.map((problem) => SourceError.fromData(problem)) };
      },
      close,
      stats: () => ({
        requests: clients.reduce((sum, client) => sum + client.counts.requests, 0),
        decodes: clients.reduce((sum, client) => sum + client.counts.decodes, 0),
      }),
    };
  } catch (error) {
    close();
    throw error;
  }
}
