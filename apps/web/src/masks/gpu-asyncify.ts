import glueUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";

export * as ort from "onnxruntime-web/webgpu";
export { glueUrl, wasmUrl };
