import * as Y from "yjs";
import { type LayerDocument, newStamp } from "../document/index.ts";
import { checkAdd, writeAdd } from "./add.ts";
import { checkAttribute, writeAttribute } from "./attribute.ts";
import { checkBrush, writeBrush } from "./brush.ts";
import type { Edit, Replaying } from "./edit.ts";
import { checkMove, writeMove } from "./move.ts";
import { checkReclass, writeReclass } from "./reclass.ts";
import { checkRelabel, writeRelabel } from "./relabel.ts";
import { writeRemove } from "./remove.ts";
import { checkReshape, writeReshape } from "./reshape.ts";
import { writeRestore } from "./restore.ts";
import { makeRevert, writeRevert } from "./revert.ts";
import type { Command, Conflict, Outcome } from "./types.ts";

/**
 * Writes a command, in one Yjs transaction with this origin. Throws CommandError or GeometryError, before anything
 * is written, where the command itself is bad; what the document does not allow is left and listed.
 */
export function execute(layer: LayerDocument, command: Command, origin: unknown): Outcome {
  return run(layer, command, origin, null, []);
}

/** With `replaying` null a first execution. Conflicts are added to `conflicts`. */
export function run(
  layer: LayerDocument,
  command: Command,
  origin: unknown,
  replaying: Replaying | null,
  conflicts: Conflict[],
): Outcome {
  check(command);
  const edit: Edit = {
    layer,
    stamp: command.stamp,
    replay: replaying,
    touched: new Set(),
    left: new Set(),
    inverse: [],
    conflicts,
  };
  const { doc } = layer;
  return doc.transact(() => {
    const clientId = doc.clientID;
    const clockFrom = Y.getState(doc.store, clientId);
    const completed = write(edit, command);
    return {
      command: completed,
      inverse: edit.inverse.length > 0 ? makeRevert(edit.inverse, newStamp()) : null,
      touched: [...edit.touched],
      left: [...edit.left],
      written: edit.touched.size > 0 ? [command.stamp] : [],
      clientId,
      clockFrom,
      clockTo: Y.getState(doc.store, clientId),
    };
  }, origin);
}

function check(command: Command): void {
  switch (command.type) {
    case "add":
      checkAdd(command);
      break;
    case "reshape":
      checkReshape(command);
      break;
    case "move":
      checkMove(command);
      break;
    case "brush":
      checkBrush(command);
      break;
    case "attribute":
      checkAttribute(command.name, command.value);
      break;
    case "reclass":
      checkReclass(command);
      break;
    case "relabel":
      checkRelabel(command);
  }
}

function write(edit: Edit, command: Command): Command {
  switch (command.type) {
    case "add":
      return writeAdd(edit, command);
    case "reshape":
      return writeReshape(edit, command);
    case "move":
      return writeMove(edit, command);
    case "brush":
      return writeBrush(edit, command);
    case "attribute":
      return writeAttribute(edit, command);
    case "remove":
      return writeRemove(edit, command);
    case "restore":
      return writeRestore(edit, command);
    case "reclass":
      return writeReclass(edit, command);
    case "relabel":
      return writeRelabel(edit, command);
    case "revert":
      return writeRevert(edit, command);
  }
}
