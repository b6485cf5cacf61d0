import type { LayerDocument } from "../document/index.ts";
import { GeometryError } from "../geometry/index.ts";
import { CommandError } from "./errors.ts";
import { replayWith } from "./execute.ts";
import type { Command, Conflict, Outcome } from "./types.ts";

/** One stored command, oldest first in a queue. An outbox entry is one. */
export interface QueuedCommand {
  readonly key: string;
  readonly command: Command;
  readonly clientId: number;
  readonly clockFrom: number;
  readonly clockTo: number;
}

export interface Replayed {
  /** One a command, in order. Where `outcome` wrote nothing the command need not be kept any longer. */
  readonly results: readonly { readonly key: string; readonly outcome: Outcome }[];
  /** What was lost for good: the newest of each value, to be offered as copies. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Replays what a page had not yet been told to be durable, after a reload or in a new epoch. Idempotent: what has
 * arrived is not written again, and is reported where it lost meanwhile. One bad command does not stop the others:
 * it comes back with nothing written.
 */
export function replayQueue(
  layer: LayerDocument,
  queue: readonly QueuedCommand[],
  origin: unknown,
): Replayed {
  const conflicts: Conflict[] = [];
  const yielded = new Map();
  const repeated = repeatedMoves(queue);
  const results = queue.map(({ key, command, clientId, clockFrom, clockTo }) => {
    const wrote = { clientId, from: clockFrom, to: clockTo };
    try {
      const once = withoutRepeated(command, repeated);
      return { key, outcome: replayWith(layer, once, origin, { wrote, conflicts, yielded }) };
    } catch (error) {
      // Stored by a page with other limits.
      if (!(error instanceof CommandError || error instanceof GeometryError)) throw error;
      const nothing = { inverse: null, touched: [], left: [], written: [] };
      return { key, outcome: { command, ...nothing, clientId, clockFrom: clockTo, clockTo } };
    }
  });
  return { results, conflicts };
}

/** Moves that lost and were applied anew by a later command of the queue, as `<stamp>/<id>`. */
function repeatedMoves(queue: readonly QueuedCommand[]): Set<string> {
  const repeated = new Set<string>();
  for (const { command } of queue) {
    if (command.type !== "move") continue;
    for (const lost of command.again ?? []) for (const id of command.ids) repeated.add(`${lost}/${id}`);
  }
  return repeated;
}

/** The command without what must not be applied twice: as if nothing had been written there. */
function withoutRepeated(command: Command, repeated: ReadonlySet<string>): Command {
  if (command.type !== "move" || !command.parents || repeated.size === 0) return command;
  const { ids, stamp, parents } = command;
  return {
    ...command,
    parents: parents.map((parent, i) => (repeated.has(`${stamp}/${ids[i]}`) ? null : parent)),
  };
}
