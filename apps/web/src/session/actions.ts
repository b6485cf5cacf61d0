import {
  type AnnotationId,
  makeReclass,
  makeRelabel,
  makeRemove,
  translateGeometry,
} from "@coscope/annotations";
import { type Api, isApiError } from "../api/index.ts";
import type { WritableStore } from "../state/store.ts";
import type { ClassChange } from "../state/workspace.ts";
import type { Target } from "../tools/tool.ts";
import { additionFrom, changeAnnotations } from "./change-annotations.ts";
import type { Edits } from "./edits.ts";
import type { Layers } from "./layers.ts";
import type { Notices } from "./notices.ts";
import { createRowChanges, rowOf } from "./row-changes.ts";
import type { Rows } from "./rows.ts";
import { counted } from "./selection-context.ts";
import { idsByLayer } from "./tool-host.ts";

/** How far a duplicate lies beside its original, CSS px. */
const DUPLICATE_OFFSET_CSS = 14;

export interface ActionsOptions {
  readonly api: Api;
  readonly rows: Rows;
  readonly layers: Layers;
  readonly edits: Edits;
  readonly notices: Notices;
  readonly selection: WritableStore<ReadonlySet<AnnotationId>>;
  userId(): string;
  /** CSS px per image px. */
  zoom(): number;
  mayChange(targets: readonly Target[]): boolean;
  announce(text: string): void;
}

/** Changes of rows: asked of the server, taken in from its answer, announced to everyone by it. */
export function createRowActions({ api, rows, layers, notices }: ActionsOptions) {
  const { attempt, refused } = createRowChanges(rows, notices);

  function layerRow(id: string) {
    const row = layers.row(id);
    if (!row) throw new Error(`No layer ${id} here.`);
    return row;
  }

  const classRow = (id: string) => rowOf(rows.classes.get(), id, "class");

  return {
    addLayer: (name: string) =>
      attempt(
        () => api.addLayer(rows.image.get().id, { name }),
        (row) => {
          rows.putLayer(row);
          layers.setActive(row.id);
        },
      ),
    renameLayer: (id: string, name: string) =>
      attempt(() => api.updateLayer(id, { name, revision: layerRow(id).revision }), rows.putLayer),
    setLayerLocked: (id: string, locked: boolean) =>
      attempt(() => api.updateLayer(id, { locked, revision: layerRow(id).revision }), rows.putLayer),
    deleteLayer: (id: string) =>
      attempt(
        () => api.deleteLayer(id, layerRow(id).revision),
        () => rows.dropLayer(id),
      ),
    addClass: (name: string, color: string) =>
      attempt(() => api.addClass(rows.image.get().projectId, { name, color }), rows.putClass),
    updateClass: (id: string, change: ClassChange) =>
      attempt(() => api.updateClass(id, { ...change, revision: classRow(id).revision }), rows.putClass),
    async deleteClass(
      id: string,
      reassign?: string | "none",
    ): Promise<{ deleted: true } | { deleted: false; count: number }> {
      try {
        await api.deleteClass(id, classRow(id).revision, reassign === "none" ? null : reassign);
        rows.dropClass(id);
        return { deleted: true };
      } catch (error) {
        if (isApiError(error, "class-in-use"))
          return { deleted: false, count: Number(error.details["count"]) };
        await refused(error);
        return { deleted: false, count: 0 };
      }
    },
  };
}

/** Changes of annotations by the selection. */
export function createSelectionActions(options: ActionsOptions) {
  const { layers, edits, selection, announce } = options;

  function targets(ids: Iterable<AnnotationId> = selection.get()): Target[] {
    const found: Target[] = [];
    for (const id of ids) {
      const hit = layers.find(id);
      if (hit) found.push({ layerId: hit.layer.id, annotation: hit.annotation });
    }
    return found;
  }

  function changeable(): Target[] {
    const all = targets();
    return all.length > 0 && options.mayChange(all) ? all : [];
  }

  function duplicate(): void {
    const offset = DUPLICATE_OFFSET_CSS / options.zoom();
    const add = changeable().map((target) =>
      additionFrom(target, translateGeometry(target.annotation.geometry, offset, offset)),
    );
    if (add.length === 0) return;
    const copies = changeAnnotations(edits, options.userId(), { add });
    selection.set(new Set(copies));
    announce(counted(copies.length, "duplicated"));
  }

  return {
    targets,
    reclassSelection(classId: string | null) {
      const chosen = changeable();
      edits.group(() => {
        for (const [layerId, ids] of idsByLayer(chosen)) edits.run(layerId, makeReclass(ids, classId));
      });
    },
    relabel(id: AnnotationId, label: string) {
      const [target] = targets([id]);
      if (target && options.mayChange([target])) edits.run(target.layerId, makeRelabel(id, label));
    },
    removeSelection() {
      const removed = changeable();
      edits.group(() => {
        for (const [layerId, ids] of idsByLayer(removed)) edits.run(layerId, makeRemove(ids));
      });
      if (removed.length > 0) announce(counted(removed.length, "removed"));
    },
    duplicateSelection: duplicate,
  };
}
