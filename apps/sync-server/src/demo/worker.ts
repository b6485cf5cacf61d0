import { parentPort } from "node:worker_threads";
import type { ChunkAddress } from "./chunk-address.ts";
import type { ChunkReply } from "./chunk-pool.ts";
import { renderChunk } from "./render-chunk.ts";

parentPort!.on("message", ({ id, address }: { id: number; address: ChunkAddress }) => {
  let reply: ChunkReply;
  let transfer: ArrayBuffer[] = [];
  try {
    const pixels = renderChunk(address);
    const bytes = new Uint8Array(pixels.buffer as ArrayBuffer, pixels.byteOffset, pixels.byteLength);
    reply = { id, bytes };
    transfer = [bytes.buffer];
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(reply, transfer);
});
