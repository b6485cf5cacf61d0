import type { AnnotationId, Field, LayerDocument, Stamp } from "../document/index.ts";
import { makeMove } from "./move.ts";
import type { Conflict, MoveCommand, Outcome } from "./types.ts";
import { type Displacement, watchDisplacements } from "./watch-conflicts.ts";

export interface ConflictKeeperOptions {
  /** What earlier lives of this page wrote: stamps, and the Yjs clients they wrote as. */
  readonly remembered?: { readonly stamps: Iterable<Stamp>; readonly clients: Iterable<number> };
  /** Executes a move anew: outbox and all, as for any command of this page, but not pushed to the undo stack. */
  run(command: MoveCommand): Outcome;
  /** A lost move was applied anew: `undoStack.amend(layerId, lost, outcome)`. */
  onReapplied(lost: readonly Stamp[], outcome: Outcome): void;
  /** A value of mine was lost, or one that a colleague had built upon mine: to be offered as a copy. */
  onConflict(conflict: Conflict): void;
}

/** What this page wrote: from which value to which, and how. */
interface Written {
  readonly parent: Stamp;
  readonly move?: MoveCommand;
  /** Undo and redo: the stamp that the value had before. */
  readonly restores?: Stamp;
}

/** Watches one layer for what this page wrote and lost there; repeats moves, once, and reports the rest. */
export interface ConflictKeeper {
  /** Every outcome of this page on this layer, undo, redo and replay included. */
  note(outcome: Outcome): void;
  destroy(): void;
}

export function createConflictKeeper(layer: LayerDocument, options: ConflictKeeperOptions): ConflictKeeper {
  const mine = new Set<Stamp>(options.remembered?.stamps);
  const written = new Map<string, Written>();
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
    for (const { id, field, expect, restores: parent } of inverse?.items ?? []) {
      const restores = restored.get(`${field}/${id}`);
      written.set(keyOf(field, id, expect), {
        parent,
        ...(command.type === "move" && { move: command }),
        ...(restores !== undefined && { restores }),
      });
    }
  }

  /** The lost values of this page, newest first, as long as each stands on the next. */
  function lostOf({
    id,
    field,
    lostStamp,
    depth,
  }: Conflict): { stamp: Stamp; record: Written | undefined }[] {
    const chain: { stamp: Stamp; record: Written | undefined }[] = [];
    let stamp: Stamp | undefined = lostStamp;
    while (stamp !== undefined && mine.has(stamp) && chain.length < depth) {
      const record = written.get(keyOf(field, id, stamp));
      chain.push({ stamp, record });
      stamp = record?.parent;
    }
    return chain;
  }

  function onBatch(displacements: readonly Displacement[]): void {
    const again = new Map<string, { lost: Stamp[]; dx: number; dy: number; conflicts: Conflict[] }>();
    for (const { clients: writers, ...conflict } of displacements) {
      const isMine = mine.has(conflict.lostStamp) || [...writers].some((client) => clients.has(client));
      if (!isMine) continue;
      const chain = conflict.kind === "overwritten" ? lostOf(conflict) : [];
      if (isUndone(chain, conflict)) continue;
      const moves = chain.flatMap(({ record }) => (record?.move && !record.move.again ? [record.move] : []));
      // Repeated only where all that was lost are moves of mine: a colleague's part would be lost in silence.
      if (conflict.field !== "geometry" || chain.length === 0 || moves.length < conflict.depth) {
        options.onConflict(conflict);
        continue;
      }
      const lost = chain.map(({ stamp }) => stamp);
      const group = again.get(lost.join()) ?? {
        lost,
        dx: sum(moves, "dx"),
        dy: sum(moves, "dy"),
        conflicts: [],
      };
      group.conflicts.push(conflict);
      again.set(lost.join(), group);
    }
    for (const { lost, dx, dy, conflicts: repeated } of again.values()) {
      const ids = repeated.map(({ id }) => id);
      const outcome = options.run({ ...makeMove(ids, dx, dy), again: lost });
      note(outcome);
      options.onReapplied(lost, outcome);
      for (const conflict of repeated)
        if (!outcome.touched.includes(conflict.id)) options.onConflict(conflict);
    }
  }

  const stop = watchDisplacements(layer, onBatch);
  return { note, destroy: stop };
}

/** Whether the lost edits had been undone again, so that they left what the winner was built upon. */
function isUndone(chain: readonly { record: Written | undefined }[], { depth }: Conflict): boolean {
  const restores = chain[0]?.record?.restores;
  return restores !== undefined && chain.length === depth && restores === chain.at(-1)?.record?.parent;
}

const sum = (moves: readonly MoveCommand[], axis: "dx" | "dy"): number =>
  moves.reduce((total, move) => total + move[axis], 0);

const keyOf = (field: Field, id: AnnotationId, stamp: Stamp): string => `${field}/${id}/${stamp}`;
