import type { ImageSource } from "../source/image-source.ts";
import { LookAhead } from "./look-ahead.ts";
import { projectionTexelPx } from "./projection.ts";
import { type Progress, ProjectionProgress } from "./projection-progress.ts";
import { type PlaneIndex, type RawTile, readTile, type TileRead } from "./raw-tile.ts";
import { type AheadPlace, ReadAhead } from "./read-ahead.ts";
import type { SlotTable } from "./slots.ts";
import { bytesPerLane } from "./texels.ts";
import { levelFor, MIN_TEXEL_PX, type TilePlace, tilesWithin, type ViewNow } from "./view-tiles.ts";

export interface PlaneReaderHost {
  readonly source: ImageSource;
  readonly slots: SlotTable;
  /** Pixels read ahead, or kept of planes left behind. */
  readonly aheadBytes: number;
  /** Whether to read what nobody asked for yet. */
  readonly prefetch: boolean;
  plane(): PlaneIndex;
  channels(): readonly number[];
  isComplete(): boolean;
  isLoaded(place: TilePlace): boolean;
  tileError(error: unknown): void;
  projecting(progress: Progress | null): void;
}

/** Reads tiles of planes and projections, from what was read ahead where it can; knows which of them the view needs. */
export class PlaneReader {
  readonly #host: PlaneReaderHost;
  readonly #ahead: ReadAhead;
  readonly #lookAhead: LookAhead | null;
  readonly #progress: ProjectionProgress;
  #view: ViewNow | null = null;
  /** Least device px of the texels that are drawn. */
  texelPx = MIN_TEXEL_PX;

  constructor(host: PlaneReaderHost) {
    this.#host = host;
    this.#progress = new ProjectionProgress((progress) => host.projecting(progress));
    this.#ahead = new ReadAhead(host.aheadBytes, (place, channels, signal) =>
      // Nobody waits for it: whoever does will read it again, and report.
      this.readNow(place, place.plane, channels, signal, () => {}),
    );
    this.#lookAhead = host.prefetch ? new LookAhead({ ...host, ...this.#lookedAt() }) : null;
  }

  #lookedAt() {
    return {
      ahead: this.#ahead,
      view: () => this.#view,
      level: () => this.#levelOf(this.texelPx),
    };
  }

  /** True while anything is read that nobody waits for, or is about to be. */
  get readingAhead(): boolean {
    return (this.#lookAhead?.waiting ?? false) || this.#ahead.pending;
  }

  get aheadBytes(): number {
    return this.#ahead.bytes;
  }

  setView(view: ViewNow): void {
    if (!this.#view || !sameView(this.#view, view)) this.#lookAhead?.moved();
    this.#view = view;
  }

  planeChanged(from: PlaneIndex, to: PlaneIndex): void {
    this.#lookAhead?.planeChanged(from, to);
  }

  /** Keeps what a tile holds of a plane that is being left. */
  keep(raw: RawTile): void {
    this.#ahead.keep(raw);
  }

  async read(
    place: TilePlace,
    plane: PlaneIndex,
    channels: readonly number[],
    signal: AbortSignal,
  ): Promise<TileRead> {
    const { level, x, y } = place;
    const ahead = await this.#ahead.take({ level, x, y, plane }, channels, signal)?.catch(() => null);
    return ahead ?? this.readNow(place, plane, channels, signal, (error) => this.#host.tileError(error));
  }

  async readNow(
    place: TilePlace,
    plane: PlaneIndex,
    channels: readonly number[],
    signal: AbortSignal,
    report: (error: unknown) => void,
  ): Promise<TileRead> {
    const { source, slots } = this.#host;
    if (!plane.projection) return readTile(source, place, plane, channels, slots, signal, report);
    const task = this.#progress.begin(source.sizeZ * channels.length);
    try {
      return await readTile(source, place, plane, channels, slots, signal, report, task.step);
    } finally {
      task.end();
    }
  }

  /** Reads what the view needs of a plane, for `read` to find. */
  need(plane: PlaneIndex, signal: AbortSignal): Promise<void> {
    return this.#ahead.need(this.placesOf(plane), this.#host.channels(), signal);
  }

  /** What a plane is read at: projections coarser, where they would be dear. */
  texelPxOf(plane: PlaneIndex): number {
    if (!plane.projection || !this.#view) return MIN_TEXEL_PX;
    const { source, channels } = this.#host;
    const bytes = bytesPerLane(source) * Math.max(1, channels().length);
    return projectionTexelPx(this.#view.area, source.sizeZ, bytes);
  }

  #levelOf(texelPx: number): number {
    return levelFor(this.#host.source, this.#view?.devicePx ?? 1, texelPx);
  }

  /** Tiles of a plane that the view needs. */
  placesOf(plane: PlaneIndex): AheadPlace[] {
    if (!this.#view) return [];
    const level = this.#levelOf(this.texelPxOf(plane));
    return tilesWithin(this.#host.source, level, this.#view.part).map((tile) => ({ ...tile, plane }));
  }

  close(): void {
    this.#lookAhead?.stop();
    this.#ahead.clear();
  }
}

function sameView(a: ViewNow, b: ViewNow): boolean {
  const { part: p } = a;
  const { part: q } = b;
  return (
    p.minX === q.minX &&
    p.minY === q.minY &&
    p.maxX === q.maxX &&
    p.maxY === q.maxY &&
    a.devicePx === b.devicePx
  );
}
