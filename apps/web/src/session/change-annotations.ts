import {
  type AnnotationId,
  type AnnotationSnapshot,
  checkGeometry,
  type Geometry,
  type LayerId,
  MOST_MOVED,
  makeAdd,
  makeMove,
  makeRemove,
  makeReshape,
  newAnnotationId,
  ORDER,
  slicesOf,
} from "@coscope/annotations";
import type { Target } from "../tools/tool.ts";
import { idsByLayer } from "./apply-change.ts";
import type { Edits } from "./edits.ts";

/** An annotation to be made, with all that it shares with the one it comes from. */
export interface Addition {
  readonly layerId: LayerId;
  readonly geometry: Geometry;
  readonly classId: string | null;
  readonly label?: string;
  /** Reserved ones too. */
  readonly attributes?: AnnotationSnapshot["attributes"];
}

export interface Changes {
  readonly add?: readonly Addition[];
  readonly reshape?: readonly { readonly target: Target; readonly geometry: Geometry }[];
  readonly remove?: readonly Target[];
}

/** A copy of an annotation with another geometry. */
export function additionFrom({ layerId, annotation }: Target, geometry: Geometry): Addition {
  const { classId, label } = annotation;
  return { layerId, geometry, classId, label, attributes: copiedAttributes(annotation) };
}

/**
 * Carries out all of it as one step of undo, or nothing: every geometry is looked at before anything is written.
 * Returns the ids of what was added. Throws GeometryError.
 */
export function changeAnnotations(edits: Edits, author: string, changes: Changes): AnnotationId[] {
  const { add = [], reshape = [], remove = [] } = changes;
  for (const { geometry } of [...add, ...reshape]) checkGeometry(geometry);
  const added: AnnotationId[] = [];
  edits.group(() => {
    for (const { target, geometry } of reshape)
      edits.run(target.layerId, makeReshape(target.annotation.id, geometry));
    for (const [layerId, ids] of idsByLayer(remove)) edits.run(layerId, makeRemove(ids));
    for (const [layerId, additions] of Map.groupBy(add, (one) => one.layerId)) {
      const annotations = additions.map(({ geometry, classId, label, attributes }) => ({
        id: newAnnotationId(),
        geometry,
        classId,
        ...(label && { label }),
        ...(attributes && { attributes }),
      }));
      for (const slice of slicesOf(annotations))
        if (edits.run(layerId, makeAdd({ author, annotations: slice })))
          for (const { id } of slice) added.push(id);
    }
  });
  return added;
}

/** Moves annotations by `dx`, `dy` image px, as one step of undo: in portions, as each writes its outlines anew. */
export function moveAnnotations(edits: Edits, targets: readonly Target[], dx: number, dy: number): void {
  edits.group(() => {
    for (const [layerId, some] of Map.groupBy(targets, (target) => target.layerId)) {
      const annotations = some.map(({ annotation }) => annotation);
      for (const slice of slicesOf(annotations, MOST_MOVED)) {
        const ids = slice.map(({ id }) => id);
        edits.run(layerId, makeMove(ids, dx, dy));
      }
    }
  });
}

/** What a copy gets of its original's: its place in the stack too, but not its lock, so that it can be moved at once. */
export function copiedAttributes({
  attributes,
  order,
}: Pick<AnnotationSnapshot, "attributes" | "order">): AnnotationSnapshot["attributes"] {
  return order === 0 ? attributes : { ...attributes, [ORDER]: order };
}
