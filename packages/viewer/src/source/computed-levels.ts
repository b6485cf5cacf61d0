import { ByteCache } from "./byte-cache.ts";
import type { ImageLevel, ImageSource, Tile, TileRequest } from "./image-source.ts";
import { tileGrid, tileSize } from "./image-source.ts";
import { createPixels } from "./pixels.ts";
import { SharedRequests } from "./shared-requests.ts";
import { tileKey } from "./tile-cache.ts";

/** The coarsest level need be no larger than about a screen's width. */
const COARSEST_PX = 1024;
const CACHE_BYTES = 96 * 2 ** 20;

/**
 * Adds coarser levels, each the mean of 2 × 2 pixels of the one before, to a
 * source whose own end with a large one. Costs reading that one whole, once.
 */
export function withComputedLevels(source: ImageSource): ImageSource {
  const own = source.levels.length;
  const levels: ImageLevel[] = [...source.levels];
  for (
    let finer = levels.at(-1)!;
    Math.max(finer.width, finer.height) > COARSEST_PX;
    finer = levels.at(-1)!
  ) {
    levels.push({
      width: Math.ceil(finer.width / 2),
      height: Math.ceil(finer.height / 2),
      tileWidth: finer.tileWidth,
      tileHeight: finer.tileHeight,
      downsampleX: finer.downsampleX * 2,
      downsampleY: finer.downsampleY * 2,
      // A coarse tile is made from all below it, so one worker had better make all of them.
      chunk: { width: finer.width, height: finer.height, depth: 1, channels: source.channels.length },
    });
  }
  if (levels.length === own) return source;
  const cache = new ByteCache<Tile | null>(CACHE_BYTES);
  const shared = new SharedRequests<Tile | null>();

  async function compute(request: TileRequest): Promise<Tile | null> {
    const finer = levels[request.level - 1]!;
    const { width, height } = tileSize(levels[request.level]!, request.x, request.y);
    const grid = tileGrid(finer);
    const data = createPixels(source.dtype, width * height);
    let empty = true;
    // One after another: each may itself be made from four.
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const [x, y] = [request.x * 2 + dx, request.y * 2 + dy];
      if (x >= grid.columns || y >= grid.rows) continue;
      const tile = await getTile({ ...request, level: request.level - 1, x, y });
      if (!tile && source.fill === 0) continue;
      empty &&= tile === null;
      const part = tile ?? filled(tileSize(finer, x, y), source);
      halveInto(part, data, (dy * finer.tileHeight * width + dx * finer.tileWidth) / 2, width, source.dtype);
    }
    return empty ? null : { width, height, data };
  }

  function getTile(request: TileRequest): Promise<Tile | null> {
    if (request.level < own) return source.getTile(request);
    const level = levels[request.level];
    const grid = level && tileGrid(level);
    if (!grid || !(request.x >= 0 && request.y >= 0 && request.x < grid.columns && request.y < grid.rows)) {
      throw new RangeError(`no tile ${request.x},${request.y} at level ${request.level} of ${source.id}`);
    }
    const key = tileKey(request);
    const kept = cache.get(key);
    if (kept !== undefined) return Promise.resolve(kept);
    return shared.get(key, request.signal, async (signal) => {
      const tile = await compute({ ...request, signal });
      cache.set(key, tile, 200 + (tile?.data.byteLength ?? 0));
      return tile;
    });
  }

  return {
    ...source,
    levels,
    getTile: async (request) => getTile(request),
    close() {
      cache.clear();
      source.close?.();
    },
  };
}

function filled(size: { width: number; height: number }, source: ImageSource): Tile {
  return { ...size, data: createPixels(source.dtype, size.width * size.height).fill(source.fill) };
}

/** Means of 2 × 2 pixels, of fewer at odd edges. Written from `offset` on, rows `stride` apart. */
function halveInto(
  tile: Tile,
  target: Tile["data"],
  offset: number,
  stride: number,
  dtype: ImageSource["dtype"],
): void {
  const { width, height, data } = tile;
  const rounds = !dtype.startsWith("float");
  for (let y = 0; y < height; y += 2) {
    const below = y + 1 < height ? width : 0;
    for (let x = 0; x < width; x += 2) {
      const at = y * width + x;
      const right = x + 1 < width ? 1 : 0;
      const mean = (data[at]! + data[at + right]! + data[at + below]! + data[at + below + right]!) / 4;
      target[offset + (y / 2) * stride + x / 2] = rounds ? Math.round(mean) : mean;
    }
  }
}
