import { lutTable } from "@coscope/viewer";
import { createApi } from "../api/index.ts";
import { createStore, type Store } from "../state/store.ts";
import type { ColorBy, Workspace } from "../state/workspace.ts";
import { createAuthors } from "./authors.ts";
import { colorOf, type Scaling, sameScaling, scalingOf } from "./color-scale.ts";
import { type Column, columnsFor, titleOf } from "./columns.ts";
import { createIntensities, type Intensities } from "./intensity.ts";
import { measureRows, type ObjectRow, rowOf } from "./rows.ts";
import { contextOf } from "./table-context.ts";

export interface Legend {
  readonly title: string;
  /** null while values are read for the first time. */
  readonly scaling: Scaling | null;
  /** Some have no value. */
  readonly missing: boolean;
}

/** After a change this long, ms, the range and the kinds are looked at anew. */
const REST_MS = 1_000;

/** Colours annotations by a column, until it is destroyed. What comes later is coloured by what is known then. */
export function createColoring(
  workspace: Workspace,
  colorBy: Exclude<ColorBy, { kind: "class" }>,
): { readonly legend: Store<Legend | null>; destroy(): void } {
  const authors = createAuthors(createApi(), workspace);
  const legend = createStore<Legend | null>(null);
  const rows = new Map<string, ObjectRow>();
  const tones = lutTable("viridis");
  let intensities: Intensities | null = null;
  /** Calls off the reading of pixels that is no longer wanted. */
  let reading = new AbortController();
  let alive = true;
  let run = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function column(): Column | undefined {
    const id = colorBy.kind === "author" ? "author" : colorBy.column;
    const name = /^attribute:(.*)$/s.exec(id)?.[1];
    const context = contextOf(workspace, authors, () => intensities);
    return columnsFor(context, name === undefined ? [] : [name]).find((one) => one.id === id);
  }

  async function refresh(): Promise<void> {
    const mine = ++run;
    const goesOn = () => alive && mine === run;
    const by = column();
    if (!by) return;
    const seen = new Set<string>();
    for (const { layerId, annotation } of workspace.annotations.all()) {
      seen.add(annotation.id);
      rows.set(annotation.id, rowOf(layerId, annotation, rows.get(annotation.id)));
    }
    for (const id of rows.keys()) if (!seen.has(id)) rows.delete(id);
    const { scale } = contextOf(workspace, authors, () => null);
    if (by.measured && !(await measureRows(rows.values(), scale, goesOn))) return;
    if (by.channel !== undefined && !(await readMeans(by, by.channel))) return;
    if (!goesOn()) return;
    if (colorBy.kind === "author")
      authors.need([...rows.values()].map(({ annotation }) => annotation.author));
    const cells = [...rows.values()].map((row) => by.value(row));
    const scaling = scalingOf(cells);
    const missing = cells.some((cell) => cell === null || cell === "");
    const title = titleOf(by);
    const known = legend.get();
    if (known?.title === title && known.scaling && sameScaling(known.scaling, scaling)) {
      if (known.missing !== missing) legend.set({ title, scaling, missing });
      return;
    }
    legend.set({ title, scaling, missing });
    workspace.actions.setPaint((annotation) => {
      const row = rowOf("", annotation, rows.get(annotation.id));
      return colorOf(scaling, by.value(row), tones);
    });
  }

  /** False where it was called off. Pixels that cannot be read have no value. */
  async function readMeans(by: Column, channel: number): Promise<boolean> {
    const source = workspace.source.get();
    if (!source) return false;
    reading.abort();
    reading = new AbortController();
    intensities ??= createIntensities(source, workspace.plane.get);
    if (!legend.get()) legend.set({ title: titleOf(by), scaling: null, missing: false });
    return intensities
      .measure([...rows.values()], [channel], { signal: reading.signal })
      .catch(() => alive && !reading.signal.aborted);
  }

  function forgetMeans(): void {
    reading.abort();
    intensities?.destroy();
    intensities = null;
  }

  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), REST_MS);
  }

  const stops = [
    workspace.annotations.subscribe(later),
    workspace.classes.subscribe(later),
    authors.names.subscribe(later),
    workspace.source.subscribe(() => {
      for (const row of rows.values()) row.measures = null;
      forgetMeans();
      later();
    }),
  ];
  void refresh();

  return {
    legend,
    destroy() {
      alive = false;
      clearTimeout(timer);
      for (const stop of stops) stop();
      forgetMeans();
      workspace.actions.setPaint(null);
    },
  };
}
