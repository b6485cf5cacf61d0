import { isAbort } from "../errors.ts";
import type { Renderer } from "../render/renderer.ts";
import type { GpuTile } from "../render/tile-pass.ts";
import type { ImageSource } from "../source/image-source.ts";
import { become, createRawTile, type PlaneIndex, planeKey, type RawTile, type TileRead } from "./raw-tile.ts";
import type { TilePlace } from "./view-tiles.ts";

export interface PlaneSwitcherHost {
  readonly source: ImageSource;
  readonly renderer: Renderer;
  plane(): PlaneIndex;
  read(place: TilePlace, plane: PlaneIndex, signal: AbortSignal): Promise<TileRead>;
  /** True if the plane is read from other levels than the one that is shown. */
  changesLevels(plane: PlaneIndex): boolean;
  /** Reads what the view needs of a plane, for `reload`. */
  preload(plane: PlaneIndex, signal: AbortSignal): Promise<void>;
  /** Reads what else is shown of a plane. */
  preparePlane(plane: PlaneIndex, signal: AbortSignal): Promise<void>;
  /** Shows it from the next frame on. Everything cached of another plane goes, but for what has become of this one. */
  commit(plane: PlaneIndex, fresh: ReadonlySet<RawTile> | null): void;
  /** As `commit` without anything fresh; resolves when what was preloaded is loaded. */
  reload(plane: PlaneIndex): Promise<void>;
  /** The tile's pixels are about to be replaced. */
  leaving(raw: RawTile): void;
  tileError(error: unknown): void;
}

/** Times that tiles which came into view meanwhile are waited for as well. */
const MOST_ROUNDS = 4;

/**
 * Shows another plane. The old one stays until everything visible has come,
 * textures included; then all tiles change in one frame.
 */
export class PlaneSwitcher {
  readonly #host: PlaneSwitcherHost;
  #wanted: PlaneIndex;
  #running: Promise<void> | null = null;
  #reading: { readonly plane: PlaneIndex; readonly controller: AbortController } | null = null;
  #closed = false;

  constructor(host: PlaneSwitcherHost) {
    this.#host = host;
    this.#wanted = host.plane();
  }

  get active(): boolean {
    return this.#running !== null;
  }

  /**
   * Resolves when the newest plane asked for is shown. One that is being read
   * is finished only if it lies on the way there.
   */
  set(plane: PlaneIndex): Promise<void> {
    this.#wanted = plane;
    const reading = this.#reading;
    if (reading && !liesBetween(this.#host.plane(), reading.plane, plane)) reading.controller.abort();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Asked for in the moment between the end and this.
      const missed = planeKey(this.#wanted) !== planeKey(this.#host.plane());
      if (missed && !this.#closed) void this.set(this.#wanted);
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const host = this.#host;
    while (!this.#closed) {
      const plane = this.#wanted;
      const shown = host.plane();
      if (planeKey(plane) === planeKey(shown)) {
        // A projection is the same from every z; annotations are not.
        if (plane.z !== shown.z) host.commit(plane, null);
        return;
      }
      const controller = new AbortController();
      this.#reading = { plane, controller };
      if (host.changesLevels(plane)) await this.#reload(plane, controller.signal);
      else await this.#exchange(plane, controller.signal);
      this.#reading = null;
    }
  }

  async #reload(plane: PlaneIndex, signal: AbortSignal): Promise<void> {
    const host = this.#host;
    await Promise.all([host.preload(plane, signal), host.preparePlane(plane, signal)]);
    if (this.#closed || signal.aborted) return;
    // The picture before stays on the canvas for the few frames that it takes.
    host.renderer.hold(true);
    try {
      await host.reload(plane);
    } finally {
      host.renderer.hold(false);
    }
  }

  async #exchange(plane: PlaneIndex, signal: AbortSignal): Promise<void> {
    const host = this.#host;
    const { renderer } = host;
    const prepared = host.preparePlane(plane, signal);
    const next = new Map<GpuTile, RawTile | null>();
    const read = async (tile: GpuTile) => {
      try {
        const raw = createRawTile(host.source, tile.raw, plane, await host.read(tile.raw, plane, signal));
        await renderer.prepare(raw, signal, { ofPlane: true });
        next.set(tile, raw);
      } catch (error) {
        if (!isAbort(error)) host.tileError(error);
        next.set(tile, null);
      }
    };
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const missing = [...new Set(renderer.drawn)].filter((tile) => !next.has(tile));
      if (missing.length === 0) break;
      await Promise.all(missing.map(read));
      if (this.#closed || signal.aborted) break;
    }
    await prepared;
    const ended = this.#closed || signal.aborted;
    const fresh = new Set<RawTile>();
    for (const [tile, raw] of next) {
      if (!raw) continue;
      if (ended || !renderer.isLive(tile)) {
        renderer.discard(raw);
        continue;
      }
      host.leaving(tile.raw);
      become(tile.raw, raw);
      renderer.exchange(tile, raw);
      fresh.add(tile.raw);
    }
    if (!ended) host.commit(plane, fresh);
  }

  close(): void {
    this.#closed = true;
    this.#reading?.controller.abort();
  }
}

/** Along one axis, ends included. */
function liesBetween(from: PlaneIndex, middle: PlaneIndex, to: PlaneIndex): boolean {
  if (planeKey(middle) === planeKey(to)) return true;
  const mode = (plane: PlaneIndex) => plane.projection ?? null;
  if (mode(from) !== mode(middle) || mode(middle) !== mode(to)) return false;
  const within = (a: number, b: number, c: number) => (b - a) * (c - b) >= 0;
  return (
    (from.t === to.t && middle.t === to.t && within(from.z, middle.z, to.z)) ||
    (from.z === to.z && middle.z === to.z && within(from.t, middle.t, to.t))
  );
}
