import type { AnnotationId, AnnotationSnapshot, LayerId, QueryChange } from "@coscope/annotations";
import type { LayerRow } from "../state/rows.ts";
import { recall, remember } from "../state/scope.ts";
import { createStore, type Store } from "../state/store.ts";
import type { LayerView } from "../state/workspace.ts";
import type { LiveLayer } from "./live-layer.ts";
import type { Rows } from "./rows.ts";

/** All layers of the image: their rows, their live content, and what this person hides. */
export interface Layers {
  readonly views: Store<readonly LayerView[]>;
  readonly active: Store<LayerId | null>;
  live(id: LayerId): LiveLayer | undefined;
  all(): Iterable<LiveLayer>;
  row(id: LayerId): LayerRow | undefined;
  find(id: AnnotationId): { layer: LiveLayer; annotation: AnnotationSnapshot } | null;
  isHidden(id: LayerId): boolean;
  hidden(): ReadonlySet<LayerId>;
  setActive(id: LayerId): void;
  setHidden(id: LayerId, hidden: boolean): void;
  /** Content of any layer changed. */
  subscribe(callback: (layer: LiveLayer, change: QueryChange) => void): () => void;
  destroy(): void;
}

export interface LayersOptions {
  readonly rows: Rows;
  open(row: LayerRow): LiveLayer;
  /** A layer was deleted, by anyone. */
  onGone(row: LayerRow): void;
}

export function createLayers({ rows, open, onGone }: LayersOptions): Layers {
  const imageId = rows.image.get().id;
  const views = createStore<readonly LayerView[]>([]);
  const active = createStore<LayerId | null>(recall("activeLayerId", isText, imageId));
  const lives = new Map<LayerId, { live: LiveLayer; row: LayerRow; stop: () => void }>();
  const callbacks = new Set<(layer: LiveLayer, change: QueryChange) => void>();
  let hidden: ReadonlySet<LayerId> = new Set(recall("hiddenLayers", isTextList, imageId) ?? []);

  function sync(): void {
    const present = rows.layers.get();
    for (const row of present) {
      const known = lives.get(row.id);
      if (!known) lives.set(row.id, start(row));
      else {
        known.row = row;
        known.live.moveTo(row.room);
      }
    }
    for (const [id, { live, row, stop }] of lives) {
      if (present.some((other) => other.id === id)) continue;
      lives.delete(id);
      const removed = [...live.query.get().all()];
      tell(live, { added: [], changed: [], removed, local: false });
      stop();
      live.destroy();
      onGone(row);
    }
    const first = present[0]?.id ?? null;
    if (present.length > 0 && !present.some(({ id }) => id === active.get())) active.set(first);
    refresh();
  }

  function start(row: LayerRow) {
    const live = open(row);
    const stops = [live.subscribe((change) => tell(live, change)), live.state.subscribe(refresh)];
    return { live, row, stop: () => stops.forEach((stop) => void stop()) };
  }

  function tell(live: LiveLayer, change: QueryChange): void {
    for (const callback of [...callbacks]) callback(live, change);
    if (change.added.length > 0 || change.removed.length > 0) refresh();
  }

  function refresh(): void {
    const next = rows.layers.get().map((row): LayerView => {
      const live = lives.get(row.id)?.live;
      return {
        row,
        hidden: hidden.has(row.id),
        count: live?.query.get().size ?? 0,
        state: live?.state.get() ?? "loading",
      };
    });
    const before = views.get();
    const same = (view: LayerView, index: number) => {
      const old = before[index];
      return (
        old?.row === view.row &&
        old.hidden === view.hidden &&
        old.count === view.count &&
        old.state === view.state
      );
    };
    if (next.length !== before.length || !next.every(same)) views.set(next);
  }

  const stopRows = rows.layers.subscribe(sync);
  sync();

  return {
    views,
    active,
    live: (id) => lives.get(id)?.live,
    all: () => [...lives.values()].map(({ live }) => live),
    row: (id) => lives.get(id)?.row,
    find(id) {
      for (const { live } of lives.values()) {
        const annotation = live.get(id);
        if (annotation) return { layer: live, annotation };
      }
      return null;
    },
    isHidden: (id) => hidden.has(id),
    hidden: () => hidden,
    setActive(id) {
      active.set(id);
      remember("activeLayerId", id, imageId);
    },
    setHidden(id, hide) {
      const next = new Set(hidden);
      if (hide) next.add(id);
      else next.delete(id);
      hidden = next;
      remember("hiddenLayers", [...next], imageId);
      refresh();
    },
    subscribe(callback) {
      callbacks.add(callback);
      return () => {
        callbacks.delete(callback);
      };
    },
    destroy() {
      stopRows();
      for (const { live, stop } of lives.values()) {
        stop();
        live.destroy();
      }
      lives.clear();
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
