import { isAbort } from "../errors.ts";
import { ByteCache } from "../source/byte-cache.ts";
import { type PlaneIndex, planeKey, type RawTile, type TileRead } from "./raw-tile.ts";
import type { TilePlace } from "./view-tiles.ts";

/** A tile of a plane. */
export interface AheadPlace extends TilePlace {
  readonly plane: PlaneIndex;
}

interface Running {
  readonly controller: AbortController;
  readonly channels: readonly number[];
  readonly read: Promise<TileRead>;
  /** Someone waits for it: it goes on whatever else is wanted. */
  needed: boolean;
}

export type ReadPlace = (
  place: AheadPlace,
  channels: readonly number[],
  signal: AbortSignal,
) => Promise<TileRead>;

/** Reads at once of what nobody waits for yet. */
const PARALLEL = 3;

const keyOf = ({ level, x, y, plane }: AheadPlace): string => `${planeKey(plane)}/${level}/${x}/${y}`;

/**
 * Pixels read before they are needed, or kept of a plane that was left, up to
 * a budget of bytes. What is taken out belongs to the tile that takes it.
 */
export class ReadAhead {
  readonly #read: ReadPlace;
  readonly #kept: ByteCache<TileRead>;
  readonly #running = new Map<string, Running>();
  #queue: { key: string; place: AheadPlace }[] = [];
  #channels: readonly number[] = [];

  constructor(budgetBytes: number, read: ReadPlace) {
    this.#kept = new ByteCache(budgetBytes);
    this.#read = read;
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /** True while something is being read or waits for its turn. */
  get pending(): boolean {
    return this.#queue.length + this.#running.size > 0;
  }

  #has(key: string, channels: readonly number[]): boolean {
    const kept = this.#kept.get(key);
    return kept !== undefined && covers(kept.channels, channels);
  }

  /** What has been read of a tile, or is being read; null where nothing is. */
  take(place: AheadPlace, channels: readonly number[], signal: AbortSignal): Promise<TileRead> | null {
    const key = keyOf(place);
    if (this.#has(key, channels)) {
      const kept = this.#kept.get(key)!;
      this.#kept.delete(key);
      return Promise.resolve(kept);
    }
    const running = this.#running.get(key);
    if (!running || !covers(running.channels, channels)) return null;
    this.#running.delete(key);
    signal.addEventListener("abort", () => running.controller.abort(), { once: true });
    return running.read.finally(() => this.#pump());
  }

  /** Keeps what a tile holds of a plane that is being left. */
  keep(raw: RawTile): void {
    const groups = raw.groups.flatMap((texels, group) =>
      texels ? [{ group, texels, lanes: Array.from({ length: texels.lanes }, (_, lane) => lane) }] : [],
    );
    this.#put(keyOf(raw), { groups, channels: [...raw.loaded] });
  }

  #put(key: string, read: TileRead): void {
    const bytes = read.groups.reduce((sum, { texels }) => sum + texels.data.byteLength, 0);
    this.#kept.set(key, read, bytes);
  }

  /** What to read from now on, most likely first; reads of anything else end, unless someone waits for them. */
  want(places: readonly AheadPlace[], channels: readonly number[]): void {
    const wanted = new Map(places.map((place) => [keyOf(place), place]));
    for (const [key, { controller, needed }] of this.#running) {
      if (needed || wanted.has(key)) continue;
      this.#running.delete(key);
      controller.abort();
    }
    this.#channels = channels;
    this.#queue = [...wanted].map(([key, place]) => ({ key, place }));
    this.#pump();
  }

  /** No further reads for now; those that run go on. */
  pause(): void {
    this.#queue = [];
  }

  /** Reads at once; resolves when all is there, could not be read, or is not needed any more. */
  async need(places: readonly AheadPlace[], channels: readonly number[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      places.map(async (place) => {
        const key = keyOf(place);
        if (signal.aborted || this.#has(key, channels)) return;
        let running = this.#running.get(key);
        if (!running || !covers(running.channels, channels)) running = this.#start(key, place, channels);
        running.needed = true;
        const { controller } = running;
        const end = () => controller.abort();
        signal.addEventListener("abort", end, { once: true });
        await running.read.catch(() => {});
        signal.removeEventListener("abort", end);
      }),
    );
  }

  #pump(): void {
    while (this.#running.size < PARALLEL) {
      const next = this.#queue.shift();
      if (!next) return;
      if (this.#running.has(next.key) || this.#has(next.key, this.#channels)) continue;
      this.#start(next.key, next.place, this.#channels);
    }
  }

  #start(key: string, place: AheadPlace, channels: readonly number[]): Running {
    const controller = new AbortController();
    const read = this.#read(place, channels, controller.signal);
    const running: Running = { controller, channels, read, needed: false };
    this.#running.set(key, running);
    read.then(
      (done) => {
        // Taken, replaced or ended in the meantime: somebody else's.
        if (this.#running.get(key) !== running) return;
        this.#running.delete(key);
        this.#put(key, done);
        this.#pump();
      },
      (error: unknown) => {
        if (this.#running.get(key) === running) this.#running.delete(key);
        // Whoever needs the tile will read it again, and hear why it failed.
        if (!isAbort(error)) this.#queue = [];
        this.#pump();
      },
    );
    return running;
  }

  clear(): void {
    this.want([], []);
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
    this.#kept.clear();
  }
}

function covers(has: readonly number[], wanted: readonly number[]): boolean {
  return wanted.every((channel) => has.includes(channel));
}
