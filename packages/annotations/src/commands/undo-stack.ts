import type { AnnotationId, Field, LayerId, Stamp } from "../document/index.ts";
import { makeRevert } from "./revert.ts";
import type { AnyRevertItem, Command, Outcome } from "./types.ts";

interface Step {
  readonly layerId: LayerId;
  readonly items: readonly AnyRevertItem[];
}

/** How an undo or redo went, in annotations: `left` were changed by a colleague since. */
export interface UndoResult {
  readonly done: number;
  readonly left: number;
}

const DEFAULT_LIMIT = 500;

/**
 * One person's undo and redo in one tab, over all layers. Steps are inverses that compare stamps, so a colleague's
 * work is never touched: what they changed since is left, the rest of the step is reverted.
 */
export class UndoStack {
  private readonly run: (layerId: LayerId, command: Command) => Outcome;
  private readonly limit: number;
  private undoSteps: Step[] = [];
  private redoSteps: Step[] = [];
  /** An undo writes the old value under a new stamp: `<layer>/<field>/<id>/<old stamp>` → the new one. */
  private readonly aliases = new Map<string, Stamp>();
  private readonly listeners = new Set<() => void>();

  /** @param run executes the command on that layer, outbox and all, without pushing it here */
  constructor(run: (layerId: LayerId, command: Command) => Outcome, limit = DEFAULT_LIMIT) {
    this.run = run;
    this.limit = limit;
  }

  get canUndo(): boolean {
    return this.undoSteps.length > 0;
  }

  get canRedo(): boolean {
    return this.redoSteps.length > 0;
  }

  /** After a command was executed. Ends what could be redone. */
  push(layerId: LayerId, outcome: Outcome): void {
    if (!outcome.inverse) return;
    this.undoSteps.push({ layerId, items: outcome.inverse.items });
    if (this.undoSteps.length > this.limit) this.undoSteps.shift();
    this.redoSteps = [];
    this.notify();
  }

  /** null where there is nothing to undo. */
  undo(): UndoResult | null {
    return this.step(this.undoSteps, this.redoSteps);
  }

  /** null where there is nothing to redo. */
  redo(): UndoResult | null {
    return this.step(this.redoSteps, this.undoSteps);
  }

  /**
   * A lost move was applied anew (`outcome`): the step of the newest lost one now undoes that; the earlier ones are
   * part of it. Nothing happens where they are no longer in the stack.
   */
  amend(layerId: LayerId, lost: readonly Stamp[], outcome: Outcome): void {
    const replacements = new Map(outcome.inverse?.items.map((item) => [`${item.field}/${item.id}`, item]));
    for (let i = this.undoSteps.length - 1; i >= 0; i--) {
      const step = this.undoSteps[i]!;
      if (step.layerId !== layerId) continue;
      const items = step.items.flatMap((item) => {
        const key = `${item.field}/${item.id}`;
        if (!outcome.touched.includes(item.id) || item.field !== "geometry") return [item];
        if (!lost.includes(this.resolve(layerId, item.field, item.id, item.expect))) return [item];
        const replacement = replacements.get(key);
        replacements.delete(key);
        return replacement ? [replacement] : [];
      });
      this.undoSteps[i] = { layerId, items };
    }
    this.undoSteps = this.undoSteps.filter((step) => step.items.length > 0);
    this.notify();
  }

  /** Calls back when `canUndo` or `canRedo` may have changed. Returns the unsubscription. */
  subscribe(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  private step(from: Step[], to: Step[]): UndoResult | null {
    const step = from.pop();
    if (!step) return null;
    const command = makeRevert(step.items.map((item) => this.resolved(step.layerId, item)));
    const outcome = this.run(step.layerId, command);
    for (const { id, field, restores } of outcome.inverse ? this.written(step, outcome) : []) {
      this.aliases.set(
        aliasKey(step.layerId, field, id, this.resolve(step.layerId, field, id, restores)),
        command.stamp,
      );
    }
    if (outcome.inverse) to.push({ layerId: step.layerId, items: outcome.inverse.items });
    this.notify();
    return { done: outcome.touched.length, left: outcome.left.length };
  }

  /** The items of a step that were carried out. */
  private written(step: Step, outcome: Outcome): AnyRevertItem[] {
    const done = new Set(outcome.inverse?.items.map((item) => `${item.field}/${item.id}`));
    return step.items.filter((item) => done.has(`${item.field}/${item.id}`));
  }

  private resolved(layerId: LayerId, item: AnyRevertItem): AnyRevertItem {
    const at = (field: Field, stamp: Stamp) => this.resolve(layerId, field, item.id, stamp);
    const { untouched } = item;
    return {
      ...item,
      expect: at(item.field, item.expect),
      ...(untouched && {
        untouched: {
          geometry: at("geometry", untouched.geometry),
          class: at("class", untouched.class),
          label: at("label", untouched.label),
        },
      }),
    };
  }

  private resolve(layerId: LayerId, field: Field, id: AnnotationId, stamp: Stamp): Stamp {
    let resolved = stamp;
    for (;;) {
      const next = this.aliases.get(aliasKey(layerId, field, id, resolved));
      if (next === undefined) return resolved;
      resolved = next;
    }
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

const aliasKey = (layerId: LayerId, field: Field, id: AnnotationId, stamp: Stamp): string =>
  `${layerId}/${field}/${id}/${stamp}`;
