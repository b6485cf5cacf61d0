import type { AnnotationId, Field, LayerId, Stamp } from "../document/index.ts";
import { isAttributeField } from "../document/read.ts";
import { makeRevert } from "./revert.ts";
import type { AnyRevertItem, Command, Outcome } from "./types.ts";

/** What one command did, as its inverse. */
interface Part {
  readonly layerId: LayerId;
  readonly items: readonly AnyRevertItem[];
}

/** The commands of one action, in the order in which they were executed. */
type Step = readonly Part[];

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
  private open: Part[] | null = null;
  /** An undo writes the old value under a new stamp: `<layer>/<field>/<id>/<old stamp>` → the new one. */
  private readonly aliases = new Map<string, Stamp>();
  /** Names of the attributes that an undo wrote, by `<layer>/<id>`. */
  private readonly attributes = new Map<string, Set<string>>();
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
    const part: Part = { layerId, items: outcome.inverse.items };
    if (this.open && this.open.length > 0) this.open.push(part);
    else {
      const step = this.open ?? [];
      step.push(part);
      this.add(step);
    }
  }

  /** What is pushed while `action` runs is one step. Groups within a group belong to it. */
  group<T>(action: () => T): T {
    if (this.open) return action();
    this.open = [];
    try {
      return action();
    } finally {
      this.open = null;
    }
  }

  /**
   * Begins a step for an action that goes on after this turn, such as an import in slices: what is run by `add` is
   * one step, whatever else is pushed in between. What comes after it was undone is another step.
   */
  growing(): { add(layerId: LayerId, outcome: Outcome): void } {
    let step: Part[] = [];
    return {
      add: (layerId, { inverse }) => {
        if (!inverse) return;
        const part: Part = { layerId, items: inverse.items };
        if (this.undoSteps.includes(step)) step.push(part);
        else {
          step = [part];
          this.add(step);
        }
      },
    };
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
   * A lost move or stroke was applied anew (`outcome`): the step of the newest lost one now undoes that; the earlier
   * ones are part of it. Nothing happens where they are no longer in the stack.
   */
  amend(layerId: LayerId, lost: readonly Stamp[], outcome: Outcome): void {
    const replacements = new Map<AnnotationId, AnyRevertItem[]>();
    for (const item of outcome.inverse?.items ?? [])
      replacements.set(item.id, [...(replacements.get(item.id) ?? []), item]);
    const amended = (item: AnyRevertItem): AnyRevertItem[] => {
      if (!outcome.touched.includes(item.id) || item.field !== "geometry") return [item];
      if (!lost.includes(this.resolve(layerId, item.field, item.id, item.expect))) return [item];
      const instead = replacements.get(item.id) ?? [];
      replacements.delete(item.id);
      return instead;
    };
    for (const step of this.undoSteps.toReversed() as Part[][]) {
      for (let i = step.length - 1; i >= 0; i--) {
        const part = step[i]!;
        if (part.layerId === layerId) step[i] = { layerId, items: part.items.flatMap(amended) };
      }
    }
    this.undoSteps = this.undoSteps.filter((step) => step.some(({ items }) => items.length > 0));
    this.notify();
  }

  /** Calls back when `canUndo` or `canRedo` may have changed. Returns the unsubscription. */
  subscribe(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  private add(step: Step): void {
    this.undoSteps.push(step);
    if (this.undoSteps.length > this.limit) this.undoSteps.shift();
    this.redoSteps = [];
    this.notify();
  }

  private step(from: Step[], to: Step[]): UndoResult | null {
    const step = from.pop();
    if (!step) return null;
    const inverse: Part[] = [];
    const done = new Set<string>();
    const left = new Set<string>();
    const errors: unknown[] = [];
    // The last command first: later ones of a group may stand on earlier ones.
    for (const part of step.toReversed()) {
      try {
        const outcome = this.revert(part);
        for (const id of outcome.touched) done.add(`${part.layerId}/${id}`);
        for (const id of outcome.left) left.add(`${part.layerId}/${id}`);
        if (outcome.inverse) inverse.push({ layerId: part.layerId, items: outcome.inverse.items });
      } catch (error) {
        // One layer is gone: that is no reason to leave what was done in another.
        errors.push(error);
      }
    }
    if (inverse.length > 0) to.push(inverse);
    this.notify();
    if (errors.length > 0) throw errors[0];
    return { done: [...done].filter((id) => !left.has(id)).length, left: left.size };
  }

  private revert({ layerId, items }: Part): Outcome {
    const command = makeRevert(items.map((item) => this.resolved(layerId, item)));
    const outcome = this.run(layerId, command);
    const written = new Set(outcome.inverse?.items.map((item) => `${item.field}/${item.id}`));
    for (const { id, field, restores } of items) {
      if (!written.has(`${field}/${id}`)) continue;
      const before = this.resolve(layerId, field, id, restores);
      this.aliases.set(aliasKey(layerId, field, id, before), command.stamp);
      if (isAttributeField(field)) this.noteAttribute(`${layerId}/${id}`, field.slice("attribute/".length));
    }
    return outcome;
  }

  private resolved(layerId: LayerId, item: AnyRevertItem): AnyRevertItem {
    const at = (field: Field, stamp: Stamp) => this.resolve(layerId, field, item.id, stamp);
    const resolved = { ...item, expect: at(item.field, item.expect) };
    const { untouched } = item;
    if (!untouched) return resolved;
    const attributes: Record<string, Stamp> = {};
    // Those that were not there then have come and gone since, by undo.
    for (const name of this.attributes.get(`${layerId}/${item.id}`) ?? [])
      attributes[name] = at(`attribute/${name}`, untouched.created ?? item.restores);
    for (const [name, stamp] of Object.entries(untouched.attributes ?? {}))
      attributes[name] = at(`attribute/${name}`, stamp);
    return {
      ...resolved,
      untouched: {
        geometry: at("geometry", untouched.geometry),
        class: at("class", untouched.class),
        label: at("label", untouched.label),
        attributes,
        ...(untouched.created !== undefined && { created: untouched.created }),
      },
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

  private noteAttribute(at: string, name: string): void {
    const names = this.attributes.get(at);
    if (names) names.add(name);
    else this.attributes.set(at, new Set([name]));
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

const aliasKey = (layerId: LayerId, field: Field, id: AnnotationId, stamp: Stamp): string =>
  `${layerId}/${field}/${id}/${stamp}`;
