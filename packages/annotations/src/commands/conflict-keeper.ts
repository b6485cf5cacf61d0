import type { AnnotationId, Field, LayerDocument, Stamp } from "../document/index.ts";
import { brushOnceMore, MAX_TIMES } from "./brush.ts";
import { makeMove } from "./move.ts";
import type { BrushCommand, Conflict, MoveCommand, Outcome } from "./types.ts";
import { type Displacement, watchDisplacements } from "./watch-conflicts.ts";

/** What is made anew on the newest shape where it lost. */
export type RelativeCommand = MoveCommand | BrushCommand;

export interface ConflictKeeperOptions {
  /** What earlier lives of this page wrote: stamps, and the Yjs clients they wrote as. */
  readonly remembered?: { readonly stamps: Iterable<Stamp>; readonly clients: Iterable<number> };
  /** Executes one anew: outbox and all, as for any command of this page, but not pushed to the undo stack. */
  run(command: RelativeCommand): Outcome;
  /** Lost moves or strokes were applied anew: `undoStack.amend(layerId, lost, outcome)`. */
  onReapplied(lost: readonly Stamp[], outcome: Outcome): void;
  /** A value of mine was lost, or one that a colleague had built upon mine: to be offered as a copy. */
  onConflict(conflict: Conflict): void;
}

/** What is known of a value: what it replaced, and, if this page wrote it, how. */
interface Known {
  readonly stamp: Stamp;
  readonly parent: Stamp;
  readonly mine: boolean;
  readonly relative?: RelativeCommand;
  /** Undo and redo: the stamp that the value had before. */
  readonly restores?: Stamp;
}

/** Something to be done again, for all the lost values that it stands for, newest first. */
interface Again {
  readonly lost: readonly Stamp[];
  readonly commands: readonly RelativeCommand[];
}

/** Watches one layer for what this page wrote and lost there; repeats moves and strokes, and reports the rest. */
export interface ConflictKeeper {
  /** Every outcome of this page on this layer, undo, redo and replay included. */
  note(outcome: Outcome): void;
  destroy(): void;
}

export function createConflictKeeper(layer: LayerDocument, options: ConflictKeeperOptions): ConflictKeeper {
  const mine = new Set<Stamp>(options.remembered?.stamps);
  const known = new Map<string, Known>();
  // Whatever these Yjs clients wrote is this page's.
  const clients = new Set<number>(options.remembered?.clients).add(layer.doc.clientID);

  function note({ command, inverse, clientId, written: stamps }: Outcome): void {
    for (const stamp of stamps) mine.add(stamp);
    clients.add(clientId);
    const restored = new Map(
      command.type === "revert"
        ? command.items.map((item) => [`${item.field}/${item.id}`, item.restores])
        : [],
    );
    for (const { id, field, expect: stamp, restores: parent } of inverse?.items ?? []) {
      const restores = restored.get(`${field}/${id}`);
      known.set(keyOf(field, id, stamp), {
        stamp,
        parent,
        mine: true,
        ...((command.type === "move" || command.type === "brush") && { relative: command }),
        ...(restores !== undefined && { restores }),
      });
    }
  }

  /** A colleague's shape that stands on one of mine, or on such a one: so that what I lost beneath it is found. */
  function onShape(id: AnnotationId, stamp: Stamp, parent: Stamp): void {
    if (known.has(keyOf("geometry", id, parent)) && !known.has(keyOf("geometry", id, stamp)))
      known.set(keyOf("geometry", id, stamp), { stamp, parent, mine: false });
  }

  /** The lost values, newest first, as long as each is known to stand on the next. */
  function lostOf({ id, field, lostStamp, depth }: Conflict): Known[] {
    const chain: Known[] = [];
    for (let stamp = lostStamp; chain.length < depth; ) {
      const value = known.get(keyOf(field, id, stamp));
      if (!value) break;
      chain.push(value);
      stamp = value.parent;
    }
    return chain;
  }

  /** What to do again, oldest first; null where that is not known, or no use. */
  function againFor(displacement: Displacement, chain: readonly Known[]): Again[] | null {
    const { field, depth, clients: writers } = displacement;
    if (field !== "geometry") return null;
    const own = chain.filter((value) => value.mine);
    let ownInAll = 0;
    for (const [client, count] of writers) if (clients.has(client)) ownInAll += count;
    if (own.length === 0 || own.length !== ownInAll) return null;
    const again = withoutUndone(chain).map(({ value, stamps }) =>
      value.relative && mayRepeat(value.relative) ? { lost: stamps, commands: [value.relative] } : null,
    );
    if (again.some((step) => step === null)) return null;
    const steps = again as Again[];
    // A stroke is a stroke wherever it is made; a colleague's part of the way of a move would be lost in silence.
    const strokesOnly = steps.every(({ commands }) => commands[0]!.type === "brush");
    return own.length === depth || strokesOnly ? movesTogether(steps.reverse()) : null;
  }

  function onBatch(displacements: readonly Displacement[]): void {
    const groups = new Map<string, { again: readonly Again[]; conflicts: Conflict[] }>();
    for (const displacement of displacements) {
      const { clients: writers, ...conflict } = displacement;
      if (!mine.has(conflict.lostStamp) && ![...writers.keys()].some((client) => clients.has(client)))
        continue;
      const chain = conflict.kind === "overwritten" ? lostOf(conflict) : [];
      if (isUndone(chain, conflict)) continue;
      const again = againFor(displacement, chain);
      if (!again) {
        options.onConflict(conflict);
        continue;
      }
      const key = again.flatMap(({ lost }) => lost).join();
      const group = groups.get(key) ?? { again, conflicts: [] };
      group.conflicts.push(conflict);
      groups.set(key, group);
    }
    for (const { again, conflicts } of groups.values()) repeat(again, conflicts);
  }

  function repeat(again: readonly Again[], conflicts: readonly Conflict[]): void {
    let rest = conflicts;
    for (const { lost, commands } of again) {
      if (rest.length === 0) return;
      const ids = rest.map(({ id }) => id);
      const outcome = options.run(commandFor(commands, ids, lost));
      note(outcome);
      options.onReapplied(lost, outcome);
      // An eraser beside the new shape changes nothing, and loses nothing.
      for (const conflict of rest) if (outcome.left.includes(conflict.id)) options.onConflict(conflict);
      rest = rest.filter(({ id }) => !outcome.left.includes(id));
    }
  }

  const stop = watchDisplacements(layer, onBatch, onShape);
  return { note, destroy: stop };
}

