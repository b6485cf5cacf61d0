import type { Planes } from "@coscope/models";
import type { Verdict } from "./contest.ts";
import { createEngine } from "./engine.ts";
import { MaskError, maskErrorData } from "./errors.ts";
import { loadGpuRuntime } from "./gpu-runtime.ts";
import type { Network } from "./networks.ts";
import type { FromWorker, Ready, ToWorker } from "./protocol.ts";
import { loadRuntime } from "./runtime.ts";

/** The part of a dedicated worker's scope that is used; the DOM types describe a window instead. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}
const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, AbortController>();
const asked = new Map<number, { resolve(planes: Planes): void; reject(error: Error): void }>();
let asks = 0;
let waits = 0;
let runtime: ReturnType<typeof loadRuntime> | null = null;
let gpuRuntime: ReturnType<typeof loadGpuRuntime> | null = null;
const channel = new MessageChannel();
const breaths: (() => void)[] = [];
channel.port1.onmessage = () => breaths.shift()?.();

const engine = createEngine({
  fetch: (url, init) => fetch(url, init),
  runtime() {
    runtime ??= loadRuntime();
    runtime.catch(() => {
      runtime = null;
    });
    return runtime;
  },
  gpuRuntime() {
    gpuRuntime ??= loadGpuRuntime();
    return gpuRuntime;
  },
  tried,
  pixels: ({ scale, x, y, width, height }, scene, { normalisation }) =>
    new Promise((resolve, reject) => {
      const ask = ++asks;
      asked.set(ask, { resolve, reject });
      scope.postMessage({
        kind: "ask-pixels",
        ask,
        cell: { scale, x, y, width, height },
        scene,
        normalisation,
      });
    }),
  waiting(region) {
    waits += region ? 1 : -1;
    if (region || waits === 0) scope.postMessage({ kind: "waiting", region });
  },
  breathe: () =>
    new Promise((resolve) => {
      breaths.push(resolve);
      channel.port2.postMessage(null);
    }),
});

/** For whoever wonders why it is as fast as it is. Nobody else needs to know: the answers are the same. */
function tried(network: Network, verdict: Verdict): void {
  const times =
    "ms" in verdict ? ` (${verdict.ms.toFixed(0)} ms, WebAssembly ${verdict.before.toFixed(0)} ms)` : "";
  const why = verdict.kind === "failed" ? ` (${String(verdict.error)})` : times;
  console.info(`Outlining, ${network} on WebGPU: ${WORDS[verdict.kind]}${why}.`);
}
const WORDS = {
  faster: "used, it is faster",
  slower: "not used, it is slower",
  differs: "not used, its answer differs",
  failed: "not used, it failed",
} as const;

scope.onmessage = ({ data: message }) => {
  switch (message.kind) {
    case "abort":
      running.get(message.id)?.abort();
      return;
    case "pixels":
      asked.get(message.ask)?.resolve(message.planes);
      asked.delete(message.ask);
      return;
    case "no-pixels": {
      const { code, message: said, next } = message.error;
      asked.get(message.ask)?.reject(new MaskError(code, said, next));
      asked.delete(message.ask);
      return;
    }
  }
  const { id, name, args } = message;
  const stop = new AbortController();
  running.set(id, stop);
  const progress = (done: number, of: number) => scope.postMessage({ kind: "progress", id, done, of });
  const call = engine[name] as (args: unknown, context: unknown) => Promise<Ready | unknown>;
  call(args, { signal: stop.signal, progress })
    .then(
      (value) => scope.postMessage({ kind: "done", id, value }),
      (error: unknown) => scope.postMessage({ kind: "failed", id, error: maskErrorData(error) }),
    )
    .finally(() => running.delete(id));
};
