import { abortedError, isAbort, SourceError, type SourceErrorData } from "../errors.ts";
import { connectionLimit, sharesConnections } from "../source/connection-limit.ts";
import { describeSource, type ImageSource } from "../source/image-source.ts";
import { openImageManifest, openWithManifest, readsWhole } from "../source/open-image.ts";
import { withTileCache } from "../source/tile-cache.ts";
import type { WorkerReply, WorkerRequest } from "./shared.ts";
import { readTexels } from "./texels.ts";

/** The part of a dedicated worker's scope that is used; the DOM types describe a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(message: WorkerReply, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, AbortController>();
const counts = { requests: 0, decodes: 0 };
const options = {
  onRequest: () => {
    counts.requests++;
  },
  onDecode: () => {
    counts.decodes++;
  },
};
let source: ImageSource | null = null;

const within = (connections: number) => ({
  ...options,
  limit: connectionLimit(connections, sharesConnections),
});

function errorData(error: unknown): SourceErrorData {
  if (error instanceof SourceError) return error.toData();
  if (isAbort(error)) return abortedError(source?.id ?? "").toData();
  return new SourceError("malformed", {
    url: source?.id ?? "",
    expected: "pixels",
    got: error instanceof Error ? error.message : String(error),
    next: "Reload the page; if it happens again, the image may be damaged.",
  }).toData();
}

/** What was decoded stays here, so that going back to a place or plane reads nothing; the page gets copies. */
function cached(opened: ImageSource, cacheBytes: number): ImageSource {
  return withTileCache(opened, { budgetBytes: cacheBytes });
}

async function answer(
  request: Exclude<WorkerRequest, { type: "abort" }>,
  signal: AbortSignal,
): Promise<void> {
  const { id } = request;
  switch (request.type) {
    case "open": {
      const opened = await openWithManifest(request.url, { ...within(request.connections), signal });
      const { manifest } = opened;
      source = cached(opened.source, request.cacheBytes);
      const alone = readsWhole(manifest);
      scope.postMessage({ type: "opened", id, manifest, alone, description: describeSource(source) });
      return;
    }
    case "adopt":
      source = cached(
        await openImageManifest(request.manifest, within(request.connections)),
        request.cacheBytes,
      );
      scope.postMessage({ type: "adopted", id });
      return;
    case "tile": {
      const { level, x, y, z, t, channel } = request;
      if (!source) throw new Error("a tile was asked for before an image was opened");
      const tile = await source.getTile({ level, x, y, z, t, channel, signal });
      if (signal.aborted) throw abortedError(source.id);
      if (!tile) {
        scope.postMessage({ type: "tile", id, tile: null, counts: { ...counts } });
        return;
      }
      const data = tile.data.slice();
      scope.postMessage({ type: "tile", id, tile: { ...tile, data }, counts: { ...counts } }, [data.buffer]);
      return;
    }
    case "texels": {
      const { type: _, id: __, ...wanted } = request;
      if (!source) throw new Error("texels were asked for before an image was opened");
      const planeRead = () => scope.postMessage({ type: "plane", id });
      const { texels, problems } = await readTexels(source, { ...wanted, signal, planeRead });
      if (signal.aborted) throw abortedError(source.id);
      scope.postMessage(
        { type: "texels", id, texels, problems: problems.map(errorData), counts: { ...counts } },
        [texels.data.buffer as ArrayBuffer],
      );
    }
  }
}

scope.onmessage = ({ data: request }) => {
  if (request.type === "abort") {
    running.get(request.id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(request.id, controller);
  answer(request, controller.signal)
    .catch((error) => {
      scope.postMessage({ type: "failed", id: request.id, error: errorData(error), counts: { ...counts } });
    })
    .finally(() => running.delete(request.id));
};