const mayRepeat = (command: RelativeCommand): boolean =>
  command.type === "move" ? !command.again : (command.times ?? 0) < MAX_TIMES;

/** One command for consecutive moves; a stroke goes alone. */
function commandFor(
  commands: readonly RelativeCommand[],
  ids: readonly AnnotationId[],
  lost: readonly Stamp[],
): RelativeCommand {
  const [first] = commands;
  if (first?.type === "brush") return brushOnceMore(first, [...(first.again ?? []), ...lost]);
  const moves = commands as readonly MoveCommand[];
  return { ...makeMove(ids, sum(moves, "dx"), sum(moves, "dy")), again: lost };
}

/** Moves one after another become one. `steps`: oldest first. */
function movesTogether(steps: readonly Again[]): Again[] {
  const together: Again[] = [];
  for (const step of steps) {
    const before = together.at(-1);
    if (before?.commands[0]?.type === "move" && step.commands[0]?.type === "move")
      together[together.length - 1] = {
        lost: [...step.lost, ...before.lost],
        commands: [...before.commands, ...step.commands],
      };
    else together.push(step);
  }
  return together;
}

/** My values of a chain, without those that an undo in the same chain took back, and their undos. */
function withoutUndone(chain: readonly Known[]): { value: Known; stamps: readonly Stamp[] }[] {
  const rest: { value: Known; stamps: readonly Stamp[] }[] = [];
  let stamps: Stamp[] = [];
  for (let i = 0; i < chain.length; i++) {
    const value = chain[i]!;
    if (!value.mine) continue;
    stamps.push(value.stamp);
    const below = chain.findIndex((other, j) => j > i && other.stamp === value.restores);
    if (below > i) {
      for (const undone of chain.slice(i + 1, below)) if (undone.mine) stamps.push(undone.stamp);
      i = below - 1;
      continue;
    }
    rest.push({ value, stamps });
    stamps = [];
  }
  return rest;
}

/** Whether the lost edits had been undone again, so that they left what the winner was built upon. */
function isUndone(chain: readonly Known[], { depth }: Conflict): boolean {
  const restores = chain[0]?.restores;
  return restores !== undefined && chain.length === depth && restores === chain.at(-1)?.parent;
}

const sum = (moves: readonly MoveCommand[], axis: "dx" | "dy"): number =>
  moves.reduce((total, move) => total + move[axis], 0);

const keyOf = (field: Field, id: AnnotationId, stamp: Stamp): string => `${field}/${id}/${stamp}`;
