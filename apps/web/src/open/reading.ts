import { abortedError, SourceError } from "@coscope/viewer/source";
import type { ReadingReply, ReadingRequest, ReadingTask, ReadingTasks } from "./reading-shared.ts";

/** Pictures at once: an image that somebody opens is more urgent than its neighbours' pictures. */
const LANES = 3;

interface Waiting {
  readonly url: string;
  resolve(value: ReadingTasks[ReadingTask]): void;
  reject(error: unknown): void;
}

let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, Waiting>();
let busy = 0;
const queue: (() => void)[] = [];

/**
 * Reads images away from the page, in one worker for all of it. Rejects with SourceError.
 * `picture`s wait for their turn; what a person waits for does not.
 */
export async function read<Task extends ReadingTask>(
  task: Task,
  url: string,
  signal?: AbortSignal,
): Promise<ReadingTasks[Task]> {
  if (task !== "picture") return ask(task, url, signal);
  if (busy >= LANES) await new Promise<void>((resolve) => queue.push(resolve));
  busy++;
  try {
    return await ask(task, url, signal);
  } finally {
    busy--;
    queue.shift()?.();
  }
}

function ask<Task extends ReadingTask>(
  task: Task,
  url: string,
  signal: AbortSignal | undefined,
): Promise<ReadingTasks[Task]> {
  if (signal?.aborted) return Promise.reject(abortedError(url));
  const id = ++count;
  const target = start();
  const post = (request: ReadingRequest) => target.postMessage(request);
  const stop = () => post({ id, task: "abort" });
  return new Promise<ReadingTasks[Task]>((resolve, reject) => {
    waiting.set(id, { url, resolve: resolve as Waiting["resolve"], reject });
    signal?.addEventListener("abort", stop, { once: true });
    post({ id, task, url });
  }).finally(() => signal?.removeEventListener("abort", stop));
}

function start(): Worker {
  if (worker) return worker;
  const started = new Worker(new URL("./reading-worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data: reply }: MessageEvent<ReadingReply>) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) asked?.resolve(reply.value);
    else asked?.reject(SourceError.fromData(reply.error));
  };
  started.onerror = (event) => {
    event.preventDefault();
    started.terminate();
    worker = null;
    for (const { url, reject } of waiting.values()) {
      reject(
        new SourceError("unreachable", {
          url,
          expected: "the part of the page that reads images",
          got: "no answer from it",
          next: "The server may have been updated: reload the page.",
        }),
      );
    }
    waiting.clear();
  };
  worker = started;
  return started;
}
