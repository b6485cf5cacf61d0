import type * as Y from "yjs";
import { currentItems } from "../document/ancestry.ts";
import { attributesOf } from "../document/attributes.ts";
import type { AnnotationId, LayerDocument, RootMap } from "../document/index.ts";
import { fieldAt, readAnnotation } from "../document/read.ts";
import { type ImagePoint, type ImageRect, onPlane, type Plane } from "../geometry/index.ts";
import { compareTopmost, isHit } from "./hit-test.ts";
import { type AnnotationSnapshot, sameSnapshot, snapshotMaker } from "./snapshot.ts";
import { SpatialIndex } from "./spatial-index.ts";

/** What one Yjs transaction changed of what is visible. `local`: made by this page. */
export interface QueryChange {
  readonly added: AnnotationSnapshot[];
  readonly changed: { readonly before: AnnotationSnapshot; readonly after: AnnotationSnapshot }[];
  readonly removed: AnnotationSnapshot[];
  readonly local: boolean;
}

/** A layer as it is read: visible annotations only, as snapshots. */
export interface LayerQuery {
  readonly size: number;
  /** Values that could not be read, and were skipped. */
  readonly unreadable: number;
  get(id: AnnotationId): AnnotationSnapshot | undefined;
  all(): Iterable<AnnotationSnapshot>;
  /** Whose bounds meet the rectangle (image px), in no order. */
  within(rect: ImageRect, plane?: Plane): AnnotationSnapshot[];
  /** At the point or within `tolerancePx` (image px) of it, topmost first. */
  at(point: ImagePoint, tolerancePx: number, plane?: Plane): AnnotationSnapshot[];
  /** Calls back after each transaction that changed something visible. Returns the unsubscription. */
  subscribe(callback: (change: QueryChange) => void): () => void;
  destroy(): void;
}

/** The maps of which an annotation's snapshot is made. */
const READ: readonly RootMap[] = ["geometry", "class", "label", "origin", "removed", "attribute"];
/** From this share of all on, building the index anew is cheaper than changing it. */
const REBUILD_SHARE = 0.3;
const REBUILD_LEAST = 500;

/** The only way anyone reads a layer. Follows the document until it is destroyed. */
export function createQuery(layer: LayerDocument): LayerQuery {
  const visible = new Map<AnnotationId, AnnotationSnapshot>();
  const unreadable = new Map<AnnotationId, number>();
  const listeners = new Set<(change: QueryChange) => void>();
  const snapshot = snapshotMaker();
  let index = new SpatialIndex<AnnotationSnapshot>();

  let bad = 0;
  const countBad = () => {
    bad++;
  };

  function read(id: AnnotationId, origin?: Y.Item): AnnotationSnapshot | undefined {
    bad = 0;
    const stored = readAnnotation(layer, id, countBad, origin);
    if (bad > 0) unreadable.set(id, bad);
    else unreadable.delete(id);
    return stored && !stored.removed.value ? snapshot(stored, attributesOf(layer, id)) : undefined;
  }

  function onTransaction(transaction: Y.Transaction): void {
    const ids = changedIds(layer, transaction);
    if (ids.size === 0) return;
    const change: QueryChange = { added: [], changed: [], removed: [], local: transaction.local };
    for (const id of ids) {
      const before = visible.get(id);
      const after = read(id);
      if (before && after && sameSnapshot(before, after)) continue;
      if (before && after) change.changed.push({ before, after });
      else if (after) change.added.push(after);
      else if (before) change.removed.push(before);
      if (after) visible.set(id, after);
      else visible.delete(id);
    }
    updateIndex(change);
    if (change.added.length + change.changed.length + change.removed.length === 0) return;
    for (const listener of listeners) listener(change);
  }

  function updateIndex({ added, changed, removed }: QueryChange): void {
    const count = added.length + changed.length + removed.length;
    if (count > Math.max(REBUILD_LEAST, visible.size * REBUILD_SHARE)) {
      index = new SpatialIndex([...visible.values()]);
      return;
    }
    for (const item of removed) index.remove(item);
    for (const { before, after } of changed) {
      index.remove(before);
      index.insert(after);
    }
    for (const item of added) index.insert(item);
  }

  for (const [id, origin] of currentItems(layer.maps.origin)) {
    const item = origin.deleted ? undefined : read(id, origin);
    if (item) visible.set(id, item);
  }
  for (const id of layer.maps.geometry.keys()) if (!layer.maps.origin.has(id)) read(id);
  index = new SpatialIndex([...visible.values()]);
  layer.doc.on("afterTransaction", onTransaction);

  return {
    get size() {
      return visible.size;
    },
    get unreadable() {
      let count = 0;
      for (const bad of unreadable.values()) count += bad;
      return count;
    },
    get: (id) => visible.get(id),
    all: () => visible.values(),
    within: (rect, plane) => {
      const found = index.search(rect);
      return plane ? found.filter((item) => onPlane(item.geometry, plane)) : found;
    },
    at: (point, tolerancePx, plane) => {
      const { x, y } = point;
      const around = {
        minX: x - tolerancePx,
        minY: y - tolerancePx,
        maxX: x + tolerancePx,
        maxY: y + tolerancePx,
      };
      return index
        .search(around)
        .filter((item) => (!plane || onPlane(item.geometry, plane)) && isHit(item, point, tolerancePx))
        .sort(compareTopmost);
    },
    subscribe: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    destroy: () => {
      layer.doc.off("afterTransaction", onTransaction);
      listeners.clear();
    },
  };
}

function changedIds(layer: LayerDocument, transaction: Y.Transaction): Set<AnnotationId> {
  const ids = new Set<AnnotationId>();
  for (const name of READ) {
    for (const key of transaction.changed.get(layer.maps[name] as never) ?? [])
      if (key !== null) ids.add(name === "attribute" ? fieldAt(name, key).id : key);
  }
  return ids;
}
