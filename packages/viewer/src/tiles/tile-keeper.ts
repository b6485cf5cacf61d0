import { type ImageSource, tileGrid } from "../source/image-source.ts";
import { type OsdTile, type OsdTileCache, type OsdTiledImage, osdStatics } from "./osd.ts";
import type { RawTile } from "./raw-tile.ts";
import { bytesPerLane, lanesFor } from "./texels.ts";
import type { RawTileSource } from "./tile-source.ts";
import { placeKey, tilePixels } from "./view-tiles.ts";

/** OpenSeadragon's number of our coarsest level. */
const COARSEST = 1;
const UNDERLAY_TILES = 4;
/** A view needs this many tiles at most; fewer would be read again and again. */
const FEWEST_TILES = 48;

/** What OpenSeadragon's cache holds of one image, and for how long. */
export class TileKeeper {
  readonly #source: ImageSource;
  readonly #tiles: RawTileSource;
  readonly #cache: OsdTileCache;
  #image: OsdTiledImage | null = null;
  #underlay: OsdTile[] = [];

  constructor(source: ImageSource, tiles: RawTileSource, cache: OsdTileCache) {
    this.#source = source;
    this.#tiles = tiles;
    this.#cache = cache;
  }

  /** @param bytes of decoded pixels and textures together */
  limit(bytes: number): void {
    const { levels, channels } = this.#source;
    const perTile = 2 * tilePixels(levels[0]!) * bytesPerLane(this.#source) * lanesFor(channels.length);
    const most = Math.min(2000, Math.floor(bytes / perTile));
    this.#cache._maxCacheItemCount = Math.max(FEWEST_TILES, most);
  }

  added(image: OsdTiledImage): void {
    this.#image = image;
    this.holdUnderlay();
  }

  /**
   * Reads the coarsest level and keeps it, where that is a handful of tiles: a
   * blurred picture is under everything that has not come yet.
   */
  holdUnderlay(): void {
    const image = this.#image;
    const { levels } = this.#source;
    const { columns, rows } = tileGrid(levels.at(-1)!);
    if (!image || columns * rows > UNDERLAY_TILES || levels.length === 1) return;
    const now = osdStatics.now();
    const grid = this.#tiles.getNumTiles(COARSEST);
    this.#underlay = [];
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const tile = image._getTile(x, y, COARSEST, now, grid);
        this.#underlay.push(tile);
        if (!tile.loaded && !tile.loading) image._loadTile(tile, now);
      }
    }
  }

  /** Touched tiles are neither evicted nor aborted. */
  touch(time: number): void {
    for (const tile of this.#underlay) tile.lastTouchTime = Math.max(tile.lastTouchTime, time);
  }

  /** Places of the tiles that OpenSeadragon has, with their textures. */
  loaded(): Set<string> {
    return new Set(
      this.#all().map(({ level, x, y }) => placeKey({ level: this.#tiles.indexOf(level), x, y })),
    );
  }

  #all(): OsdTile[] {
    return this.#image ? (this.#cache.getLoadedTilesFor(this.#image) as OsdTile[]) : [];
  }

  /** OpenSeadragon reads the others anew where they are needed. */
  dropAllBut(fresh: ReadonlySet<RawTile>): void {
    for (const tile of this.#all()) {
      const raw = (tile as unknown as { getCache(): { data: RawTile } | undefined }).getCache()?.data;
      if (!raw || !fresh.has(raw)) tile.unload(true);
    }
  }

  close(): void {
    this.#underlay = [];
    this.#image = null;
  }
}
