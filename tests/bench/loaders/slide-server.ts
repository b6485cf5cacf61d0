import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface SlideCounts {
  readonly requests: number;
  /** Answers that nobody waited for any more were not sent. */
  readonly bytes: number;
  readonly missing: number;
}

export interface SlideServer {
  readonly url: string;
  /** Since it was asked before. */
  counts(): Promise<SlideCounts>;
  close(): Promise<unknown>;
}

/** The benchmarks' slide as OME-Zarr 0.5, every answer `delayMs` late. */
export async function serveSlide(delayMs: number): Promise<SlideServer> {
  const thread = new Worker(new URL("./slide-thread.ts", import.meta.url), { workerData: { delayMs } });
  const [port] = (await once(thread, "message")) as [number];
  return {
    url: `http://127.0.0.1:${port}/slide.zarr`,
    async counts() {
      thread.postMessage("counts");
      return ((await once(thread, "message")) as [SlideCounts])[0];
    },
    close: () => thread.terminate(),
  };
}
