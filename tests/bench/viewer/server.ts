import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import sharp from "sharp";
import { type Contrast, colourOf, SLIDE, slideDocuments, tilePixels } from "./slide.ts";

export interface BenchServer {
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/**
 * Serves the built page, the slide as OME-Zarr at /slide.zarr/, and for the
 * peer the same slide coloured on the server, at
 * /tiles/<settings>/<level>/<column>_<row>.png.
 */
export async function startBenchServer(dist: string): Promise<BenchServer> {
  const documents = slideDocuments();

  async function answer(path: string): Promise<{ type: string; body: Uint8Array | string } | null> {
    if (path.startsWith("/slide.zarr/")) {
      const key = path.slice("/slide.zarr/".length);
      const document = documents.get(key);
      if (document) return { type: "application/json", body: document };
      const match = /^(\d+)\/c\/(\d+)\/(\d+)\/(\d+)$/.exec(key);
      if (!match) return null;
      const [level, channel, row, column] = match.slice(1).map(Number) as [number, number, number, number];
      const pixels = tilePixels(channel, level, column, row);
      return { type: "application/octet-stream", body: new Uint8Array(pixels.buffer) };
    }
    const tile = /^\/tiles\/([^/]+)\/(\d+)\/(\d+)_(\d+)\.png$/.exec(path);
    if (tile) {
      const settings = JSON.parse(decodeURIComponent(tile[1]!)) as Contrast[];
      const [level, column, row] = tile.slice(2).map(Number) as [number, number, number];
      return { type: "image/png", body: await colouredTile(settings, level, column, row) };
    }
    const file = normalize(join(dist, path === "/" ? "index.html" : path));
    if (!file.startsWith(dist) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
    return { type: TYPES[extname(file)] ?? "application/octet-stream", body: readFileSync(file) };
  }

  const server = createServer((request, response) => {
    answer(new URL(request.url!, "http://x").pathname).then(
      (found) => {
        if (!found) {
          response.writeHead(404).end();
          return;
        }
        response.writeHead(200, { "content-type": found.type, "cache-control": "no-store" });
        response.end(found.body);
      },
      (error) => {
        console.error(error);
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function colouredTile(settings: Contrast[], level: number, column: number, row: number) {
  const { tile, channels } = SLIDE;
  const planes = Array.from({ length: channels }, (_, channel) => tilePixels(channel, level, column, row));
  const rgb = new Uint8Array(tile * tile * 3);
  for (let i = 0; i < tile * tile; i++) rgb.set(colourOf(planes, i, settings), 3 * i);
  return sharp(rgb, { raw: { width: tile, height: tile, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
