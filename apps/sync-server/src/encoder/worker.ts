import { measureStatistics, packEmbedding, readRegion } from "@coscope/models";
import type { Encoder } from "@coscope/models/encoder";
import { isSourceError } from "@coscope/viewer/source";
import type {
  Encoded,
  EncodeTask,
  Failure,
  FromWorker,
  Results,
  Settings,
  Task,
  ToWorker,
} from "./messages.ts";
import { ServerFetch } from "./worker-fetch.ts";
import { WorkerImages } from "./worker-images.ts";

/**
 * Reads regions and runs networks in a process of its own: a graph that crashes the runtime, or asks for more memory
 * than there is, takes this process along and not the server. Ends with its parent.
 */

const say = (message: FromWorker) => void process.send?.(message);
process.on("disconnect", () => process.exit(0));

const fetch = new ServerFetch(say);
const images = new WorkerImages(fetch);
const running = new Map<number, AbortController>();
let settings: Settings = { provider: "cpu", threads: 1 };

/** Networks are large: the two used last stay. */
const MOST_LOADED = 2;
const loaded = new Map<string, Promise<Encoder>>();

process.on("message", (message: ToWorker) => {
  if (message.type === "settings") settings = message.settings;
  else if (message.type === "work") void work(message.id, message.task);
  else if (message.type === "cancel") running.get(message.id)?.abort();
  else fetch.hear(message);
});
say({ type: "ready" });

async function work(id: number, task: Task): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    say({ type: "done", id, result: await perform(task, abort.signal) });
  } catch (error) {
    say({ type: "failed", id, error: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

async function perform(task: Task, signal: AbortSignal): Promise<Results[Task["kind"]]> {
  switch (task.kind) {
    case "ping":
      return null;
    case "describe":
      return images.describe(task.image);
    case "statistics":
      return measureStatistics(await images.source(task.image), task.channels, task.normalisation, signal);
    case "encode":
      return encode(task, signal);
    case "check": {
      const { inspectGraph } = await import("@coscope/models/encoder");
      return inspectGraph(task.file);
    }
    case "try": {
      const { tryModel } = await import("@coscope/models/encoder");
      await tryModel(task.folder);
      return null;
    }
  }
}

async function encode(task: EncodeTask, signal: AbortSignal): Promise<Encoded> {
  const { model, cell, plane, ranges } = task;
  const start = performance.now();
  // Loading a network takes as long as reading: both at once.
  const [encoder, region] = await Promise.all([
    networkOf(model),
    images.source(task.image).then((source) => readRegion(source, cell, plane, ranges, signal)),
  ]);
  const read = performance.now();
  signal.throwIfAborted();
  const packed = packEmbedding(await encoder.encode(region), encoder.manifest);
  const encodeMs = performance.now() - read;
  const { gzipEmbedding } = await import("@coscope/models/encoder");
  return { bytes: await gzipEmbedding(packed, encoder.manifest), readMs: read - start, encodeMs };
}

function networkOf({ folder, sha256 }: EncodeTask["model"]): Promise<Encoder> {
  const known = loaded.get(sha256) ?? load(folder, sha256);
  loaded.delete(sha256);
  loaded.set(sha256, known);
  for (const [key, old] of loaded) {
    if (loaded.size <= MOST_LOADED) break;
    loaded.delete(key);
    void old.then(
      (encoder) => encoder.release(),
      () => {},
    );
  }
  return known;
}

async function load(folder: string, sha256: string): Promise<Encoder> {
  try {
    // Here, so that a machine without the runtime still reads images and says what is missing.
    const { openEncoder } = await import("@coscope/models/encoder");
    return await openEncoder({
      folder,
      ...settings,
      onFallback: (reason) => say({ type: "note", message: reason }),
    });
  } catch (error) {
    loaded.delete(sha256);
    throw error;
  }
}

function failureOf(error: unknown): Failure {
  if (isSourceError(error)) return { code: `source-${error.code}`, message: error.message, next: error.next };
  const { code, message, next } = error as { code?: unknown; message?: unknown; next?: unknown };
  return {
    code: typeof code === "string" ? code : "failed",
    message: typeof message === "string" ? message : String(error),
    ...(typeof next === "string" ? { next } : {}),
  };
}
