import {
  type AnnotationSnapshot,
  compareTopmost,
  LOCKED,
  makeSetAttribute,
  ORDER,
} from "@coscope/annotations";
import type { OrderStep, SelectionActions } from "../state/selection-actions.ts";
import type { Target } from "../tools/tool.ts";
import {
  changeableTargets,
  counted,
  mayWriteTo,
  refuse,
  type SelectionContext,
  selectionTargets,
} from "./selection-context.ts";

/** What lies over what, and what is left alone. */
export function createStackingActions(
  context: SelectionContext,
): Pick<SelectionActions, "setSelectionLocked" | "orderSelection"> {
  const { edits, layers, announce } = context;

  function everythingOf(layerId: string): Iterable<AnnotationSnapshot> {
    return layers.live(layerId)?.query.get().all() ?? [];
  }

  /** Beyond all others of the layer; among themselves they stay as they were. Ids by their new order. */
  function toEnd(layerId: string, targets: readonly Target[], end: 1 | -1): Map<number, string[]> {
    const chosen = new Set(targets.map(({ annotation }) => annotation.id));
    let outermost = 0;
    for (const { id, order } of everythingOf(layerId))
      if (!chosen.has(id)) outermost = end > 0 ? Math.max(outermost, order) : Math.min(outermost, order);
    const orders = new Set(targets.map(({ annotation }) => annotation.order));
    const ranks = [...orders].sort((a, b) => (a - b) * end);
    const found = new Map<number, string[]>(ranks.map((_, rank) => [outermost + end * (rank + 1), []]));
    for (const { annotation } of targets)
      found.get(outermost + end * (ranks.indexOf(annotation.order) + 1))!.push(annotation.id);
    return found;
  }

  /** Past the next one that it overlaps, or null where there is none. */
  function oneStep({ layerId, annotation }: Target, step: 1 | -1): number | null {
    const query = layers.live(layerId)?.query.get();
    const beyond = (query?.within(annotation.bounds, annotation.geometry.plane) ?? [])
      .filter(({ id }) => id !== annotation.id)
      .filter((other) => compareTopmost(other, annotation) * step < 0)
      .sort((a, b) => compareTopmost(b, a) * step);
    const [next] = beyond;
    if (!next) return null;
    const after = beyond.find(({ order }) => (order - next.order) * step > 0);
    return after ? (next.order + after.order) / 2 : next.order + step;
  }

  function orderSelection(how: OrderStep): void {
    const targets = changeableTargets(context);
    if (targets.length === 0) return;
    const forward = how === "front" || how === "forward" ? 1 : -1;
    let changed = 0;
    edits.group(() => {
      for (const [layerId, own] of Map.groupBy(targets, (target) => target.layerId)) {
        if (how === "front" || how === "back") {
          for (const [order, ids] of toEnd(layerId, own, forward)) {
            edits.run(layerId, makeSetAttribute(ids, ORDER, order));
            changed += ids.length;
          }
          continue;
        }
        for (const target of own) {
          const order = oneStep(target, forward);
          if (order === null) continue;
          edits.run(layerId, makeSetAttribute([target.annotation.id], ORDER, order));
          changed += 1;
        }
      }
    });
    if (changed > 0) announce(counted(changed, forward > 0 ? "brought forward" : "sent back"));
    else refuse(context, forward > 0 ? "Nothing lies over it here." : "Nothing lies under it here.");
  }

  return {
    orderSelection,
    setSelectionLocked(locked) {
      const targets = selectionTargets(context).filter(({ annotation }) => annotation.locked !== locked);
      // Their own lock must not keep anyone from taking it away.
      const layerIds = targets.map(({ layerId }) => layerId);
      if (targets.length === 0 || !mayWriteTo(context, layerIds)) return;
      edits.group(() => {
        for (const [layerId, own] of Map.groupBy(targets, (target) => target.layerId)) {
          const ids = own.map(({ annotation }) => annotation.id);
          edits.run(layerId, makeSetAttribute(ids, LOCKED, locked ? true : null));
        }
      });
      announce(counted(targets.length, locked ? "locked" : "unlocked"));
    },
  };
}
