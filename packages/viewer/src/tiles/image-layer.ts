import { isAbort } from "../errors.ts";
import type { Renderer } from "../render/renderer.ts";
import type { ChannelSettings } from "../source/channels.ts";
import { type ImageSource, tileGrid } from "../source/image-source.ts";
import {
  type OpenSeadragon,
  type OsdJob,
  type OsdTile,
  type OsdTileCache,
  type OsdTiledImage,
  osdStatics,
} from "./osd.ts";
import { addTo, type PlaneIndex, type RawTile, readTile, replaceWith, type TileRead } from "./raw-tile.ts";
import { SlotTable } from "./slots.ts";
import { lanesFor } from "./texels.ts";
import { RawTileSource } from "./tile-source.ts";

export interface ImageLayerHost {
  readonly osd: OpenSeadragon.Viewer;
  readonly renderer: Renderer;
  channels(): readonly ChannelSettings[];
  /** Decoded pixels and textures of tiles that OpenSeadragon keeps. */
  readonly cacheBytes: number;
  tileError(error: unknown): void;
  /** Reads what else is shown of a plane, so that all changes at once. */
  preparePlane(plane: PlaneIndex, signal: AbortSignal): Promise<void>;
  /** Another plane is on screen from the next frame on. */
  planeChanged(plane: PlaneIndex): void;
}

/** First wait before a tile that could not be read is tried again; doubled each time. */
const RETRY_MS = 2_000;
const RETRY_MOST_MS = 60_000;
/** OpenSeadragon's number of our coarsest level. */
const COARSEST = 1;
const UNDERLAY_TILES = 4;
/** A view needs this many tiles at most; fewer would be read again and again. */
const FEWEST_TILES = 48;

/** One open image inside OpenSeadragon: its tiles, and changes of plane and of shown channels. */
export class ImageLayer {
  readonly source: ImageSource;
  readonly #host: ImageLayerHost;
  readonly slots: SlotTable;
  readonly #tiles: RawTileSource;
  readonly #retries = new Map<string, number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** Tiles whose newly shown channels are being read. */
  readonly #completing = new Map<RawTile, AbortController>();
  #image: OsdTiledImage | null = null;
  #plane: PlaneIndex;
  #wanted: PlaneIndex;
  #switching: Promise<void> | null = null;
  #updatedAt = 0;
  #underlay: OsdTile[] = [];
  #closed = false;

