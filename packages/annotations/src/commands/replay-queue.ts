import type { AnnotationId, Field, LayerDocument, Stamp } from "../document/index.ts";
import { readAnnotation, readField } from "../document/read.ts";
import { GeometryError } from "../geometry/index.ts";
import { CommandError } from "./errors.ts";
import { replayWith } from "./replay.ts";
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
  const settled = settledWrites(layer, queue);
  const results = queue.map(({ key, command, clientId, clockFrom, clockTo }) => {
    const wrote = { clientId, from: clockFrom, to: clockTo };
    try {
      const rest = withoutSettled(command, settled);
      return { key, outcome: replayWith(layer, rest, origin, { wrote, conflicts, yielded }) };
    } catch (error) {
      // Stored by a page with other limits.
      if (!(error instanceof CommandError || error instanceof GeometryError)) throw error;
      const nothing = { inverse: null, touched: [], left: [], written: [] };
      return { key, outcome: { command, ...nothing, clientId, clockFrom: clockTo, clockTo } };
    }
  });
  return { results, conflicts };
}

/**
 * Writes that must not be made again, as `<stamp>/<field>/<id>`: moves and strokes that lost and that a later command
 * of the queue has repeated, and what lies beneath a later write of the queue that is there (a replay cut short may have
 * sent it under clocks that nobody noted).
 */
function settledWrites(layer: LayerDocument, queue: readonly QueuedCommand[]): Set<string> {
  const settled = new Set<string>();
  const there = new Set<string>();
  for (const { command } of queue.toReversed()) {
    for (const [field, id] of writesOf(command)) {
      const at = `${field}/${id}`;
      if (there.has(at)) settled.add(`${command.stamp}/${at}`);
      else if (stampAt(layer, id, field) === command.stamp) there.add(at);
      if (command.type === "move" || command.type === "brush")
        for (const lost of command.again ?? []) settled.add(`${lost}/${at}`);
    }
  }
  return settled;
}

const stampAt = (layer: LayerDocument, id: AnnotationId, field: Field): Stamp | undefined =>
  readAnnotation(layer, id) ? readField(layer, id, field)?.stamp : undefined;

/** One a parent of the command. */
function writesOf(command: Command): (readonly [Field, AnnotationId])[] {
  switch (command.type) {
    case "add":
      return [];
    case "revert":
      return command.items.map(({ field, id }) => [field, id] as const);
    case "reshape":
      return [["geometry", command.id]];
    case "relabel":
      return [["label", command.id]];
    case "brush":
      return [
        ["geometry", command.id],
        ["removed", command.id],
      ];
    case "attribute":
      return command.ids.map((id) => [`attribute/${command.name}`, id] as const);
    default:
      return command.ids.map((id) => [FIELD_OF[command.type], id] as const);
  }
}

const FIELD_OF = { move: "geometry", remove: "removed", restore: "removed", reclass: "class" } as const;

/** The command as if nothing had been written where it is settled. */
function withoutSettled(command: Command, settled: ReadonlySet<string>): Command {
  if (settled.size === 0 || command.type === "add" || !command.parents) return command;
  const writes = writesOf(command);
  const isSettled = (i: number): boolean => settled.has(`${command.stamp}/${writes[i]!.join("/")}`);
  return { ...command, parents: command.parents.map((parent, i) => (isSettled(i) ? null : parent)) };
}
