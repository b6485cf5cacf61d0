import { boundsOf, type ImageRect, type Plane } from "@coscope/annotations/geometry";
import { type ItemMesh, meshOf, type SceneItem } from "./mesh.ts";

/** An item in its bin, with its bounds; the mesh is made when the bin is first drawn in full. */
export interface BinEntry extends ImageRect {
  readonly item: SceneItem;
  readonly bin: Bin;
  mesh: ItemMesh | null;
}

/** What bins and fields have in common. */
export interface Place {
  readonly layerId: string;
  readonly plane: Plane;
  /** Drawn from low to high. */
  readonly order: number;
  /** Longest edge of the items is in (2^(sizeClass-1), 2^sizeClass] image px; points are of class 0. */
  readonly sizeClass: number;
  /** Middle of the cell, image px: what its buffers are relative to. */
  readonly origin: { readonly x: number; readonly y: number };
  /** Covers all that was ever in it. */
  readonly bounds: { minX: number; minY: number; maxX: number; maxY: number };
  /** Another number after every change, never the same twice. */
  version: number;
}

/**
 * Items of one layer, plane, order, size class and place. Its buffers are rebuilt only
 * when something in it changed; being of one size, its items are drawn with
 * the same detail at a given zoom.
 */
export interface Bin extends Place {
  readonly key: string;
  readonly field: Field;
  readonly entries: Set<BinEntry>;
}

/** Neighbouring bins, drawn as one where their items are only dots: fewer draws when zoomed out. */
export interface Field extends Place {
  readonly key: string;
  readonly bins: Set<Bin>;
}

const SMALLEST_CLASS = 3;
/** Cell edge as a multiple of the items' size: the fewer cells, the fewer draws; the more, the less rebuilt. */
const CELL_PER_ITEM = 16;
const SMALLEST_CELL_PX = 1024;
const CELLS_PER_FIELD = 8;

function sizeClassOf(extent: number): number {
  return extent <= 0 ? 0 : Math.max(SMALLEST_CLASS, Math.ceil(Math.log2(extent)));
}

/** Image px. */
export function cellOf(sizeClass: number): number {
  return Math.max(SMALLEST_CELL_PX, 2 ** sizeClass * CELL_PER_ITEM);
}

/** Curves may be this far off, image px: an eighth of a pixel when an item fills about the screen. */
function toleranceOf(sizeClass: number): number {
  return Math.max(0.02, 2 ** sizeClass / 8192);
}

/** All bins of one layer, plane and size class, by cell. */
interface Kind {
  readonly name: string;
  readonly order: number;
  readonly bins: Map<number, Bin>;
  readonly fields: Map<number, Field>;
}

/** One number for a column and a row, also negative ones, up to 2^25 cells from the origin. */
function cellNumber(column: number, row: number): number {
  return (column + 2 ** 25) * 2 ** 26 + (row + 2 ** 25);
}

