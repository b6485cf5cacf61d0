import { isAbort } from "../errors.ts";
import type { ImageLevel, ImageSource } from "../source/image-source.ts";
import { tileGrid, tileSize } from "../source/image-source.ts";
import { OpenSeadragon, type OsdJob, RAW_TYPE } from "./osd.ts";
import {
  createRawTile,
  type PlaneIndex,
  type RawTile,
  type ReportTileError,
  type TileRead,
} from "./raw-tile.ts";
import type { TilePlace } from "./view-tiles.ts";

export interface TileSourceHost {
  readonly source: ImageSource;
  plane(): PlaneIndex;
  /** Channels to read now: those shown. */
  channels(): readonly number[];
  read(
    place: TilePlace,
    plane: PlaneIndex,
    channels: readonly number[],
    signal: AbortSignal,
  ): Promise<TileRead>;
  /** Resolves when the tile's textures exist, so that OpenSeadragon never counts on a tile that cannot be drawn yet. */
  prepare(tile: RawTile, signal: AbortSignal): Promise<void>;
  /** What was prepared is not needed after all. */
  discard(tile: RawTile): void;
  report: ReportTileError;
  /** A tile could not be read and is to be tried again later. */
  failed(job: OsdJob): void;
}

/**
 * Our levels as OpenSeadragon sees them. Its level 0 is a phantom of one pixel
 * that exists only to be the "cut-off level": OpenSeadragon never evicts tiles
 * at or below that, so a real level there would grow without bound. Level 1 is
 * the coarsest real one.
 */
export class RawTileSource extends OpenSeadragon.TileSource {
  declare readonly host: TileSourceHost;
  declare readonly jobs: Set<OsdJob>;

  constructor(host: TileSourceHost) {
    const { width, height, levels } = host.source;
    super({
      width,
      height,
      tileSize: levels[0]!.tileWidth,
      minLevel: 1,
      maxLevel: levels.length,
    } as unknown as OpenSeadragon.TileSourceOptions);
    // After super(): it would clone plain objects.
    Object.assign(this, { host, jobs: new Set<OsdJob>() });
  }

  indexOf(osdLevel: number): number {
    return this.host.source.levels.length - osdLevel;
  }

  #level(osdLevel: number): ImageLevel | undefined {
    return this.host.source.levels[this.indexOf(osdLevel)];
  }

  override getClosestLevel(): number {
    return 0;
  }

  override getLevelScale(osdLevel: number): number {
    const level = this.#level(osdLevel);
    return level ? 1 / level.downsampleX : 1 / this.host.source.width;
  }

  override getNumTiles(osdLevel: number): OpenSeadragon.Point {
    const level = this.#level(osdLevel);
    if (!level) return new OpenSeadragon.Point(1, 1);
    const { columns, rows } = tileGrid(level);
    return new OpenSeadragon.Point(columns, rows);
  }

  override getTileWidth(osdLevel: number): number {
    return this.#level(osdLevel)?.tileWidth ?? 1;
  }

  override getTileHeight(osdLevel: number): number {
    return this.#level(osdLevel)?.tileHeight ?? 1;
  }

  /** @param point x in 0…1, y in 0…height/width. Returns a Point; the bundled types say Tile. */
  override getTileAtPoint(osdLevel: number, point: OpenSeadragon.Point): OpenSeadragon.Tile {
    const level = this.#level(osdLevel);
    const at = (position: number, edge: number, count: number) =>
      Math.max(0, Math.min(count - 1, Math.floor(position / edge)));
    const { width } = this.host.source;
    const found = level
      ? new OpenSeadragon.Point(
          at((point.x * width) / level.downsampleX, level.tileWidth, tileGrid(level).columns),
          at((point.y * width) / level.downsampleY, level.tileHeight, tileGrid(level).rows),
        )
      : new OpenSeadragon.Point(0, 0);
    return found as unknown as OpenSeadragon.Tile;
  }

  override getTileBounds(osdLevel: number, x: number, y: number, isSource = false): OpenSeadragon.Rect {
    const level = this.#level(osdLevel);
    const { width: full, height } = this.host.source;
    if (!level) return new OpenSeadragon.Rect(0, 0, 1, height / full);
    const { width, height: tileHeight } = tileSize(level, x, y);
    if (isSource) return new OpenSeadragon.Rect(0, 0, width, tileHeight);
    const scaleX = level.downsampleX / full;
    const scaleY = level.downsampleY / full;
    return new OpenSeadragon.Rect(
      x * level.tileWidth * scaleX,
      y * level.tileHeight * scaleY,
      width * scaleX,
      tileHeight * scaleY,
    );
  }

  override tileExists(osdLevel: number, x: number, y: number): boolean {
    const level = this.#level(osdLevel);
    if (!level) return false;
    const { columns, rows } = tileGrid(level);
    return x >= 0 && y >= 0 && x < columns && y < rows;
  }

  override hasTransparency(): boolean {
    return false;
  }

  override getTileUrl(osdLevel: number, x: number, y: number): string {
    return `${this.indexOf(osdLevel)}/${x}/${y}`;
  }

  /** Without the plane: a change of z or t replaces what a cache record holds. */
  override getTileHashKey(osdLevel: number, x: number, y: number): string {
    return `${this.host.source.id}#${this.indexOf(osdLevel)}/${x}/${y}`;
  }

  override downloadTileStart(context: OpenSeadragon.ImageJob): void {
    const job = context as OsdJob;
    const controller = new AbortController();
    job.userData.controller = controller;
    this.jobs.add(job);
    this.#read(job, controller.signal).then(
      (raw) => {
        this.jobs.delete(job);
        job.finish(raw, null, RAW_TYPE);
      },
      (error) => {
        this.jobs.delete(job);
        // After an abort the job has failed already; failing twice would miscount jobs in progress.
        if (!job.jobId) return;
        if (!isAbort(error)) this.host.report(error);
        job.fail(String(error), null);
        this.host.failed(job);
      },
    );
  }

  async #read(job: OsdJob, signal: AbortSignal): Promise<RawTile> {
    const { source } = this.host;
    const at = { level: this.indexOf(job.tile.level), x: job.tile.x, y: job.tile.y };
    const plane = this.host.plane();
    const read = await this.host.read(at, plane, this.host.channels(), signal);
    const raw = createRawTile(source, at, plane, read);
    await this.host.prepare(raw, signal);
    if (signal.aborted) {
      this.host.discard(raw);
      throw signal.reason;
    }
    return raw;
  }

  override downloadTileAbort(context: OpenSeadragon.ImageJob): void {
    (context.userData.controller as AbortController | undefined)?.abort();
  }

  /** OpenSeadragon lets started jobs run for ever; ends those whose tile no update wants any more. */
  abortStale(sinceTime: number): void {
    for (const job of this.jobs) if (job.tile.lastTouchTime < sinceTime) this.#abort(job);
  }

  /** Ends all jobs; their tiles are asked for anew when wanted. */
  abortAll(): void {
    for (const job of this.jobs) this.#abort(job);
  }

  #abort(job: OsdJob): void {
    this.jobs.delete(job);
    job.abort();
    // A failed tile would otherwise be taken as absent from the image.
    job.tile.exists = true;
  }
}
