import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ImageSource, openOmeZarr } from "@coscope/viewer/source";

const HOST = "http://disk.test/";

/** Opens an OME-Zarr folder through our own reader, as the page would. */
export function openFolder(folder: string): Promise<ImageSource> {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const bytes = await readFile(join(folder, decodeURIComponent(url.pathname.slice(1)))).catch(() => null);
    if (!bytes) return new Response("", { status: 404 });
    const range = new Headers(init?.headers).get("range");
    if (init?.method === "HEAD")
      return new Response(null, { headers: { "content-length": `${bytes.length}` } });
    const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
    if (!match) return new Response(new Uint8Array(bytes));
    const [, first = "", last = ""] = match;
    const start = first === "" ? bytes.length - Number(last) : Number(first);
    const end = first === "" || last === "" ? bytes.length : Number(last) + 1;
    const headers = { "content-range": `bytes ${start}-${Math.min(end, bytes.length) - 1}/${bytes.length}` };
    return new Response(new Uint8Array(bytes.subarray(start, end)), { status: 206, headers });
  };
  return openOmeZarr(HOST, { fetch: fetch as typeof globalThis.fetch });
}

/** All samples of one level as [y, x] of one channel. */
export async function readLevel(source: ImageSource, level: number, channel: number): Promise<number[]> {
  const { width, height, tileWidth, tileHeight } = source.levels[level]!;
  const out = new Array<number>(width * height).fill(0);
  for (let y = 0; y * tileHeight < height; y++) {
    for (let x = 0; x * tileWidth < width; x++) {
      const tile = await source.getTile({ level, x, y, z: 0, t: 0, channel });
      if (!tile) continue;
      for (let row = 0; row < tile.height; row++)
        for (let column = 0; column < tile.width; column++)
          out[(y * tileHeight + row) * width + x * tileWidth + column] = Number(
            tile.data[row * tile.width + column],
          );
    }
  }
  return out;
}
