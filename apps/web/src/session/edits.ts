import {
  type AnnotationSnapshot,
  type Command,
  type Conflict,
  type Geometry,
  type Json,
  type LayerId,
  makeAdd,
  makeReclass,
  makeRelabel,
  makeSetAttribute,
  newAnnotationId,
  type Outcome,
  RESERVED_PREFIX,
  type Stamp,
  UndoStack,
} from "@coscope/annotations";
import type { ClassRow } from "../state/rows.ts";
import { createStore, type Store } from "../state/store.ts";
import { copiedAttributes } from "./change-annotations.ts";
import type { LiveLayer } from "./live-layer.ts";
import type { Notices } from "./notices.ts";

export interface EditsOptions {
  readonly notices: Notices;
  userId(): string;
  live(id: LayerId): LiveLayer | undefined;
  classOf(id: string | null): ClassRow | undefined;
  /** Name of whoever was seen changing the annotation lately. */
  lastEditorOf(id: string): string | null;
  select(ids: readonly string[]): void;
}

/** Everything that this person does to annotations: executing, undo, and what happens when two people collide. */
export interface Edits {
  readonly undoState: Store<{ readonly canUndo: boolean; readonly canRedo: boolean }>;
  /** Executes and can be undone. null, and the person is told, when it cannot be done. */
  run(layerId: LayerId, command: Command): Outcome | null;
  /** What is run inside is one step of undo. */
  group<T>(action: () => T): T;
  /** For what goes on over several turns, such as an import: all that is run by it is one step of undo. */
  growing(): { run(layerId: LayerId, command: Command): Outcome | null };
  undo(): void;
  redo(): void;
  onConflict(conflict: Conflict, layer: LiveLayer): void;
  /** A move or stroke that lost was applied anew to what is there now. */
  onReapplied(layer: LiveLayer, lost: readonly Stamp[], outcome: Outcome): void;
  /** Someone else's outline came, or it was removed, while this one was being drawn: ours is offered as a copy. */
  offerCopy(layer: LiveLayer, changed: AnnotationSnapshot, lost: Geometry): void;
  /** Annotations that are no longer shown: a copy of one still gets its class, name and attributes. */
  noteRemoved(annotations: readonly AnnotationSnapshot[]): void;
}

/** Removed annotations of which copies can still be made. */
const REMEMBERED = 500;

