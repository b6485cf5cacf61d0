import {
  abortedError,
  type ImageSource,
  inspect,
  isAbort,
  listLabels,
  openImage,
  SourceError,
  type SourceErrorData,
} from "@coscope/viewer/source";
import { drawPicture } from "./draw-picture.ts";
import { summaryOf } from "./facts.ts";
import type { ReadingReply, ReadingRequest, ReadingTask, ReadingTasks, Sight } from "./reading-shared.ts";

/** The part of a dedicated worker's scope that is used; the DOM types describe a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ReadingRequest>) => void) | null;
  postMessage(message: ReadingReply): void;
}

const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, AbortController>();
/** A look is often followed by the picture of the same image. */
const KEPT = 3;
const kept = new Map<string, Promise<ImageSource>>();

scope.onmessage = ({ data: request }) => {
  if (request.task === "abort") return running.get(request.id)?.abort();
  const { id, task, url } = request;
  const stop = new AbortController();
  running.set(id, stop);
  perform(task, url, stop.signal)
    .then(
      (value) => scope.postMessage({ id, ok: true, value }),
      (error: unknown) => scope.postMessage({ id, ok: false, error: errorData(error, url) }),
    )
    .finally(() => running.delete(id));
};

async function perform(
  task: ReadingTask,
  url: string,
  signal: AbortSignal,
): Promise<ReadingTasks[ReadingTask]> {
  if (task === "list") return inspect(url, { signal });
  if (task === "labels") return listLabels(url, { signal });
  const source = await open(url);
  signal.throwIfAborted();
  if (task === "sight") return sightOf(source);
  return { sight: sightOf(source), picture: await drawPicture(source, signal) };
}

function open(url: string): Promise<ImageSource> {
  const known = kept.get(url);
  if (known) return known;
  const opened = openImage(url);
  kept.set(url, opened);
  opened.catch(() => kept.delete(url));
  for (const [oldest, source] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
    source.then((left) => left.close?.()).catch(() => {});
  }
  return opened;
}

function sightOf(source: ImageSource): Sight {
  const channels = source.channels.map(({ name }) => name);
  return { name: source.name, summary: summaryOf(source), channels, warnings: source.warnings };
}

function errorData(error: unknown, url: string): SourceErrorData {
  if (error instanceof SourceError) return error.toData();
  if (isAbort(error)) return abortedError(url).toData();
  return new SourceError("malformed", {
    url,
    expected: "an image",
    got: error instanceof Error ? error.message : String(error),
    next: "The image may be damaged; convert it again.",
  }).toData();
}
