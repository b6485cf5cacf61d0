import type { Planes } from "@coscope/models";
import type { ImageSource } from "@coscope/viewer/source";
import { abortedMask, MaskError, maskErrorData } from "./errors.ts";
import type { CallName, Calls, FromWorker, Region, Scene, ToWorker } from "./protocol.ts";

type Args<Name extends CallName> = Parameters<Calls[Name]>[0];

export interface CallOptions {
  readonly signal?: AbortSignal;
  onProgress?(done: number, of: number): void;
}

/** The page's end of the masks' worker. */
export interface MaskClient {
  call<Name extends CallName>(name: Name, args: Args<Name>, options?: CallOptions): ReturnType<Calls[Name]>;
  destroy(): void;
}

export interface MaskClientOptions {
  /** Private mode reads from it. */
  source(): ImageSource | null;
  /** A region is being waited for; null when none is any more. */
  onWaiting(region: Region | null): void;
}

interface Pending {
  resolve(value: never): void;
  reject(error: MaskError): void;
  onProgress?: CallOptions["onProgress"];
  settled(): void;
}

/** Starts the worker with the first call, and another one where it stopped. One for each open image. */
export function createMaskClient(options: MaskClientOptions): MaskClient {
  const pending = new Map<number, Pending>();
  let calls = 0;
  let worker: Worker | null = null;
  let gone = false;
  /** What is looked at: another worker has to be told as well. */
  let scene: Args<"use"> | null = null;

  function send(message: ToWorker, transfer: Transferable[] = []): void {
    worker ??= start();
    worker.postMessage(message, transfer);
  }

  function start(): Worker {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "masks" });
    started.onmessage = hear;
    started.onerror = (event) => {
      event.preventDefault();
      replace(
        started,
        new MaskError(
          "failed",
          "The part of the page that outlines stopped, or could not be started.",
          "Click again. If it stays, reload the page; all other tools work.",
          event.message,
        ),
      );
    };
    if (scene)
      started.postMessage({ kind: "call", id: ++calls, name: "use", args: scene } satisfies ToWorker);
    return started;
  }

  /** The next call starts another one. */
  function replace(stopped: Worker, why: MaskError): void {
    stopped.terminate();
    if (worker !== stopped) return;
    worker = null;
    options.onWaiting(null);
    failAll(why);
  }

  function hear({ data: message }: MessageEvent<FromWorker>): void {
    if (message.kind === "waiting") options.onWaiting(message.region);
    else if (message.kind === "progress") pending.get(message.id)?.onProgress?.(message.done, message.of);
    else if (message.kind === "ask-pixels") void giveValues(message);
    else settle(message);
  }

  function settle(message: Extract<FromWorker, { kind: "done" | "failed" }>): void {
    const call = pending.get(message.id);
    pending.delete(message.id);
    call?.settled();
    if (message.kind === "done") call?.resolve(message.value as never);
    else {
      const { code, message: said, next } = message.error;
      const error = new MaskError(code, said, next);
      call?.reject(error);
      // onnxruntime tries to start WebAssembly once in a worker's life.
      if (code === "no-wasm" && worker) replace(worker, error);
    }
  }

  function failAll(error: MaskError): void {
    const calls = [...pending.values()];
    pending.clear();
    for (const call of calls) {
      call.settled();
      call.reject(error);
    }
  }

  async function giveValues({
    ask,
    cell,
    scene,
    normalisation,
  }: Extract<FromWorker, { kind: "ask-pixels" }>): Promise<void> {
    try {
      const planes = await read(cell, scene, normalisation);
      send({ kind: "pixels", ask, planes }, [planes.data.buffer as ArrayBuffer]);
    } catch (error) {
      const { code, message, next } = maskErrorData(error);
      const unread = code === "failed";
      send({
        kind: "no-pixels",
        ask,
        error: unread
          ? { code: "no-pixels", message: "The image could not be read there.", next: "Try again." }
          : { code, message, next },
      });
    }
  }

  async function read(
    cell: Extract<FromWorker, { kind: "ask-pixels" }>["cell"],
    scene: Scene,
    normalisation: Extract<FromWorker, { kind: "ask-pixels" }>["normalisation"],
  ): Promise<Planes> {
    const source = options.source();
    if (!source) throw new MaskError("no-pixels", "No image is open.", "Open an image.");
    const { readPixels } = await import("./read-pixels.ts");
    return readPixels(source, cell, scene, normalisation);
  }

  return {
    call<Name extends CallName>(name: Name, args: Args<Name>, { signal, onProgress }: CallOptions = {}) {
      const answered = new Promise<unknown>((resolve, reject) => {
        if (gone || signal?.aborted) return reject(abortedMask());
        // Without a worker there is nothing to forget, and none is started for that.
        if (name === "forget" && !worker) return resolve(undefined);
        const id = ++calls;
        const abort = () => {
          worker?.postMessage({ kind: "abort", id } satisfies ToWorker);
          pending.delete(id);
          reject(abortedMask());
        };
        signal?.addEventListener("abort", abort, { once: true });
        pending.set(id, {
          resolve: resolve as (value: never) => void,
          reject,
          onProgress,
          settled: () => signal?.removeEventListener("abort", abort),
        });
        send({ kind: "call", id, name, args });
        if (name === "use") scene = args as Args<"use">;
      });
      return answered as ReturnType<Calls[Name]>;
    },
    destroy() {
      gone = true;
      worker?.terminate();
      worker = null;
      failAll(abortedMask());
    },
  };
}
