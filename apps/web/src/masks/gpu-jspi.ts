import glueUrl from "onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url";
import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url";

export * as ort from "onnxruntime-web/jspi";
export { glueUrl, wasmUrl };
