import { GeometryError } from "@coscope/annotations";
import type { Target } from "../tools/tool.ts";
import type { ActionsOptions } from "./actions.ts";
import { type Addition, type Changes, changeAnnotations } from "./change-annotations.ts";
import type { Engine } from "./engine.ts";

/** What actions on the selection work with. */
export interface SelectionContext extends ActionsOptions {
  readonly engine: Engine;
}

/** Says why nothing was done. */
export function refuse({ notices }: SelectionContext, text: string): undefined {
  notices.say({ id: "cannot", tone: "info", text });
}

export function selectionTargets({ engine }: SelectionContext): readonly Target[] {
  return engine.selectionTargets();
}

/** The selection, where it may be changed; else the person is told why, and nothing is given. */
export function changeableTargets(context: SelectionContext): readonly Target[] {
  const all = selectionTargets(context);
  return all.length > 0 && context.mayChange(all) ? all : [];
}

/** Whether these layers may be written to, whatever is locked in them; else the person is told why. */
export function mayWriteTo(context: SelectionContext, layerIds: Iterable<string>): boolean {
  for (const id of new Set(layerIds)) {
    const row = context.layers.row(id);
    if (row?.locked) {
      refuse(context, `The layer “${row.name}” is locked. Unlock it in Layers to change it.`);
      return false;
    }
    if (context.layers.live(id)?.mayWrite.get() === false) {
      refuse(context, "You may look at this layer, but not change it.");
      return false;
    }
  }
  return true;
}

/** As `changeAnnotations`; a shape that cannot be stored is told, and nothing is done: null. */
export function change(context: SelectionContext, changes: Changes): string[] | null {
  try {
    return changeAnnotations(context.edits, context.userId(), changes);
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error;
    refuse(context, `Nothing was changed: the result could not be kept (${error.expected}).`);
    return null;
  }
}

/**
 * Adds shapes and selects them, beside those of `keep`; null where that may not be, which the person is told. Copies
 * are new: that their originals are locked does not matter, that their layer is does.
 */
export function addAndSelect(
  context: SelectionContext,
  add: readonly Addition[],
  what: string,
  keep: readonly Target[] = [],
): string[] | null {
  const layerIds = add.map(({ layerId }) => layerId);
  const ids = mayWriteTo(context, layerIds) ? change(context, { add }) : null;
  if (!ids) return null;
  context.selection.set(new Set([...keep.map(({ annotation }) => annotation.id), ...ids]));
  context.announce(counted(ids.length, what));
  return ids;
}

export function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? "annotation" : "annotations"} ${what}`;
}
