import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ImageHost {
  /** Without a slash at the end; every folder below is another kind of trouble. */
  readonly url: string;
  close(): Promise<void>;
}

const SIDE = 256;
const PLANES = 5;
const CHUNK = 128;

/**
 * A host of small images, most of them not as they should be:
 * `/closed.zarr` without CORS · `/text.zarr` another kind of JSON · `/truncated.zarr` chunks cut short ·
 * `/holes.zarr` half of the chunks answer 500 · `/stack.zarr` in order, with five z planes · everything else 404.
 */
export async function startImageHost(): Promise<ImageHost> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://host").pathname;
    const [, name = "", ...rest] = path.split("/");
    if (name !== "closed.zarr") {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "*");
    }
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    const answer = answerFor(name, rest.join("/"));
    response.writeHead(answer === null ? 404 : answer.status, { "content-type": "application/octet-stream" });
    response.end(answer?.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerFor(name: string, path: string): { status: number; body: string | Buffer } | null {
  if (name === "text.zarr") {
    return path === "zarr.json" || path === ".zattrs" ? { status: 200, body: '{"hello": "world"}' } : null;
  }
  if (!["closed.zarr", "truncated.zarr", "holes.zarr", "stack.zarr"].includes(name)) return null;
  if (path === "zarr.json") return { status: 200, body: JSON.stringify(GROUP) };
  if (path === "0/zarr.json") return { status: 200, body: JSON.stringify(ARRAY) };
  const chunk = /^0\/c\/0\/([0-4])\/([01])\/([01])$/.exec(path);
  if (!chunk) return null;
  // Each plane has a grey of its own.
  const pixels = Buffer.alloc(CHUNK * CHUNK, 60 + 40 * Number(chunk[1]));
  if (name === "truncated.zarr") return { status: 200, body: pixels.subarray(0, 1000) };
  if (name === "holes.zarr" && chunk[2] === "1") return { status: 500, body: "" };
  return { status: 200, body: pixels };
}

const GROUP = {
  zarr_format: 3,
  node_type: "group",
  attributes: {
    ome: {
      version: "0.5",
      multiscales: [
        {
          name: "small",
          axes: [
            { name: "c", type: "channel" },
            { name: "z", type: "space" },
            { name: "y", type: "space" },
            { name: "x", type: "space" },
          ],
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1, 1] }] }],
        },
      ],
    },
  },
};

const ARRAY = {
  zarr_format: 3,
  node_type: "array",
  shape: [1, PLANES, SIDE, SIDE],
  data_type: "uint8",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [1, 1, CHUNK, CHUNK] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 0,
  codecs: [{ name: "bytes" }],
  dimension_names: ["c", "z", "y", "x"],
};
