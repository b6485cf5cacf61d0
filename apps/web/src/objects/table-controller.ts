import type { ImageRect } from "@coscope/annotations";
import { cameraMatrix, visibleRect } from "@coscope/viewer";
import { createApi } from "../api/index.ts";
import { createStore, type Store } from "../state/store.ts";
import type { Workspace } from "../state/workspace.ts";
import { type Authors, createAuthors } from "./authors.ts";
import { withDerived, withoutIgnored } from "./class-tree.ts";
import type { Range, Sorting, TableFilter } from "./filter.ts";
import { createIntensities, type Intensities } from "./intensity.ts";
import type { ObjectRow } from "./rows.ts";
import { contextOf } from "./table-context.ts";
import { createTableModel, type TableModel } from "./table-model.ts";
import { tableState } from "./table-state.ts";

/** What the person set in the bar above the table. */
export interface FilterChoice {
  readonly text: string;
  /** null: all. "" is Unclassified. A base class brings what is derived from it. */
  readonly classId: string | null;
  /** Objects of ignored classes too. Whoever chooses a class gets it, ignored or not. */
  readonly ignored: boolean;
  readonly author: string | null;
  readonly range: Range | null;
  readonly inView: boolean;
  /** Those that were selected when it was asked for. */
  readonly only: ReadonlySet<string> | null;
}

export const NO_FILTER: FilterChoice = {
  text: "",
  classId: null,
  ignored: true,
  author: null,
  range: null,
  inView: false,
  only: null,
};

/** Reading pixels for columns of means. `done` in thousandths. */
export type Reading =
  | { readonly kind: "idle" }
  | { readonly kind: "reading"; readonly done: number }
  | {
      readonly kind: "failed";
    };

/** The open table: its rows, and what the person set. */
export interface TableController {
  readonly model: TableModel;
  readonly authors: Authors;
  readonly filter: Store<FilterChoice>;
  readonly reading: Store<Reading>;
  setFilter(change: Partial<FilterChoice>): void;
  sortBy(sorting: Sorting | null): void;
  /** Of rows that are on screen; those that are known cost nothing. */
  readMeans(rows: readonly ObjectRow[], channels: readonly number[]): void;
  readAllMeans(channels: readonly number[]): void;
  cancelReading(): void;
  resolution(row: ObjectRow): string;
  destroy(): void;
}

/** The picture rests this long before "in view" is looked at anew, ms. */
const REST_MS = 150;

export function createTableController(workspace: Workspace): TableController {
  const authors = createAuthors(createApi(), workspace);
  let intensities: Intensities | null = null;
  let stopReading: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let alive = true;

  const context = () => contextOf(workspace, authors, () => intensities);
  const model = createTableModel(workspace.annotations, context());
  const filter = createStore<FilterChoice>(NO_FILTER);
  const reading = createStore<Reading>({ kind: "idle" });

  function view(): ImageRect {
    const size = workspace.canvas.size();
    return visibleRect(cameraMatrix(workspace.camera.get(), size), size);
  }

  function show(): void {
    const { text, classId, ignored, author, range, inView, only } = filter.get();
    const classes = workspace.classes.get();
    const wanted: TableFilter = {
      text,
      classes: classId !== null ? withDerived(classes, classId) : ignored ? null : withoutIgnored(classes),
      author,
      range,
      inView: inView ? view() : null,
      selected: only,
    };
    model.show(wanted, tableState.get().sorting);
  }

  function openIntensities(): Intensities | null {
    const source = workspace.source.get();
    if (!intensities && source) intensities = createIntensities(source, workspace.plane.get);
    return intensities;
  }

  function onContext(): void {
    model.setContext(context());
  }

  function onSource(): void {
    stopReading?.abort();
    intensities?.destroy();
    intensities = null;
    onContext();
  }

  function whenAtRest(action: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(action, REST_MS);
  }

  const stops = [
    filter.subscribe(show),
    workspace.classes.subscribe(() => {
      onContext();
      show();
    }),
    workspace.layers.subscribe(onNames),
    authors.names.subscribe(onContext),
    workspace.source.subscribe(onSource),
    workspace.camera.subscribe(() => filter.get().inView && whenAtRest(show)),
  ];
  let names = layerNames();

  function layerNames(): string {
    return workspace.layers
      .get()
      .map(({ row }) => `${row.id} ${row.name}`)
      .join("\n");
  }

  /** Counts change with every annotation; names hardly ever. */
  function onNames(): void {
    const next = layerNames();
    if (next === names) return;
    names = next;
    onContext();
  }

  const needAuthors = () =>
    authors.need(
      (function* () {
        for (const { annotation } of model.all()) yield annotation.author;
      })(),
    );
  needAuthors();
  stops.push(
    workspace.annotations.subscribe((_id, { added }) => authors.need(added.map(({ author }) => author))),
  );
  show();

  async function read(rows: readonly ObjectRow[], channels: readonly number[], told: boolean): Promise<void> {
    const means = openIntensities();
    if (!means || channels.length === 0) return;
    const stop = new AbortController();
    if (told) {
      stopReading?.abort();
      stopReading = stop;
      reading.set({ kind: "reading", done: 0 });
    }
    try {
      await means.measure(rows, channels, {
        signal: stop.signal,
        ...(told && {
          onProgress: (done) => stopReading === stop && reading.set({ kind: "reading", done }),
        }),
      });
      if (told && stopReading === stop) reading.set({ kind: "idle" });
    } catch {
      if (alive && intensities === means) reading.set({ kind: "failed" });
    }
    if (alive && intensities === means)
      for (const channel of channels) model.valuesCame(`intensity:${channel}`);
  }

  return {
    model,
    authors,
    filter,
    reading,
    setFilter: (change) => filter.set((before) => ({ ...before, ...change })),
    sortBy(sorting) {
      tableState.set((state) => ({ ...state, sorting }));
      show();
    },
    readMeans: (rows, channels) => {
      const means = openIntensities();
      const unknown = rows.filter((row) => channels.some((channel) => !means?.known(row, channel)));
      if (unknown.length > 0) void read(unknown, channels, false);
    },
    readAllMeans: (channels) => void read(model.view.get().rows, channels, true),
    cancelReading() {
      stopReading?.abort();
      stopReading = null;
      reading.set({ kind: "idle" });
    },
    resolution: (row) => openIntensities()?.resolution(row) ?? "",
    destroy() {
      alive = false;
      clearTimeout(timer);
      for (const stop of stops) stop();
      stopReading?.abort();
      intensities?.destroy();
      model.destroy();
    },
  };
}
