import { ByteCache } from "./byte-cache.ts";
import type { ImageSource, Tile, TileRequest } from "./image-source.ts";
import { SharedRequests } from "./shared-requests.ts";

export interface TileCacheReport {
  hits: number;
  misses: number;
  bytes: number;
}

/** Bookkeeping of one entry, so that a slide full of missing tiles is bounded as well. */
const ENTRY_BYTES = 200;

export const tileKey = ({ level, x, y, z, t, channel }: TileRequest): string =>
  `${level}/${channel}/${t}/${z}/${y}/${x}`;

/**
 * Keeps decoded tiles up to a byte budget, and lets simultaneous requests for
 * one tile share one read.
 */
export function withTileCache(
  source: ImageSource,
  options: { budgetBytes?: number; report?: TileCacheReport } = {},
): ImageSource {
  const cache = new ByteCache<Tile | null>(options.budgetBytes ?? 256 * 2 ** 20);
  const shared = new SharedRequests<Tile | null>();
  const report = options.report ?? { hits: 0, misses: 0, bytes: 0 };
  return {
    ...source,
    getTile(request) {
      const key = tileKey(request);
      const cached = cache.get(key);
      if (cached !== undefined) {
        report.hits++;
        return Promise.resolve(cached);
      }
      report.misses++;
      return shared.get(key, request.signal, async (signal) => {
        const tile = await source.getTile({ ...request, signal });
        cache.set(key, tile, ENTRY_BYTES + (tile?.data.byteLength ?? 0));
        report.bytes = cache.bytes;
        return tile;
      });
    },
    close() {
      cache.clear();
      source.close?.();
    },
  };
}
