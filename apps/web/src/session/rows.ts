import type { Api } from "../api/index.ts";
import type { ClassRow, ImageRow, LayerRow } from "../state/rows.ts";
import { createStore, type Store } from "../state/store.ts";

/** A change of a row, told on the image's presence connection. */
export interface RowEvent {
  readonly t: "rows";
  readonly table: "image" | "layer" | "class" | "project";
  readonly op: "put" | "delete";
  readonly row: { readonly id: string; readonly revision: number };
}

/** The rows that one open image needs, kept up to date. */
export interface Rows {
  readonly image: Store<ImageRow>;
  /** In drawing order. */
  readonly layers: Store<readonly LayerRow[]>;
  readonly classes: Store<readonly ClassRow[]>;
  readonly imageGone: Store<boolean>;
  /** Asks the server for everything: at the start and after a break in the connection. Rejects with ApiError. */
  load(): Promise<void>;
  apply(event: RowEvent): void;
  /** A row that the server just answered with. */
  putLayer(row: LayerRow): void;
  putClass(row: ClassRow): void;
  dropLayer(id: string): void;
  dropClass(id: string): void;
}

export function createRows(api: Api, first: ImageRow): Rows {
  const image = createStore(first);
  const layers = createStore<readonly LayerRow[]>([]);
  const classes = createStore<readonly ClassRow[]>([]);
  const imageGone = createStore(false);

  const rows: Rows = {
    image,
    layers,
    classes,
    imageGone,
    async load() {
      const { id, projectId } = image.get();
      const [layerRows, classRows] = await Promise.all([api.layers(id), api.classes(projectId)]);
      layers.set(layerRows.toSorted(byPosition));
      classes.set(classRows.toSorted(byPosition));
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
      }
    },
    putLayer: (row) => layers.set((list) => put(list, row)),
    putClass: (row) => classes.set((list) => put(list, row)),
    dropLayer: (id) => layers.set((list) => drop(list, id)),
    dropClass: (id) => classes.set((list) => drop(list, id)),
  };
  return rows;
}

type Row = LayerRow | ClassRow;

/** Takes a row in unless a newer one is already here: answers and events overtake each other. */
function put<R extends Row>(list: readonly R[], row: R): readonly R[] {
  const known = list.find(({ id }) => id === row.id);
  if (known && known.revision >= row.revision) return list;
  return [...list.filter(({ id }) => id !== row.id), row].toSorted(byPosition);
}

function drop<R extends Row>(list: readonly R[], id: string): readonly R[] {
  return list.some((row) => row.id === id) ? list.filter((row) => row.id !== id) : list;
}

function byPosition(a: Row, b: Row): number {
  return a.position - b.position || (a.id < b.id ? -1 : 1);
}
