import type { Runtime } from "@coscope/models";

/**
 * onnxruntime for WebGPU, fetched only where the browser gives an adapter: 4 MB, where WebAssembly cannot wait for the
 * GPU by itself 7 MB (compressed). null where there is no WebGPU.
 */
export async function loadGpuRuntime(): Promise<Runtime | null> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  if (!gpu || !(await gpu.requestAdapter())) return null;
  const { ort, glueUrl, wasmUrl } = await ("Suspending" in WebAssembly
    ? import("./gpu-jspi.ts")
    : import("./gpu-asyncify.ts"));
  const absolute = (url: string) => new URL(url, globalThis.location.href).href;
  // What the GPU does not do itself is little.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = { mjs: absolute(glueUrl), wasm: absolute(wasmUrl) };
  return ort as unknown as Runtime;
}
