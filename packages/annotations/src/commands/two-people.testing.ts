import * as Y from "yjs";
import "../shapes/index.ts";
import { createLayerDocument, type LayerDocument, type Stamp } from "../document/index.ts";
import type { Geometry } from "../geometry/index.ts";
import { createQuery, type LayerQuery } from "../query/index.ts";
import { makeAdd } from "./add.ts";
import { execute } from "./execute.ts";
import type { Command, Conflict, Outcome } from "./types.ts";
import { UndoStack } from "./undo-stack.ts";
import { watchConflicts } from "./watch-conflicts.ts";

/* Two people at one layer, for tests: what each does stays with them until `sync`. */

export const point = (x: number, y = 0): Geometry => ({ kind: "point", plane: { z: 0, t: 0 }, x, y });

export interface Person {
  readonly layer: LayerDocument;
  readonly query: LayerQuery;
  readonly undo: UndoStack;
  readonly mine: Set<Stamp>;
  readonly conflicts: Conflict[];
  /** Executes and makes it undoable. */
  do(command: Command): Outcome;
}

/** @param clientId decides who wins: of two concurrent values Yjs keeps the one of the higher client id */
export function person(clientId: number): Person {
  const layer = createLayerDocument();
  layer.doc.clientID = clientId;
  const mine = new Set<Stamp>();
  const conflicts: Conflict[] = [];
  const run = (command: Command): Outcome => {
    const outcome = execute(layer, command, "me");
    for (const stamp of outcome.written) mine.add(stamp);
    return outcome;
  };
  const undo = new UndoStack((_, command) => run(command));
  watchConflicts(layer, { isMine: (stamp) => mine.has(stamp) }, (conflict) => conflicts.push(conflict));
  return {
    layer,
    query: createQuery(layer),
    undo,
    mine,
    conflicts,
    do: (command) => {
      const outcome = run(command);
      undo.push("layer", outcome);
      return outcome;
    },
  };
}

export function sync(...people: readonly Person[]): void {
  for (let round = 0; round < 3; round++) {
    for (const { layer: from } of people) {
      for (const { layer: to } of people) {
        if (from === to) continue;
        Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), "network");
      }
    }
  }
}

/** Anna (client 1) has added a point "cell" at (0, 0), and Ben (client 2) sees it. Concurrently, Ben wins. */
export function annaAndBen(): { anna: Person; ben: Person } {
  const anna = person(1);
  const ben = person(2);
  anna.do(makeAdd({ author: "anna", annotations: [{ id: "cell", geometry: point(0), classId: "c0" }] }));
  sync(anna, ben);
  return { anna, ben };
}
