import type { LayerDocument, Stamp } from "../document/index.ts";
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
  const repeated = new Set<Stamp>();
  for (const { command } of queue)
    if (command.type === "move") for (const s of command.again ?? []) repeated.add(s);
  const results = queue.map(({ key, command, clientId, clockFrom, clockTo }) => {
    const wrote = { clientId, from: clockFrom, to: clockTo };
    // A move that lost and was applied anew by a later command of the queue must not be applied twice.
    const repeatsItself = command.type === "move" && repeated.has(command.stamp);
    const nothing: Outcome = { ...nothingWritten(command), clientId, clockFrom: clockTo, clockTo };
    if (repeatsItself) return { key, outcome: nothing };
    try {
      return { key, outcome: replayWith(layer, command, origin, { wrote, conflicts, yielded }) };
    } catch (error) {
      // Stored by a page with other limits.
      if (error instanceof CommandError || error instanceof GeometryError) return { key, outcome: nothing };
      throw error;
    }
  });
  return { results, conflicts };
}

const nothingWritten = (
  command: Command,
): Pick<Outcome, "command" | "inverse" | "touched" | "left" | "written"> => ({
  command,
  inverse: null,
  touched: [],
  left: [],
  written: [],
});
