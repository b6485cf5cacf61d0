import type { Renderer } from "../render/renderer.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { ImageSource } from "../source/image-source.ts";
import { ChannelCompleter } from "./channel-completer.ts";
import type { OpenSeadragon, OsdTileCache, OsdTiledImage } from "./osd.ts";
import { PlaneReader } from "./plane-reader.ts";
import { PlaneSwitcher } from "./plane-switcher.ts";
import type { Progress } from "./projection-progress.ts";
import { createRawTile, type PlaneIndex, planeKey, type RawTile } from "./raw-tile.ts";
import { RETRY_MS, Retries } from "./retries.ts";
import { SlotTable } from "./slots.ts";
import { TileKeeper } from "./tile-keeper.ts";
import { RawTileSource } from "./tile-source.ts";
import { placeKey, type TilePlace, type ViewNow } from "./view-tiles.ts";

export interface ImageLayerHost {
  readonly osd: OpenSeadragon.Viewer;
  readonly renderer: Renderer;
  channels(): readonly ChannelSettings[];
  /** Decoded pixels and textures of tiles that OpenSeadragon keeps. */
  readonly cacheBytes: number;
  /** Pixels read ahead, or kept of planes left behind. */
  readonly aheadBytes: number;
  /** Whether to read what nobody asked for yet. */
  readonly prefetch: boolean;
  tileError(error: unknown): void;
  /** Reads what else is shown of a plane, so that all changes at once. */
  preparePlane(plane: PlaneIndex, signal: AbortSignal): Promise<void>;
  /** Another plane is on screen from the next frame on. */
  planeChanged(plane: PlaneIndex): void;
  projecting(progress: Progress | null): void;
}

/** Longest that the picture before stays while another level is loaded from memory. */
const MOST_HOLD_MS = 500;

/** One open image inside OpenSeadragon: its tiles, and changes of plane and of shown channels. */
export class ImageLayer {
  readonly source: ImageSource;
  readonly #host: ImageLayerHost;
  readonly slots: SlotTable;
  readonly #tiles: RawTileSource;
  readonly #keeper: TileKeeper;
  readonly #reader: PlaneReader;
  readonly #switcher: PlaneSwitcher;
  readonly #completer: ChannelCompleter;
  readonly #retries = new Retries();
  #image: OsdTiledImage | null = null;
  #plane: PlaneIndex;
  #readying: AbortController | null = null;
  #updatedAt = 0;
  #closed = false;

