// The slide's server, in a thread of its own: what it costs must not count as reading.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { slideDocuments, tilePixels } from "../viewer/slide.ts";

const { delayMs } = workerData as { delayMs: number };
const documents = slideDocuments();
const counts = { requests: 0, bytes: 0, missing: 0 };

function bodyOf(key: string): Uint8Array | null {
  const document = documents.get(key);
  if (document) return new TextEncoder().encode(document);
  const match = /^(\d+)\/c\/(\d+)\/(\d+)\/(\d+)$/.exec(key);
  if (!match) return null;
  const [level, channel, row, column] = match.slice(1).map(Number) as [number, number, number, number];
  return new Uint8Array(tilePixels(channel, level, column, row).buffer);
}

const server = createServer((request, response) => {
  counts.requests++;
  setTimeout(() => {
    if (response.destroyed) return;
    const body = bodyOf(new URL(request.url!, "http://x").pathname.replace(/^\/slide\.zarr\//, ""));
    if (!body) {
      counts.missing++;
      response.writeHead(404).end();
      return;
    }
    counts.bytes += body.length;
    response.writeHead(200, { "content-length": body.length }).end(body);
  }, delayMs);
});
// A connection that the server ends as it is taken up again would count as a fault of the reader.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => parentPort!.postMessage((server.address() as AddressInfo).port));
parentPort!.on("message", () => {
  parentPort!.postMessage({ ...counts });
  Object.assign(counts, { requests: 0, bytes: 0, missing: 0 });
});
