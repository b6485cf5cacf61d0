import type { ClassId, QueryChange } from "@coscope/annotations";
import { createStore, type Store } from "../state/store.ts";
import type { Layers } from "./layers.ts";

export type ClassCounts = ReadonlyMap<ClassId | null, number>;

/** How many annotations each class has, kept up with every change. */
export function createClassCounts(layers: Layers): { readonly store: Store<ClassCounts>; stop(): void } {
  const first = new Map<ClassId | null, number>();
  for (const layer of layers.all())
    for (const { classId } of layer.query.get().all()) first.set(classId, (first.get(classId) ?? 0) + 1);
  const store = createStore<ClassCounts>(first);
  const stop = layers.subscribe((_layer, change) => store.set((counts) => countAgain(counts, change)));
  return { store, stop };
}

/** The counts after a change; the same map where it changed none. */
function countAgain(counts: ClassCounts, { added, changed, removed }: QueryChange): ClassCounts {
  const by = new Map<ClassId | null, number>();
  const count = (classId: ClassId | null, step: 1 | -1) => by.set(classId, (by.get(classId) ?? 0) + step);
  for (const { classId } of added) count(classId, 1);
  for (const { classId } of removed) count(classId, -1);
  for (const { before, after } of changed) {
    if (before.classId === after.classId) continue;
    count(before.classId, -1);
    count(after.classId, 1);
  }
  const steps = [...by].filter(([, step]) => step !== 0);
  if (steps.length === 0) return counts;
  const next = new Map(counts);
  for (const [classId, step] of steps) next.set(classId, (next.get(classId) ?? 0) + step);
  return next;
}
