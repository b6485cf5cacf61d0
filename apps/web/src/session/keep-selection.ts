import type { AnnotationId } from "@coscope/annotations";
import type { EngineStores } from "./engine.ts";
import type { Layers } from "./layers.ts";

/** Keeps the selection to what exists, and the active class too. Returns what stops it. */
export function keepSelection(stores: EngineStores, layers: Layers): () => void {
  const { selection, selected, classes, activeClassId } = stores;

  function refresh(): void {
    const found = [...selection.get()].map((id) => layers.find(id)?.annotation);
    selected.set(found.filter((annotation) => annotation !== undefined));
  }

  const stops = [
    selection.subscribe(refresh),
    layers.subscribe((_layer, { added, changed, removed }) => {
      const chosen = selection.get();
      if (chosen.size === 0) return;
      const gone = removed.filter(({ id }) => chosen.has(id) && !layers.find(id));
      if (gone.length > 0) {
        const rest = new Set<AnnotationId>(chosen);
        for (const { id } of gone) rest.delete(id);
        selection.set(rest);
      } else if (
        added.some(({ id }) => chosen.has(id)) ||
        changed.some(({ after }) => chosen.has(after.id))
      ) {
        refresh();
      }
    }),
    classes.subscribe(() => {
      const list = classes.get();
      if (list.length > 0 && !list.some(({ id }) => id === activeClassId.get())) activeClassId.set(null);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
