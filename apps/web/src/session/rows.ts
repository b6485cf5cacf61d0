import type { Api } from "../api/index.ts";
import type { ClassRow, ImageRow, LayerRow, PresetRow, ViewRow } from "../state/rows.ts";
import { createStore, type Store } from "../state/store.ts";

/** A change of a row, told on the image's presence connection. */
export interface RowEvent {
  readonly t: "rows";
  readonly table: "image" | "layer" | "class" | "view" | "preset" | "project";
  readonly op: "put" | "delete";
  readonly row: { readonly id: string; readonly revision: number };
}

/** The rows that one open image needs, kept up to date. */
export interface Rows {
  readonly image: Store<ImageRow>;
  /** In drawing order. */
  readonly layers: Store<readonly LayerRow[]>;
  readonly classes: Store<readonly ClassRow[]>;
  /** The oldest first; null until they have been read. */
  readonly views: Store<readonly ViewRow[] | null>;
  readonly presets: Store<readonly PresetRow[]>;
  readonly imageGone: Store<boolean>;
  /** Asks the server for everything: at the start and after a break in the connection. Rejects with ApiError. */
  load(): Promise<void>;
  apply(event: RowEvent): void;
  /** A row that the server just answered with. */
  putLayer(row: LayerRow): void;
  putClass(row: ClassRow): void;
  putView(row: ViewRow): void;
  putPreset(row: PresetRow): void;
  dropLayer(id: string): void;
  dropClass(id: string): void;
  dropView(id: string): void;
  dropPreset(id: string): void;
}

export function createRows(api: Api, first: ImageRow): Rows {
  const image = createStore(first);
  const layers = createStore<readonly LayerRow[]>([]);
  const classes = createStore<readonly ClassRow[]>([]);
  const views = createStore<readonly ViewRow[] | null>(null);
  const presets = createStore<readonly PresetRow[]>([]);
  const imageGone = createStore(false);

  const rows: Rows = {
    image,
    layers,
    classes,
    views,
    presets,
    imageGone,
    async load() {
      const { id, projectId } = image.get();
      const [layerRows, classRows, viewRows, presetRows] = await Promise.all([
        api.layers(id),
        api.classes(projectId),
        api.views(id),
        api.presets(projectId),
      ]);
      layers.set(layerRows.toSorted(byPosition));
      classes.set(classRows.toSorted(byPosition));
      views.set(viewRows);
      presets.set(presetRows);
    },
    apply({ table, op, row }) {
      if (table === "image" && row.id === image.get().id) {
        if (op === "delete") imageGone.set(true);
        else if (row.revision >= image.get().revision) image.set(row as ImageRow);
      } else if (table === "layer") {
        if (op === "delete") rows.dropLayer(row.id);
        else if ((row as LayerRow).imageId === image.get().id) rows.putLayer(row as LayerRow);
      } else if (table === "class") {
        if (op === "delete") rows.dropClass(row.id);
        else if ((row as ClassRow).projectId === image.get().projectId) rows.putClass(row as ClassRow);
      } else if (table === "view") {
        if (op === "delete") rows.dropView(row.id);
        else if ((row as ViewRow).imageId === image.get().id) rows.putView(row as ViewRow);
      } else if (table === "preset") {
        if (op === "delete") rows.dropPreset(row.id);
        else if ((row as PresetRow).projectId === image.get().projectId) rows.putPreset(row as PresetRow);
      }
    },
    putLayer: (row) => layers.set((list) => put(list, row, byPosition)),
    putClass: (row) => classes.set((list) => put(list, row, byPosition)),
    putView: (row) => views.set((list) => list && put(list, row, byAge)),
    putPreset: (row) => presets.set((list) => put(list, row, byAge)),
    dropLayer: (id) => layers.set((list) => drop(list, id)),
    dropClass: (id) => classes.set((list) => drop(list, id)),
    dropView: (id) => views.set((list) => list && drop(list, id)),
    dropPreset: (id) => presets.set((list) => drop(list, id)),
  };
  return rows;
}

interface Row {
  readonly id: string;
  readonly revision: number;
}

/** Takes a row in unless a newer one is already here: answers and events overtake each other. */
function put<R extends Row>(list: readonly R[], row: R, order: (a: R, b: R) => number): readonly R[] {
  const known = list.find(({ id }) => id === row.id);
  if (known && known.revision >= row.revision) return list;
  return [...list.filter(({ id }) => id !== row.id), row].toSorted(order);
}

function drop<R extends Row>(list: readonly R[], id: string): readonly R[] {
  return list.some((row) => row.id === id) ? list.filter((row) => row.id !== id) : list;
}

function byPosition(a: LayerRow | ClassRow, b: LayerRow | ClassRow): number {
  return a.position - b.position || (a.id < b.id ? -1 : 1);
}

function byAge(a: ViewRow | PresetRow, b: ViewRow | PresetRow): number {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? -1 : 1;
}
