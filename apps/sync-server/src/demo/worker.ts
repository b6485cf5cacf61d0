import { parentPort } from "node:worker_threads";
import type { ChunkReply, ChunkRequest } from "./chunk-pool.ts";
import { halveLabels } from "./halve.ts";
import { ChunkRenderer } from "./render-chunk.ts";
import { renderStack } from "./stack/render-stack.ts";

// Made with the first chunk: the tissue map takes some hundred milliseconds.
let renderer: ChunkRenderer | null = null;

function compute({ address, finer }: ChunkRequest): Uint16Array | Uint32Array {
  if (finer.length > 0) return halveLabels(finer.map((f) => new Uint32Array(f.buffer, f.byteOffset)));
  if (address.of === "stack") return renderStack(address);
  renderer ??= new ChunkRenderer();
  return renderer.render(address);
}

parentPort!.on("message", (request: ChunkRequest) => {
  const { id } = request;
  try {
    const pixels = compute(request);
    const bytes = new Uint8Array(pixels.buffer as ArrayBuffer, pixels.byteOffset, pixels.byteLength);
    parentPort!.postMessage({ id, bytes } satisfies ChunkReply, [bytes.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ id, error: message } satisfies ChunkReply);
  }
});