  constructor(source: ImageSource, plane: PlaneIndex, host: ImageLayerHost) {
    this.source = source;
    this.#host = host;
    this.#plane = plane;
    this.slots = new SlotTable(source.channels.length);
    const { renderer, aheadBytes, prefetch } = host;
    const shown = () => this.#shownChannels();
    const tileError = (error: unknown) => host.tileError(error);
    const reader = new PlaneReader({
      source,
      slots: this.slots,
      aheadBytes,
      prefetch,
      plane: () => this.#plane,
      channels: shown,
      isComplete: () => this.complete,
      isLoaded: (place) => this.#keeper.loaded().has(placeKey(place)),
      tileError,
      projecting: (progress) => host.projecting(progress),
    });
    this.#reader = reader;
    this.#switcher = new PlaneSwitcher({
      source,
      renderer,
      plane: () => this.#plane,
      read: (place, next, signal) => reader.read(place, next, shown(), signal),
      changesLevels: (next) => reader.texelPxOf(next) !== reader.texelPx,
      preload: (next, signal) => reader.need(next, signal),
      preparePlane: (next, signal) => host.preparePlane(next, signal),
      commit: (next, fresh) => this.#commit(next, fresh),
      reload: (next) => this.#reload(next),
      leaving: (raw) => reader.keep(raw),
      tileError,
    });
    this.#completer = new ChannelCompleter({
      read: (raw, channels, signal) => reader.readNow(raw, raw.plane, channels, signal, tileError),
      changed: () => host.osd.forceRedraw(),
      failed: tileError,
      retryLater: (run) =>
        this.#retries.after(RETRY_MS, () => {
          run();
          this.#update();
        }),
    });
    this.#tiles = new RawTileSource({
      source,
      plane: () => this.#plane,
      channels: shown,
      read: (place, of, channels, signal) => reader.read(place, of, channels, signal),
      prepare: (raw, signal) => renderer.prepare(raw, signal),
      discard: (raw) => renderer.discard(raw),
      report: tileError,
      failed: ({ tile }) =>
        this.#retries.again(tile.getUrl(), () => {
          tile.exists = true;
          this.#update();
        }),
    });
    const { tileCache } = host.osd as unknown as { tileCache: OsdTileCache };
    this.#keeper = new TileKeeper(source, this.#tiles, tileCache);
  }

  get plane(): PlaneIndex {
    return this.#plane;
  }

  /** Pixels of a tile of the plane that is shown, for others than the canvas. */
  readonly readTile = async (
    place: TilePlace,
    channels: readonly number[],
    signal: AbortSignal,
  ): Promise<RawTile> => {
    const plane = this.#plane;
    const report = (error: unknown) => this.#host.tileError(error);
    return createRawTile(
      this.source,
      place,
      plane,
      await this.#reader.readNow(place, plane, channels, signal, report),
    );
  };

  #shownChannels(): number[] {
    return this.#host.channels().flatMap((channel, i) => (channel.visible ? [i] : []));
  }

  /**
   * Resolves when OpenSeadragon has the image; its tiles come after.
   * @param view what will be seen first
   */
  add(view: ViewNow): Promise<void> {
    const { osd } = this.#host;
    this.#reader.setView(view);
    this.#reader.texelPx = this.#reader.texelPxOf(this.#plane);
    this.#keeper.limit(this.#host.cacheBytes);
    osd.addHandler("update-level", this.#onUpdateLevel as never);
    return new Promise((resolve, reject) => {
      osd.addTiledImage({
        tileSource: this.#tiles as unknown as OpenSeadragon.TileSource,
        success: (event) => {
          const image = (event as unknown as { item: OsdTiledImage }).item;
          this.#image = image;
          // It begins at ten times the number, to fill the first view; our views are filled by one batch.
          image._currentMaxTilesPerFrame = image.maxTilesPerFrame;
          image.minPixelRatio = this.#reader.texelPx;
          // The last tile may complete the view without a frame being due that would say so.
          image.addHandler("fully-loaded-change", () => osd.forceRedraw());
          this.#keeper.added(image);
          resolve();
        },
        error: reject as never,
      });
    });
  }

  readonly #onUpdateLevel = (event: { tiledImage: OsdTiledImage; currenttime: number }) => {
    if (event.tiledImage === this.#image) this.#updatedAt = event.currenttime;
  };

  /** Call after every frame. */
  afterFrame(view: ViewNow): void {
    this.#reader.setView(view);
    this.#keeper.touch(this.#updatedAt);
    this.#tiles.abortStale(this.#updatedAt);
    const drawn = new Set(this.#host.renderer.drawn.map(({ raw }) => raw));
    this.#completer.complete(drawn, this.#shownChannels());
  }

  /** True when all that the view needs is on screen. */
  get complete(): boolean {
    const loaded = this.#image?.getFullyLoaded() ?? false;
    return loaded && !this.#completer.active && !this.#switcher.active;
  }

  /** True while anything is read that nobody waits for, or is about to be. */
  get readingAhead(): boolean {
    return this.#reader.readingAhead;
  }

  get aheadBytes(): number {
    return this.#reader.aheadBytes;
  }

  #update(): void {
    if (this.#image) this.#image._needsUpdate = true;
    this.#host.osd.forceRedraw();
  }

  /** Shows another plane: see `PlaneSwitcher`. */
  setPlane(plane: PlaneIndex): Promise<void> {
    return this.#switcher.set(plane);
  }

  /** Reads what the view needs of a plane, in place of the one asked for before. */
  async ready(plane: PlaneIndex): Promise<void> {
    this.#readying?.abort();
    const controller = new AbortController();
    this.#readying = controller;
    if (planeKey(plane) === planeKey(this.#plane)) return;
    const { signal } = controller;
    await Promise.all([this.#reader.need(plane, signal), this.#host.preparePlane(plane, signal)]);
  }

  #commit(plane: PlaneIndex, fresh: ReadonlySet<RawTile> | null): void {
    const before = this.#plane;
    this.#plane = plane;
    if (fresh) {
      // Everything cached of another plane goes.
      this.#completer.stop();
      this.#tiles.abortAll();
      this.#keeper.dropAllBut(fresh);
      this.#update();
      this.#keeper.holdUnderlay();
    }
    this.#host.planeChanged(plane);
    this.#reader.planeChanged(before, plane);
  }

  async #reload(plane: PlaneIndex): Promise<void> {
    const wanted = this.#reader.placesOf(plane).map(placeKey);
    const texelPx = this.#reader.texelPxOf(plane);
    this.#reader.texelPx = texelPx;
    if (this.#image) this.#image.minPixelRatio = texelPx;
    this.#commit(plane, new Set());
    const end = performance.now() + MOST_HOLD_MS;
    while (!this.#closed && performance.now() < end) {
      const loaded = this.#keeper.loaded();
      if (wanted.every((key) => loaded.has(key))) return;
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  close(): void {
    this.#closed = true;
    this.#switcher.close();
    this.#readying?.abort();
    this.#reader.close();
    this.#completer.stop();
    this.#keeper.close();
    this.#retries.stop();
    this.#tiles.abortAll();
    this.#host.osd.removeHandler("update-level", this.#onUpdateLevel as never);
    if (this.#image) this.#host.osd.world.removeItem(this.#image);
    this.#image = null;
  }
}
