import { Worker } from "node:worker_threads";
import type { FoldReply } from "./fold-thread.ts";

export interface Folder {
  /** One update with all that is in these. */
  fold(updates: Uint8Array[]): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Folds on a thread of its own, one after the other: with many annotations it takes seconds. */
export function createFolder(): Folder {
  let worker: Worker | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const started = new Worker(new URL("./fold-thread.ts", import.meta.url));
    started.on("exit", () => {
      if (worker === started) worker = null;
    });
    return started;
  }

  function foldNow(updates: Uint8Array[]): Promise<Uint8Array> {
    worker ??= start();
    const thread = worker;
    thread.ref();
    return new Promise<Uint8Array>((resolve, reject) => {
      const ended = () => reject(new Error("The thread that folds has ended."));
      const failed = (error: Error) => reject(error);
      thread.once("error", failed);
      thread.once("exit", ended);
      thread.once("message", ({ state, error }: FoldReply) => {
        thread.off("error", failed);
        thread.off("exit", ended);
        thread.unref();
        if (state) resolve(state);
        else reject(new Error(error));
      });
      thread.postMessage(updates);
    });
  }

  return {
    fold(updates) {
      const folded = tail.then(() => foldNow(updates));
      tail = folded.catch(() => {});
      return folded;
    },
    async close() {
      await tail;
      await worker?.terminate();
    },
  };
}
