import type { ImagePoint, ImageRect } from "@coscope/annotations/geometry";
import { isAbort } from "../../errors.ts";
import { type ImageSource, type TypedArray, tileSize } from "../../source/image-source.ts";
import type { PlaneIndex } from "../../tiles/raw-tile.ts";
import type { LabelPlace } from "./regions.ts";

export interface LabelTile {
  readonly width: number;
  readonly height: number;
  /** As the source gave them: exact. */
  readonly values: TypedArray;
  /** As the texture takes them: the lower 32 bits. */
  readonly texels: Uint8Array | Uint16Array | Uint32Array;
  readonly bytes: number;
  texture: WebGLTexture | null;
  /** Frame in which it was last wanted. */
  used: number;
}

export interface LabelTilesHost {
  /** A tile came, or may be tried again. */
  changed(): void;
  report(error: unknown): void;
}

const PARALLEL = 6;
const RETRY_MS = 10_000;

/** A label image's own plane under one of the image: one without z or t lies on all. */
export function labelPlane(labels: Pick<ImageSource, "sizeZ" | "sizeT">, { z, t }: PlaneIndex): PlaneIndex {
  return { z: Math.min(z, labels.sizeZ - 1), t: Math.min(t, labels.sizeT - 1) };
}

/** Tiles of one label image: read when wanted, ended when no longer, kept until dropped. */
export class LabelTiles {
  readonly source: ImageSource;
  readonly #host: LabelTilesHost;
  readonly #tiles = new Map<string, LabelTile>();
  readonly #reading = new Map<string, { controller: AbortController; done: Promise<void> }>();
  readonly #failed = new Map<string, ReturnType<typeof setTimeout>>();
  #queue: { key: string; plane: PlaneIndex; place: LabelPlace }[] = [];
  #held: ReadonlySet<string> = new Set();

  constructor(source: ImageSource, host: LabelTilesHost) {
    this.source = source;
    this.#host = host;
  }

  get pending(): boolean {
    return this.#queue.length + this.#reading.size > 0;
  }

  get all(): ReadonlyMap<string, LabelTile> {
    return this.#tiles;
  }

  keyOf({ z, t }: PlaneIndex, { level, x, y }: LabelPlace): string {
    return `${z}/${t}/${level}/${x}/${y}`;
  }

  get(plane: PlaneIndex, place: LabelPlace): LabelTile | undefined {
    return this.#tiles.get(this.keyOf(plane, place));
  }

  /** What is needed from now on, most urgent first; reads of anything else end. */
  want(plane: PlaneIndex, places: readonly LabelPlace[]): void {
    const wanted = new Map(places.map((place) => [this.keyOf(plane, place), place]));
    for (const [key, { controller }] of this.#reading) {
      if (!wanted.has(key) && !this.#held.has(key)) controller.abort();
    }
    this.#queue = [...wanted].flatMap(([key, place]) =>
      this.#isMissing(key) ? [{ key, plane, place }] : [],
    );
    this.#pump();
  }

  /** Resolves when all have been read, or could not be; until then `want` does not end their reads. */
  async read(plane: PlaneIndex, places: readonly LabelPlace[], signal: AbortSignal): Promise<void> {
    const keys = places.map((place) => this.keyOf(plane, place));
    this.#held = new Set(keys);
    await Promise.all(
      places.map(async (place, i) => {
        if (this.#isMissing(keys[i]!)) this.#start(keys[i]!, plane, place);
        await this.#reading.get(keys[i]!)?.done;
      }),
    );
    if (!signal.aborted) this.#held = new Set();
  }

  #isMissing(key: string): boolean {
    return !this.#tiles.has(key) && !this.#reading.has(key) && !this.#failed.has(key);
  }

  #pump(): void {
    while (this.#reading.size < PARALLEL) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#start(next.key, next.plane, next.place);
    }
  }

  #start(key: string, plane: PlaneIndex, place: LabelPlace): void {
    const controller = new AbortController();
    const { signal } = controller;
    const done = this.source
      .getTile({ ...place, z: plane.z, t: plane.t, channel: 0, signal })
      .then(
        (tile) => {
          if (signal.aborted) return;
          const size = tileSize(this.source.levels[place.level]!, place.x, place.y);
          this.#tiles.set(key, labelTile(size, tile?.data ?? filled(size, this.source.fill)));
        },
        (error: unknown) => {
          if (signal.aborted || isAbort(error)) return;
          this.#host.report(error);
          const again = () => {
            this.#failed.delete(key);
            this.#host.changed();
          };
          this.#failed.set(key, setTimeout(again, RETRY_MS));
        },
      )
      .finally(() => {
        this.#reading.delete(key);
        this.#pump();
        this.#host.changed();
      });
    this.#reading.set(key, { controller, done });
  }

  drop(key: string): void {
    this.#tiles.delete(key);
  }

  close(): void {
    this.#queue = [];
    for (const { controller } of this.#reading.values()) controller.abort();
    for (const timer of this.#failed.values()) clearTimeout(timer);
    this.#tiles.clear();
  }
}

function filled({ width, height }: { width: number; height: number }, fill: number): TypedArray {
  return new Uint32Array(width * height).fill(fill);
}

function labelTile({ width, height }: { width: number; height: number }, values: TypedArray): LabelTile {
  const asTheyAre =
    values instanceof Uint8Array || values instanceof Uint16Array || values instanceof Uint32Array;
  // A typed array takes a number modulo 2^32, so that larger values keep apart.
  const texels = asTheyAre ? values : Uint32Array.from(values, (value) => value >>> 0);
  const bytes = values.byteLength + texels.byteLength + (asTheyAre ? 0 : texels.byteLength);
  return { width, height, values, texels, bytes, texture: null, used: 0 };
}

export function bytesOf(images: readonly LabelTiles[]): number {
  let bytes = 0;
  for (const { all } of images) for (const tile of all.values()) bytes += tile.bytes;
  return bytes;
}

/** Drops what was not drawn for longest, beyond the budget; never what this frame showed. */
export function evictUnused(
  images: readonly LabelTiles[],
  budgetBytes: number,
  frame: number,
  free: (tile: LabelTile) => void,
): void {
  let bytes = bytesOf(images);
  if (bytes <= budgetBytes) return;
  const unused = images
    .flatMap((image) => [...image.all].map(([key, tile]) => ({ image, key, tile })))
    .filter(({ tile }) => tile.used < frame)
    .sort((a, b) => a.tile.used - b.tile.used);
  for (const { image, key, tile } of unused) {
    if (bytes <= budgetBytes) return;
    free(tile);
    image.drop(key);
    bytes -= tile.bytes;
  }
}

/** The value at a point of the covered image. */
export function labelValue(tile: LabelTile, rect: ImageRect, point: ImagePoint): number {
  const x = Math.floor(((point.x - rect.minX) / (rect.maxX - rect.minX)) * tile.width);
  const y = Math.floor(((point.y - rect.minY) / (rect.maxY - rect.minY)) * tile.height);
  return x < 0 || y < 0 || x >= tile.width || y >= tile.height ? 0 : tile.values[y * tile.width + x]!;
}
