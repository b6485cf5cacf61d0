import type { ImageSource } from "../source/image-source.ts";
import type { PlaneIndex } from "./raw-tile.ts";
import type { AheadPlace, ReadAhead } from "./read-ahead.ts";
import { bytesPerLane, lanesFor } from "./texels.ts";
import { tilePixels, tilesWithin, type ViewNow } from "./view-tiles.ts";

export interface LookAheadHost {
  readonly source: ImageSource;
  readonly ahead: ReadAhead;
  readonly aheadBytes: number;
  view(): ViewNow | null;
  /** The level that is drawn now. */
  level(): number;
  plane(): PlaneIndex;
  channels(): readonly number[];
  isComplete(): boolean;
  /** Tiles that are loaded already. */
  isLoaded(place: { level: number; x: number; y: number }): boolean;
}

/** Without a move for this long, what lies around the view is read. */
const IDLE_MS = 250;
/** Of the budget: the rest is for planes that were left. */
const SHARE = 0.75;
/** Planes read ahead in the direction of the last change, and behind it. */
const PLANES_AHEAD = 2;

/** Decides what is likely to be needed next: neighbouring planes while they are gone through, then a ring around the view. */
export class LookAhead {
  readonly #host: LookAheadHost;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #step: { z: number; t: number } | null = null;

  constructor(host: LookAheadHost) {
    this.#host = host;
  }

  /** True while it waits for the view to rest. */
  get waiting(): boolean {
    return this.#timer !== null;
  }

  /** The view changed. */
  moved(): void {
    this.#host.ahead.pause();
    this.#arm();
  }

  #arm(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#host.isComplete()) this.#want([...this.#neighbours(), ...this.#ring()]);
      else this.#arm();
    }, IDLE_MS);
  }

  /** Another plane is shown. */
  planeChanged(from: PlaneIndex, to: PlaneIndex): void {
    const axis = from.t === to.t ? "z" : "t";
    const step = Math.sign(to[axis] - from[axis]);
    // Back at the beginning of a loop, the way is forward.
    const wrapped = axis === "t" && to.t === 0 && from.t === this.#host.source.sizeT - 1 && from.t > 1;
    this.#step = step === 0 ? null : { z: 0, t: 0, [axis]: wrapped ? 1 : step };
    // The ring waits until one stays.
    this.#want(this.#neighbours());
    this.#arm();
  }

  #want(places: readonly AheadPlace[]): void {
    const { ahead, source, aheadBytes } = this.#host;
    const perTile = tilePixels(source.levels[0]!) * bytesPerLane(source) * lanesFor(source.channels.length);
    ahead.want(places.slice(0, Math.floor((SHARE * aheadBytes) / perTile)), this.#host.channels());
  }

  #neighbours(): AheadPlace[] {
    const { source } = this.#host;
    const view = this.#host.view();
    const step = this.#step;
    const shown = this.#host.plane();
    // Each plane of a projection is as dear as all planes of the image.
    if (!view || !step || shown.projection) return [];
    const tiles = tilesWithin(source, this.#host.level(), view.part);
    const offsets = [...Array.from({ length: PLANES_AHEAD }, (_, i) => i + 1), -1];
    return offsets.flatMap((offset) => {
      const plane = { z: shown.z + offset * step.z, t: shown.t + offset * step.t };
      const exists = plane.z >= 0 && plane.t >= 0 && plane.z < source.sizeZ && plane.t < source.sizeT;
      return exists ? tiles.map((tile) => ({ ...tile, plane })) : [];
    });
  }

  #ring(): AheadPlace[] {
    const { source } = this.#host;
    const view = this.#host.view();
    const plane = this.#host.plane();
    if (!view || plane.projection) return [];
    return tilesWithin(source, this.#host.level(), view.part, 1)
      .filter((tile) => !this.#host.isLoaded(tile))
      .map((tile) => ({ ...tile, plane }));
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Chromium tells whether the person asked for little traffic. */
export function savesData(): boolean {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  return connection?.saveData ?? false;
}
