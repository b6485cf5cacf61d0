import { boundsOf, type ImageRect, type Plane } from "@coscope/annotations/geometry";
import { extentOf, type ItemMesh, meshOf, type SceneItem } from "./mesh.ts";

/** An item in its bin; the mesh is made when the bin is first drawn in full. */
export interface BinEntry {
  readonly item: SceneItem;
  readonly bounds: ImageRect;
  mesh: ItemMesh | null;
}

/** What bins and fields have in common. */
export interface Place {
  readonly layerId: string;
  readonly plane: Plane;
  /** Longest edge of the items is in (2^(sizeClass-1), 2^sizeClass] image px; points are of class 0. */
  readonly sizeClass: number;
  /** Middle of the cell, image px: what its buffers are relative to. */
  readonly origin: { readonly x: number; readonly y: number };
  /** Covers all that was ever in it. */
  readonly bounds: { minX: number; minY: number; maxX: number; maxY: number };
  /** Another number after every change, never the same twice: a place may go and come back. */
  version: number;
}

/**
 * Items of one layer, plane, size class and place. Its buffers are rebuilt only
 * when something in it changed; being of one size, its items are drawn with
 * the same detail at a given zoom.
 */
export interface Bin extends Place {
  readonly key: string;
  readonly field: Field;
  readonly entries: Map<string, BinEntry>;
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

/** Sorts items into bins. Pure data: buffers live in the pass. */
export class BinIndex {
  readonly fields = new Map<string, Field>();
  readonly #bins = new Map<string, Bin>();
  readonly #binOf = new Map<string, Bin>();
  #clock = 0;

  get size(): number {
    return this.#binOf.size;
  }

  get bins(): Iterable<Bin> {
    return this.#bins.values();
  }

  get(id: string): BinEntry | undefined {
    return this.#binOf.get(id)?.entries.get(id);
  }

  put(item: SceneItem): void {
    const bounds = boundsOf(item.geometry);
    const { plane } = item.geometry;
    const sizeClass = sizeClassOf(extentOf(bounds));
    const cell = cellOf(sizeClass);
    const column = Math.floor((bounds.minX + bounds.maxX) / 2 / cell);
    const row = Math.floor((bounds.minY + bounds.maxY) / 2 / cell);
    const kind = `${item.layerId}|${plane.z}|${plane.t}|${sizeClass}`;
    const key = `${kind}|${column}|${row}`;
    const previous = this.#binOf.get(item.id);
    if (previous && previous.key !== key) this.remove(item.id);
    let bin = this.#bins.get(key);
    if (!bin) {
      const field = this.#fieldAt(kind, { layerId: item.layerId, plane, sizeClass }, column, row, bounds);
      bin = {
        key,
        field,
        layerId: item.layerId,
        plane,
        sizeClass,
        origin: { x: (column + 0.5) * cell, y: (row + 0.5) * cell },
        entries: new Map(),
        bounds: { ...bounds },
        version: 0,
      };
      field.bins.add(bin);
      this.#bins.set(key, bin);
    }
    bin.entries.set(item.id, { item, bounds, mesh: null });
    this.#binOf.set(item.id, bin);
    this.#clock++;
    for (const place of [bin, bin.field]) {
      grow(place.bounds, bounds);
      place.version = this.#clock;
    }
  }

  #fieldAt(
    kind: string,
    what: Pick<Place, "layerId" | "plane" | "sizeClass">,
    binColumn: number,
    binRow: number,
    bounds: ImageRect,
  ): Field {
    const column = Math.floor(binColumn / CELLS_PER_FIELD);
    const row = Math.floor(binRow / CELLS_PER_FIELD);
    const key = `${kind}|${column}|${row}`;
    let field = this.fields.get(key);
    if (!field) {
      const cell = cellOf(what.sizeClass) * CELLS_PER_FIELD;
      const origin = { x: (column + 0.5) * cell, y: (row + 0.5) * cell };
      field = { ...what, key, origin, bins: new Set(), bounds: { ...bounds }, version: 0 };
      this.fields.set(key, field);
    }
    return field;
  }

  remove(id: string): BinEntry | undefined {
    const bin = this.#binOf.get(id);
    const entry = bin?.entries.get(id);
    if (!bin || !entry) return undefined;
    bin.entries.delete(id);
    this.#clock++;
    bin.version = this.#clock;
    bin.field.version = this.#clock;
    this.#binOf.delete(id);
    if (bin.entries.size === 0) {
      this.#bins.delete(bin.key);
      bin.field.bins.delete(bin);
      if (bin.field.bins.size === 0) this.fields.delete(bin.field.key);
    }
    return entry;
  }
}

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