/** Sorts items into bins. Pure data: buffers live in the pass. */
export class BinIndex {
  readonly #kinds = new Map<string, Kind>();
  readonly #entries = new Map<string, BinEntry>();
  #clock = 0;
  /** Some are not of order 0. */
  #ordered = false;

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): BinEntry | undefined {
    return this.#entries.get(id);
  }

  get entries(): Iterable<BinEntry> {
    return this.#entries.values();
  }

  /** From low to high order. */
  *fields(): Generator<Field> {
    const kinds = [...this.#kinds.values()];
    if (this.#ordered) kinds.sort((a, b) => a.order - b.order);
    for (const kind of kinds) yield* kind.fields.values();
  }

  *bins(): Generator<Bin> {
    for (const kind of this.#kinds.values()) yield* kind.bins.values();
  }

  /** Adds an item, or replaces the one with its id. */
  put(item: SceneItem): BinEntry {
    this.remove(item.id);
    const { minX, minY, maxX, maxY } = boundsOf(item.geometry);
    const sizeClass = sizeClassOf(Math.max(maxX - minX, maxY - minY));
    const cell = cellOf(sizeClass);
    const column = Math.floor((minX + maxX) / 2 / cell);
    const row = Math.floor((minY + maxY) / 2 / cell);
    const bin = this.#binAt(item, sizeClass, column, row);
    const entry: BinEntry = { minX, minY, maxX, maxY, item, bin, mesh: null };
    bin.entries.add(entry);
    this.#entries.set(item.id, entry);
    this.#touch(bin);
    grow(bin.bounds, entry);
    grow(bin.field.bounds, entry);
    return entry;
  }

  remove(id: string): BinEntry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const { bin } = entry;
    this.#entries.delete(id);
    bin.entries.delete(entry);
    this.#touch(bin);
    return entry;
  }

  #touch(bin: Bin): void {
    this.#clock++;
    bin.version = this.#clock;
    bin.field.version = this.#clock;
  }

  clear(): void {
    this.#kinds.clear();
    this.#ordered = false;
    this.#entries.clear();
  }

  #binAt(item: SceneItem, sizeClass: number, column: number, row: number): Bin {
    const { plane } = item.geometry;
    const { order = 0 } = item;
    const name = `${item.layerId}|${plane.z}|${plane.t}|${sizeClass}|${order}`;
    let kind = this.#kinds.get(name);
    if (!kind) {
      this.#ordered ||= order !== 0;
      kind = { name, order, bins: new Map(), fields: new Map() };
      this.#kinds.set(name, kind);
    }
    const number = cellNumber(column, row);
    const present = kind.bins.get(number);
    if (present) return present;
    const cell = cellOf(sizeClass);
    const what = { layerId: item.layerId, plane, order, sizeClass };
    const bin: Bin = {
      ...what,
      key: `${name}|${number}`,
      field: this.#fieldAt(
        kind,
        what,
        Math.floor(column / CELLS_PER_FIELD),
        Math.floor(row / CELLS_PER_FIELD),
      ),
      origin: { x: (column + 0.5) * cell, y: (row + 0.5) * cell },
      entries: new Set(),
      bounds: emptyBounds(),
      version: 0,
    };
    bin.field.bins.add(bin);
    kind.bins.set(number, bin);
    return bin;
  }

  #fieldAt(
    kind: Kind,
    what: Pick<Place, "layerId" | "plane" | "order" | "sizeClass">,
    column: number,
    row: number,
  ): Field {
    const number = cellNumber(column, row);
    let field = kind.fields.get(number);
    if (!field) {
      const cell = cellOf(what.sizeClass) * CELLS_PER_FIELD;
      const origin = { x: (column + 0.5) * cell, y: (row + 0.5) * cell };
      const key = `${kind.name}|${number}`;
      field = { ...what, key, origin, bins: new Set(), bounds: emptyBounds(), version: 0 };
      kind.fields.set(number, field);
    }
    return field;
  }
}

const emptyBounds = (): Place["bounds"] => ({
  minX: Number.POSITIVE_INFINITY,
  minY: Number.POSITIVE_INFINITY,
  maxX: Number.NEGATIVE_INFINITY,
  maxY: Number.NEGATIVE_INFINITY,
});

function grow(bounds: Place["bounds"], by: ImageRect): void {
  bounds.minX = Math.min(bounds.minX, by.minX);
  bounds.minY = Math.min(bounds.minY, by.minY);
  bounds.maxX = Math.max(bounds.maxX, by.maxX);
  bounds.maxY = Math.max(bounds.maxY, by.maxY);
}

/** The entry's mesh, made once: rebuilding a bin after one edit costs copying, not triangulating. */
export function meshOfEntry(entry: BinEntry, bin: Bin): ItemMesh {
  entry.mesh ??= meshOf(entry.item.geometry, bin.origin, {
    tolerancePx: toleranceOf(bin.sizeClass),
    filled: entry.item.filled ?? true,
  });
  return entry.mesh;
}

/** A mesh of few corners, for items of some ten pixels on screen. Not kept: it is quickly made. */
export function roughMeshOf(entry: BinEntry, bin: Bin): ItemMesh {
  return meshOf(entry.item.geometry, bin.origin, {
    tolerancePx: 2 ** bin.sizeClass / 16,
    filled: entry.item.filled ?? true,
    mostVertices: ROUGH_VERTICES,
  });
}

const ROUGH_VERTICES = 8;
