import type { AnnotationSnapshot, QueryChange } from "@coscope/annotations";
import { createStore, type Store } from "../state/store.ts";
import type { AnnotationReader } from "../state/workspace.ts";
import { type Column, columnsFor, type TableContext } from "./columns.ts";
import {
  byAge,
  comparer,
  EVERYTHING,
  matcher,
  narrows,
  needsMeasures,
  patchView,
  type Sorting,
  sortRows,
  type TableFilter,
} from "./filter.ts";
import { measureRows, type ObjectRow, rowOf } from "./rows.ts";

export interface TableView {
  /** Shown, in order. */
  readonly rows: readonly ObjectRow[];
  /** Of all layers, shown or not. */
  readonly total: number;
  /** Being measured before they can be sorted or filtered: how many are done; null when nothing is waited for. */
  readonly measuring: number | null;
  /** Grows when the person asks for other rows or another order: what is on screen need not stay there then. */
  readonly asked: number;
}

/** The table's content, kept up with what everybody draws. */
export interface TableModel {
  readonly view: Store<TableView>;
  readonly columns: Store<readonly Column[]>;
  /** All rows, in no order. */
  all(): Iterable<ObjectRow>;
  get(id: string): ObjectRow | undefined;
  /** Place among the shown rows, -1 when it is not among them. */
  indexOf(id: string): number;
  setContext(context: TableContext): void;
  show(filter: TableFilter, sorting: Sorting | null): void;
  /** Values of a column came that were not there before. */
  valuesCame(columnId: string): void;
  destroy(): void;
}

/** Above this many changes at once, sorting anew is quicker than putting each into its place. */
const PATCH_MOST = 500;

export function createTableModel(reader: AnnotationReader, first: TableContext): TableModel {
  const rows = new Map<string, ObjectRow>();
  /** How many annotations have an attribute of that name. */
  const names = new Map<string, number>();
  let context = first;
  let filter = EVERYTHING;
  let sorting: Sorting | null = null;
  let alive = true;
  /** Grows when what is being measured is no longer wanted. */
  let run = 0;
  let asked = 0;
  /** All rows by age, and as they are sorted: another filter sorts nothing. null until they are needed. */
  let aged: readonly ObjectRow[] | null = null;
  let ordered: readonly ObjectRow[] | null = null;
  /** What the shown rows were taken of, and by which filter. */
  let shown: { readonly filter: TableFilter; readonly of: readonly ObjectRow[] } | null = null;

  for (const { layerId, annotation } of reader.all()) {
    rows.set(annotation.id, rowOf(layerId, annotation));
    countNames(annotation, 1);
  }
  const columns = createStore<readonly Column[]>(makeColumns());
  const view = createStore<TableView>({ rows: [], total: rows.size, measuring: null, asked: 0 });

  function countNames({ attributes }: AnnotationSnapshot, step: 1 | -1): boolean {
    let changed = false;
    for (const name in attributes) {
      const before = names.get(name) ?? 0;
      names.set(name, before + step);
      changed ||= before === 0 || before + step === 0;
    }
    return changed;
  }

  function makeColumns(): Column[] {
    const defined = context.classes.flatMap(({ attributes }) => attributes.map(({ name }) => name));
    const found = [...names].filter(([, count]) => count > 0).map(([name]) => name);
    return columnsFor(context, [...new Set([...defined, ...found.toSorted()])]);
  }

  const sortColumn = () => columns.get().find(({ id }) => id === sorting?.column);

  /** Other values, names or rows: nothing of what is shown is known to be right. */
  function reorder(): void {
    ordered = null;
    shown = null;
    refresh();
  }

  /** Filters anew, and sorts where that is needed. */
  function refresh(): void {
    const mine = ++run;
    if (!needsMeasures(columns.get(), filter, sorting)) {
      put();
      return;
    }
    const goesOn = () => alive && mine === run;
    void measureRows(rows.values(), context.scale, goesOn, (measuring) => {
      if (goesOn() && measuring < rows.size) view.set((before) => ({ ...before, measuring }));
    }).then((finished) => finished && goesOn() && put());
  }

  function put(): void {
    aged ??= byAge(rows.values());
    ordered ??= sortRows(aged, sortColumn(), sorting?.descending ?? false);
    // With every letter typed fewer rows are looked at.
    const within = shown?.of === ordered && narrows(shown.filter, filter) ? view.get().rows : ordered;
    shown = { filter, of: ordered };
    view.set({
      rows: within.filter(matcher(filter, columns.get())),
      total: rows.size,
      measuring: null,
      asked,
    });
  }

  function onChange(layerId: string, { added, changed, removed }: QueryChange): void {
    let other = false;
    for (const annotation of removed) {
      rows.delete(annotation.id);
      other = countNames(annotation, -1) || other;
    }
    const after = [...changed.map((change) => change.after), ...added];
    for (const { before } of changed) other = countNames(before, -1) || other;
    const came = after.map((annotation) => {
      const row = rowOf(layerId, annotation, rows.get(annotation.id));
      rows.set(annotation.id, row);
      other = countNames(annotation, 1) || other;
      return row;
    });
    if (other) columns.set(makeColumns());
    if (removed.length + came.length > PATCH_MOST || view.get().measuring !== null || !ordered || !aged) {
      aged = null;
      reorder();
      return;
    }
    const gone = new Set(removed.map(({ id }) => id));
    for (const { after: annotation } of changed) gone.add(annotation.id);
    const fitting = came.filter(matcher(filter, columns.get()));
    const order = comparer(sortColumn(), sorting?.descending ?? false);
    const wasAged = ordered === aged;
    aged = patchView(aged, gone, came, comparer(undefined, false));
    ordered = wasAged ? aged : patchView(ordered, gone, came, order);
    shown = { filter, of: ordered };
    view.set((before) => ({
      ...before,
      rows: patchView(before.rows, gone, fitting, order),
      total: rows.size,
    }));
  }

  const stop = reader.subscribe(onChange);
  refresh();

  return {
    view,
    columns,
    all: () => rows.values(),
    get: (id) => rows.get(id),
    indexOf: (id) => view.get().rows.findIndex((row) => row.id === id),
    setContext(next) {
      const { x, y, unit } = context.scale;
      if (next.scale.x !== x || next.scale.y !== y || next.scale.unit !== unit)
        for (const row of rows.values()) row.measures = null;
      context = next;
      columns.set(makeColumns());
      reorder();
    },
    show(nextFilter, nextSorting) {
      if (nextSorting?.column !== sorting?.column || nextSorting?.descending !== sorting?.descending)
        ordered = null;
      filter = nextFilter;
      asked++;
      sorting = nextSorting;
      refresh();
    },
    valuesCame(columnId) {
      if (sorting?.column === columnId || filter.range?.column === columnId) reorder();
      else view.set((before) => ({ ...before }));
    },
    destroy() {
      alive = false;
      stop();
    },
  };
}
