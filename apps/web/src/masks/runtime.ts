import type { Runtime } from "@coscope/models";
import glueUrl from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import { MaskError } from "./errors.ts";

/** Beyond these more threads make small windows no faster. */
const MOST_THREADS = 4;

/** onnxruntime in WebAssembly, its files from our own address. Threads only where the page may share memory. */
export async function loadRuntime(): Promise<{ ort: Runtime; threads: number }> {
  if (typeof WebAssembly !== "object") throw noWasm(new Error("no WebAssembly"));
  const cores = navigator.hardwareConcurrency || 1;
  const threads = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, Math.ceil(cores * 0.75)) : 1;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.proxy = false;
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = { mjs: absolute(glueUrl) };
  // Fetched here: onnxruntime tries once in a page's life, and this can be tried again.
  try {
    const response = await fetch(absolute(wasmUrl));
    if (!response.ok) throw new Error(`${response.status} for ${wasmUrl}`);
    ort.env.wasm.wasmBinary = await response.arrayBuffer();
  } catch (error) {
    throw noWasm(error);
  }
  return { ort: ort as unknown as Runtime, threads };
}

const absolute = (url: string) => new URL(url, globalThis.location.href).href;

const noWasm = (cause: unknown) =>
  new MaskError(
    "no-wasm",
    "This browser could not load WebAssembly, which outlining needs.",
    "Reload the page, or use another browser; all other tools work.",
    cause,
  );
