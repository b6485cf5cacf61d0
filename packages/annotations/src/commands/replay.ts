import * as Y from "yjs";
import type { ClockRange } from "../document/ancestry.ts";
import type { AnnotationId, Current, LayerDocument, Stamp } from "../document/index.ts";
import { readField } from "../document/read.ts";
import { type Geometry, translateGeometry } from "../geometry/index.ts";
import { brushOnceMore, strokeAlone, strokeOn } from "./brush.ts";
import type { Replaying } from "./edit.ts";
import { execute, run } from "./execute.ts";
import { makeMove } from "./move.ts";
import type { BrushCommand, Command, Conflict, MoveCommand, Outcome } from "./types.ts";

/** What is known about a command's first execution. */
export interface ReplayOptions {
  /** The clocks it took then. Without them only the stamps tell whether it has arrived. */
  readonly wrote?: ClockRange;
}

/**
 * Executes a command that may have been executed before, e.g. from an outbox after a reload. Does nothing where it
 * has arrived. Where a colleague's value came between, absolute edits yield and are returned as conflicts, relative
 * ones are applied to the newest value: as another command (`again`) if the first execution has arrived and lost.
 * The outcome's command, client id and clocks replace the stored ones; nothing is to be stored if it wrote nothing.
 * For several commands in a row use `replayQueue`.
 */
export function replay(
  layer: LayerDocument,
  command: Command,
  origin: unknown,
  { wrote }: ReplayOptions = {},
): Outcome & { conflicts: Conflict[] } {
  const conflicts: Conflict[] = [];
  const outcome = replayWith(layer, command, origin, { wrote, conflicts, yielded: new Map() });
  return { ...outcome, conflicts };
}

/** One command of a queue: `conflicts` and `yielded` are carried from one to the next. */
export function replayWith(
  layer: LayerDocument,
  command: Command,
  origin: unknown,
  queue: {
    readonly wrote?: ClockRange | undefined;
    readonly conflicts: Conflict[];
    readonly yielded: Replaying["yielded"];
  },
): Outcome {
  const { wrote, conflicts, yielded } = queue;
  const arrived = wrote && Y.getState(layer.doc.store, wrote.clientId) >= wrote.to ? wrote : null;
  const lost = new Set<AnnotationId>();
  const outcome = run(layer, command, origin, { arrived, yielded, lost }, conflicts);
  if (lost.size === 0) return outcome;
  if (command.type === "move") return moveAgain(layer, command, [...lost], origin, conflicts);
  return command.type === "brush" ? brushAgain(layer, command, origin, conflicts) : outcome;
}

/** A move that has arrived and lost, applied to the newest shapes: once, and under a stamp of its own. */
function moveAgain(
  layer: LayerDocument,
  { dx, dy, stamp }: MoveCommand,
  ids: readonly AnnotationId[],
  origin: unknown,
  conflicts: Conflict[],
): Outcome {
  const outcome = execute(layer, { ...makeMove(ids, dx, dy), again: [stamp] }, origin);
  for (const id of outcome.left) {
    const now = readField(layer, id, "geometry");
    if (now) conflicts.push(overwritten(id, translateGeometry(now.value, dx, dy), stamp, now));
  }
  return outcome;
}

/** The same for a stroke. */
function brushAgain(
  layer: LayerDocument,
  command: BrushCommand,
  origin: unknown,
  conflicts: Conflict[],
): Outcome {
  const outcome = execute(layer, brushOnceMore(command, [command.stamp]), origin);
  const now = readField(layer, command.id, "geometry");
  if (outcome.left.length === 0 || !now) return outcome;
  const lost = strokeOn(now.value, command);
  if (lost === "impossible") conflicts.push(...strokeAlone(command, now));
  else if (lost) conflicts.push(overwritten(command.id, lost, command.stamp, now));
  return outcome;
}

const overwritten = (
  id: AnnotationId,
  lost: Geometry,
  lostStamp: Stamp,
  { value: winner, stamp: winnerStamp }: Current<Geometry>,
): Conflict => ({
  id,
  field: "geometry",
  kind: "overwritten",
  lost,
  lostStamp,
  winner,
  winnerStamp,
  depth: 1,
});