export function createEdits(options: EditsOptions): Edits {
  const { notices } = options;
  const undoStack = new UndoStack((layerId, command) => {
    const layer = options.live(layerId);
    if (!layer) throw new LayerGoneError();
    return layer.run(command);
  });
  const undoState = createStore({ canUndo: false, canRedo: false });
  undoStack.subscribe(() => undoState.set({ canUndo: undoStack.canUndo, canRedo: undoStack.canRedo }));

  const gone = new Map<string, AnnotationSnapshot>();

  function noteRemoved(annotations: readonly AnnotationSnapshot[]): void {
    for (const annotation of annotations.slice(-REMEMBERED)) gone.set(annotation.id, annotation);
    for (const id of gone.keys()) {
      if (gone.size <= REMEMBERED) break;
      gone.delete(id);
    }
  }

  const run = (layerId: LayerId, command: Command) =>
    runInto(undoStack.push.bind(undoStack), layerId, command);

  function runInto(
    keep: (layerId: LayerId, outcome: Outcome) => void,
    layerId: LayerId,
    command: Command,
  ): Outcome | null {
    const layer = options.live(layerId);
    if (!layer) return null;
    try {
      const outcome = layer.run(command);
      keep(layerId, outcome);
      return outcome;
    } catch (error) {
      // CommandError and GeometryError: a shape that cannot be, such as one without an area.
      notices.say({ tone: "warning", text: `This cannot be kept: ${shortReason(error)}` });
      return null;
    }
  }

  function travel(step: "undo" | "redo"): void {
    try {
      const result = undoStack[step]();
      if (!result || result.left === 0) return;
      const what = step === "undo" ? "Undone" : "Done again";
      const left = result.left === 1 ? "one annotation" : `${result.left} annotations`;
      notices.say({
        id: "undo-left",
        tone: "info",
        text:
          result.done === 0
            ? `Left as it is: a colleague has changed ${left} since.`
            : `${what}, but for ${left} that a colleague has changed since.`,
      });
    } catch (error) {
      if (!(error instanceof LayerGoneError)) throw error;
      notices.say({ tone: "info", text: "The layer of this step is no longer there." });
    }
  }

  function lastSeen(layer: LiveLayer, id: string): AnnotationSnapshot | undefined {
    return layer.get(id) ?? gone.get(id);
  }

  /** `this nucleus`, in the words of the project's classes. */
  function nameOf(layer: LiveLayer, id: string): string {
    const name = options.classOf(lastSeen(layer, id)?.classId ?? null)?.name;
    return name ? `this ${name.charAt(0).toLowerCase()}${name.slice(1)}` : "this annotation";
  }

  function keepCopy(layer: LiveLayer, id: string, geometry: Geometry): void {
    const copy = newAnnotationId();
    const seen = lastSeen(layer, id);
    const { classId = null, label = "" } = seen ?? {};
    const attributes = seen ? copiedAttributes(seen) : {};
    const annotation = { id: copy, geometry, classId, ...(label && { label }), attributes };
    if (run(layer.id, makeAdd({ author: options.userId(), annotations: [annotation] })))
      options.select([copy]);
  }

  function sayCopy(layer: LiveLayer, id: string, lost: Geometry, kind: Conflict["kind"]): void {
    const who = options.lastEditorOf(id) ?? "A colleague";
    const what = nameOf(layer, id);
    const noticeId = `conflict-${id}`;
    notices.say({
      id: noticeId,
      tone: "warning",
      sticky: true,
      text:
        kind === "removed"
          ? `${who} removed ${what} while you were changing it.`
          : `${who} changed the outline of ${what} at the same moment; theirs is shown.`,
      next: {
        label: "Keep mine as a copy",
        run() {
          notices.dismiss(noticeId);
          keepCopy(layer, id, lost);
        },
      },
    });
  }

  function sayValue(conflict: Conflict, layer: LiveLayer): void {
    const who = options.lastEditorOf(conflict.id) ?? "A colleague";
    const { id, field, lost } = conflict;
    const noticeId = `conflict-${field}-${id}`;
    const again = (command: Command) => () => {
      notices.dismiss(noticeId);
      run(layer.id, command);
    };
    if (field.startsWith("attribute/")) {
      const name = field.slice("attribute/".length);
      // Lock and order are nobody's work: whoever misses them sets them again.
      if (name.startsWith(RESERVED_PREFIX)) return;
      notices.say({
        id: noticeId,
        tone: "info",
        sticky: true,
        text: `${who} set “${name}” of ${nameOf(layer, id)} at the same moment; theirs is shown.`,
        next: { label: "Use mine", run: again(makeSetAttribute([id], name, lost as Json)) },
      });
      return;
    }
    if (field === "class") {
      const classId = lost as string | null;
      const name = options.classOf(classId)?.name ?? "Unclassified";
      notices.say({
        id: noticeId,
        tone: "info",
        sticky: true,
        text: `${who} gave ${nameOf(layer, id)} another class at the same moment; theirs is shown.`,
        next: { label: `Make it ${name}`, run: again(makeReclass([id], classId)) },
      });
    } else if (field === "label") {
      const label = String(lost);
      notices.say({
        id: noticeId,
        tone: "info",
        sticky: true,
        text: `${who} renamed ${nameOf(layer, id)} at the same moment; their name is shown.`,
        next: { label: label ? `Use “${label}”` : "Take the name away", run: again(makeRelabel(id, label)) },
      });
    }
  }

  return {
    undoState,
    run,
    group: (action) => undoStack.group(action),
    growing() {
      const step = undoStack.growing();
      return { run: (layerId, command) => runInto(step.add, layerId, command) };
    },
    undo: () => travel("undo"),
    redo: () => travel("redo"),
    onConflict(conflict, layer) {
      if (conflict.field !== "geometry") return sayValue(conflict, layer);
      sayCopy(layer, conflict.id, conflict.lost as Geometry, conflict.kind);
    },
    onReapplied: (layer, lost, outcome) => undoStack.amend(layer.id, lost, outcome),
    offerCopy(layer, changed, lost) {
      if (!layer.get(changed.id)) noteRemoved([changed]);
      sayCopy(layer, changed.id, lost, layer.get(changed.id) ? "overwritten" : "removed");
    },
    noteRemoved,
  };
}

class LayerGoneError extends Error {}

function shortReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[^:]*: /, "");
}
