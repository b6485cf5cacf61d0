import { boundsOf, type ImageRect, type Plane } from "@coscope/annotations/geometry";
import { extentOf, type ItemMesh, meshOf, type SceneItem } from "./mesh.ts";

/** An item in its bin; the mesh is made when the bin is first drawn. */
export interface BinEntry {
  readonly item: SceneItem;
  readonly bounds: ImageRect;
  mesh: ItemMesh | null;
}

/**
 * Items of one layer, plane, size class and place. Its buffers are rebuilt only
 * when something in it changed; being of one size, its items are drawn with
 * the same detail at a given zoom.
 */
export interface Bin {
  readonly key: string;
  readonly layerId: string;
  readonly plane: Plane;
  /** Longest edge of its items is in (2^(sizeClass-1), 2^sizeClass] image px; points are of class 0. */
  readonly sizeClass: number;
  /** Middle of its cell, image px: what its buffers are relative to. */
  readonly origin: { readonly x: number; readonly y: number };
  readonly entries: Map<string, BinEntry>;
  /** Covers all that was ever in it. */
  bounds: { minX: number; minY: number; maxX: number; maxY: number };
  /** Counts changes. */
  version: number;
}

const SMALLEST_CLASS = 3;
/** Cell edge as a multiple of the items' size: the fewer cells, the fewer draws; the more, the less rebuilt. */
const CELL_PER_ITEM = 16;
const SMALLEST_CELL_PX = 1024;

function sizeClassOf(extent: number): number {
  return extent <= 0 ? 0 : Math.max(SMALLEST_CLASS, Math.ceil(Math.log2(extent)));
}

function cellOf(sizeClass: number): number {
  return Math.max(SMALLEST_CELL_PX, 2 ** sizeClass * CELL_PER_ITEM);
}

/** Curves may be this far off, image px: an eighth of a pixel when an item fills about the screen. */
function toleranceOf(sizeClass: number): number {
  return Math.max(0.02, 2 ** sizeClass / 8192);
}

/** Sorts items into bins. Pure data: buffers live in the pass. */
export class BinIndex {
  readonly bins = new Map<string, Bin>();
  readonly #binOf = new Map<string, Bin>();

  get size(): number {
    return this.#binOf.size;
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
    const key = `${item.layerId}|${plane.z}|${plane.t}|${sizeClass}|${column}|${row}`;
    const previous = this.#binOf.get(item.id);
    if (previous && previous.key !== key) this.remove(item.id);
    let bin = this.bins.get(key);
    if (!bin) {
      bin = {
        key,
        layerId: item.layerId,
        plane,
        sizeClass,
        origin: { x: (column + 0.5) * cell, y: (row + 0.5) * cell },
        entries: new Map(),
        bounds: { ...bounds },
        version: 0,
      };
      this.bins.set(key, bin);
    }
    bin.entries.set(item.id, { item, bounds, mesh: null });
    bin.bounds.minX = Math.min(bin.bounds.minX, bounds.minX);
    bin.bounds.minY = Math.min(bin.bounds.minY, bounds.minY);
    bin.bounds.maxX = Math.max(bin.bounds.maxX, bounds.maxX);
    bin.bounds.maxY = Math.max(bin.bounds.maxY, bounds.maxY);
    bin.version++;
    this.#binOf.set(item.id, bin);
  }

  remove(id: string): BinEntry | undefined {
    const bin = this.#binOf.get(id);
    const entry = bin?.entries.get(id);
    if (!bin || !entry) return undefined;
    bin.entries.delete(id);
    bin.version++;
    this.#binOf.delete(id);
    // An empty bin stays until the pass has freed its buffers.
    return entry;
  }
}

/** The entry's mesh, made once: rebuilding a bin after one edit costs copying, not triangulating. */
export function meshOfEntry(entry: BinEntry, bin: Bin): ItemMesh {
  entry.mesh ??= meshOf(entry.item.geometry, bin.origin, {
    tolerancePx: toleranceOf(bin.sizeClass),
    filled: entry.item.filled ?? true,
  });
  return entry.mesh;
}
