import { parentPort, workerData } from "node:worker_threads";
import type { Pair } from "./dataset.ts";
import { scoreEverything } from "./everything.ts";
import { type JobOptions, openNetworks, scoreImage } from "./job.ts";

/** One image a message: { index, pair } in, { index, score } or { index, error } out. */
const options = workerData as JobOptions;
const networks = await openNetworks(options);
parentPort?.on("message", async ({ index, pair }: { index: number; pair: Pair }) => {
  try {
    const score = options.task === "everything" ? scoreEverything : scoreImage;
    parentPort?.postMessage({ index, score: await score(networks, pair, options) });
  } catch (error) {
    parentPort?.postMessage({ index, error: (error as Error).message });
  }
});
parentPort?.postMessage({ ready: true });