  constructor(source: ImageSource, plane: PlaneIndex, host: ImageLayerHost) {
    this.source = source;
    this.#host = host;
    this.#plane = plane;
    this.#wanted = plane;
    this.slots = new SlotTable(source.channels.length);
    this.#tiles = new RawTileSource({
      source,
      slots: this.slots,
      plane: () => this.#plane,
      channels: () => this.#shownChannels(),
      prepare: (raw, signal) => host.renderer.prepare(raw, signal),
      report: (error) => host.tileError(error),
      failed: (job) => this.#retryLater(job),
    });
  }

  get plane(): PlaneIndex {
    return this.#plane;
  }

  get #cache(): OsdTileCache {
    return (this.#host.osd as unknown as { tileCache: OsdTileCache }).tileCache;
  }

  #shownChannels(): number[] {
    return this.#host.channels().flatMap((channel, i) => (channel.visible ? [i] : []));
  }

  /** Resolves when OpenSeadragon has the image; its tiles come after. */
  add(): Promise<void> {
    const { osd } = this.#host;
    this.#cache._maxCacheItemCount = this.#mostTiles();
    osd.addHandler("update-level", this.#onUpdateLevel as never);
    return new Promise((resolve, reject) => {
      osd.addTiledImage({
        tileSource: this.#tiles as unknown as OpenSeadragon.TileSource,
        success: (event) => {
          const image = (event as unknown as { item: OsdTiledImage }).item;
          this.#image = image;
          // It begins at ten times the number, to fill the first view; our views are filled by one batch.
          image._currentMaxTilesPerFrame = image.maxTilesPerFrame;
          // The last tile may complete the view without a frame being due that would say so.
          image.addHandler("fully-loaded-change", () => osd.forceRedraw());
          this.#holdUnderlay();
          resolve();
        },
        error: reject as never,
      });
    });
  }

  #mostTiles(): number {
    const { levels, channels, dtype } = this.source;
    const bytes = dtype === "uint8" ? 1 : dtype === "uint16" ? 2 : 4;
    const { tileWidth, tileHeight } = levels[0]!;
    // In memory and as a texture.
    const perTile = 2 * tileWidth * tileHeight * bytes * lanesFor(channels.length);
    return Math.max(FEWEST_TILES, Math.min(2000, Math.floor(this.#host.cacheBytes / perTile)));
  }

  readonly #onUpdateLevel = (event: { tiledImage: OsdTiledImage; currenttime: number }) => {
    if (event.tiledImage === this.#image) this.#updatedAt = event.currenttime;
  };

  /**
   * Reads the coarsest level and keeps it, where that is a handful of tiles: a
   * blurred picture is under everything that has not come yet.
   */
  #holdUnderlay(): void {
    const image = this.#image;
    const { columns, rows } = tileGrid(this.source.levels.at(-1)!);
    if (!image || columns * rows > UNDERLAY_TILES || this.source.levels.length === 1) return;
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

  /** Call after every frame. */
  afterFrame(): void {
    // Touched tiles are neither evicted nor aborted.
    for (const tile of this.#underlay) tile.lastTouchTime = Math.max(tile.lastTouchTime, this.#updatedAt);
    this.#tiles.abortStale(this.#updatedAt);
    this.#completeChannels();
  }

  /** True when all that the view needs is on screen. */
  get complete(): boolean {
    return (this.#image?.getFullyLoaded() ?? false) && this.#completing.size === 0 && !this.#switching;
  }

  #retryLater(job: OsdJob): void {
    const { tile } = job;
    const key = tile.getUrl();
    const tries = this.#retries.get(key) ?? 0;
    this.#retries.set(key, tries + 1);
    this.#after(Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** tries), () => {
      tile.exists = true;
      this.#update();
    });
  }

  #after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #update(): void {
    if (this.#image) this.#image._needsUpdate = true;
    this.#host.osd.forceRedraw();
  }

  /** Reads channels that were hidden when their tiles were loaded. Nothing is read twice. */
  #completeChannels(): void {
    const drawn = new Set(this.#host.renderer.drawn.map(({ raw }) => raw));
    for (const [raw, controller] of this.#completing) {
      if (!drawn.has(raw)) controller.abort();
    }
    const shown = this.#shownChannels();
    for (const raw of drawn) {
      if (this.#completing.has(raw)) continue;
      const missing = shown.filter((channel) => !raw.loaded.has(channel));
      if (missing.length > 0) this.#complete(raw, missing);
    }
  }

  #read(
    raw: RawTile,
    plane: PlaneIndex,
    channels: readonly number[],
    signal: AbortSignal,
  ): Promise<TileRead> {
    const report = (error: unknown) => this.#host.tileError(error);
    return readTile(this.source, raw, plane, channels, this.slots, signal, report);
  }

  #complete(raw: RawTile, channels: readonly number[]): void {
    const controller = new AbortController();
    const { plane } = raw;
    this.#completing.set(raw, controller);
    this.#read(raw, plane, channels, controller.signal).then(
      (read) => {
        if (this.#closed || raw.plane !== plane) return;
        addTo(raw, read);
        this.#completing.delete(raw);
        this.#host.osd.forceRedraw();
      },
      (error) => {
        if (isAbort(error)) {
          this.#completing.delete(raw);
          return;
        }
        this.#host.tileError(error);
        // Left in the map meanwhile, so that the next frame does not ask again at once.
        this.#after(RETRY_MS, () => {
          this.#completing.delete(raw);
          this.#update();
        });
      },
    );
  }

  /**
   * Shows another plane. The old one stays until everything visible has come,
   * then all tiles change in one frame. Of planes asked for in the meantime
   * only the newest is read; each promise resolves when that is shown.
   */
  setPlane(plane: PlaneIndex): Promise<void> {
    this.#wanted = plane;
    this.#switching ??= this.#switchPlanes().finally(() => {
      this.#switching = null;
      this.#holdUnderlay();
    });
    return this.#switching;
  }

  async #switchPlanes(): Promise<void> {
    while (!this.#closed && (this.#wanted.z !== this.#plane.z || this.#wanted.t !== this.#plane.t)) {
      const plane = this.#wanted;
      const drawn = [...new Set(this.#host.renderer.drawn.map(({ raw }) => raw))];
      const shown = this.#shownChannels();
      const signal = new AbortController().signal;
      const prepared = this.#host.preparePlane(plane, signal);
      const reads = await Promise.all(
        drawn.map((raw) =>
          this.#read(raw, plane, shown, signal).then(
            (read) => ({ raw, read }),
            (error) => {
              this.#host.tileError(error);
              return { raw, read: null };
            },
          ),
        ),
      );
      await prepared;
      if (this.#closed) return;
      const fresh = new Set<RawTile>();
      for (const { raw, read } of reads) {
        if (!read) continue;
        replaceWith(raw, plane, read);
        fresh.add(raw);
      }
      this.#plane = plane;
      this.#dropAllBut(fresh);
      this.#host.planeChanged(plane);
    }
  }

  /** Everything cached of another plane goes; OpenSeadragon reads it anew where it is needed. */
  #dropAllBut(fresh: ReadonlySet<RawTile>): void {
    for (const controller of this.#completing.values()) controller.abort();
    this.#completing.clear();
    this.#tiles.abortAll();
    if (!this.#image) return;
    for (const tile of this.#cache.getLoadedTilesFor(this.#image) as OsdTile[]) {
      const raw = (tile as unknown as { getCache(): { data: RawTile } | undefined }).getCache()?.data;
      if (!raw || !fresh.has(raw)) tile.unload(true);
    }
    this.#update();
  }

  close(): void {
    this.#closed = true;
    this.#underlay = [];
    for (const timer of this.#timers) clearTimeout(timer);
    for (const controller of this.#completing.values()) controller.abort();
    this.#tiles.abortAll();
    this.#host.osd.removeHandler("update-level", this.#onUpdateLevel as never);
    if (this.#image) this.#host.osd.world.removeItem(this.#image);
    this.#image = null;
  }
}
