import { describe, expect, test } from "vitest";
import { createConflictKeeper, execute, makeAdd, makeMove, makeRemove, makeReshape } from "./index.ts";
import { annaAndBen, type Person, person, point, sync } from "./two-people.testing.ts";
import type { Command, Conflict, Outcome } from "./types.ts";

/** A person whose page keeps moves: `do` as a page does it. */
function keeping(person: Person): { told: Conflict[]; runs: Outcome[]; do(command: Command): Outcome } {
  const told: Conflict[] = [];
  const runs: Outcome[] = [];
  const keeper = createConflictKeeper(person.layer, {
    run: (command) => execute(person.layer, command, "again"),
    onReapplied: (lost, outcome) => {
      runs.push(outcome);
      person.undo.amend("layer", lost, outcome);
    },
    onConflict: (conflict) => told.push(conflict),
  });
  return {
    told,
    runs,
    do: (command) => {
      const outcome = person.do(command);
      keeper.note(outcome);
      return outcome;
    },
  };
}

describe("createConflictKeeper", () => {
  test("a move that lost is applied to the newest shape, once, and can be undone", () => {
    const { anna, ben } = annaAndBen();
    const page = keeping(anna);
    page.do(makeMove(["cell"], 1, 0));
    ben.do(makeReshape("cell", point(100)));
    sync(anna, ben);
    expect(ben.query.get("cell")?.geometry).toEqual(point(101));
    expect(page.told).toEqual([]);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.query.get("cell")?.geometry).toEqual(point(100));
  });

  test("moves one upon another are applied together, with one undo step left", () => {
    const { anna, ben } = annaAndBen();
    const page = keeping(anna);
    page.do(makeMove(["cell"], 1, 0));
    page.do(makeMove(["cell"], 0, 2));
    ben.do(makeReshape("cell", point(100)));
    sync(anna, ben);
    expect(ben.query.get("cell")?.geometry).toEqual(point(101, 2));
    expect(page.runs).toHaveLength(1);
    anna.undo.undo();
    expect(anna.query.get("cell")?.geometry).toEqual(point(100));
  });

  test("a move of many is repeated in one command", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeAdd({ author: "anna", annotations: ["p", "q"].map((id) => ({ id, geometry: point(0) })) }));
    sync(anna, ben);
    const page = keeping(anna);
    page.do(makeMove(["cell", "p", "q"], 1, 0));
    ben.do(makeMove(["p", "q"], 10, 0));
    sync(anna, ben);
    expect(page.runs).toMatchObject([{ command: { type: "move", ids: ["p", "q"] } }]);
    expect(ben.query.get("p")?.geometry).toEqual(point(11));
    expect(ben.query.get("cell")?.geometry).toEqual(point(1));
  });

  test("a move that loses again is offered as a copy", () => {
    const { anna, ben } = annaAndBen();
    const page = keeping(anna);
    ben.do(makeReshape("cell", point(100)));
    page.do(makeMove(["cell"], 1, 0));
    sync(anna, ben);
    ben.do(makeReshape("cell", point(200)));
    page.do({ ...makeMove(["cell"], 1, 0), again: ["0102030405060708"] });
    sync(anna, ben);
    expect(page.told).toMatchObject([{ kind: "overwritten", lost: point(102), winner: point(200) }]);
    expect(page.runs).toHaveLength(1);
  });

  test("a reshape with a move upon it is offered as a copy", () => {
    const { anna, ben } = annaAndBen();
    const page = keeping(anna);
    page.do(makeReshape("cell", point(5)));
    page.do(makeMove(["cell"], 1, 0));
    ben.do(makeReshape("cell", point(100)));
    sync(anna, ben);
    expect(page.told).toMatchObject([{ lost: point(6), depth: 2 }]);
    expect(anna.query.get("cell")?.geometry).toEqual(point(100));
  });

  test("what a colleague built upon mine is not repeated without my part: both of us are told", () => {
    const { anna, ben } = annaAndBen();
    const carla = person(3);
    sync(anna, ben, carla);
    const [annas, bens, carlas] = [keeping(anna), keeping(ben), keeping(carla)];
    annas.do(makeMove(["cell"], 1, 0));
    sync(anna, ben);
    bens.do(makeMove(["cell"], 10, 0));
    carlas.do(makeReshape("cell", point(100)));
    sync(anna, ben, carla);
    expect(anna.query.get("cell")?.geometry).toEqual(point(100));
    for (const { told, runs } of [annas, bens]) {
      expect(told).toMatchObject([{ lost: point(11), winner: point(100), depth: 2 }]);
      expect(runs).toEqual([]);
    }
    expect(carlas.told).toEqual([]);
  });

  test("what was undone before it lost is no loss", () => {
    const { anna, ben } = annaAndBen();
    const told: Conflict[] = [];
    const keeper = createConflictKeeper(anna.layer, {
      run: (command) => execute(anna.layer, command, "again"),
      onReapplied: () => {},
      onConflict: (conflict) => told.push(conflict),
    });
    const reshape = anna.do(makeReshape("cell", point(5)));
    keeper.note(reshape);
    keeper.note(execute(anna.layer, reshape.inverse!, "me"));
    ben.do(makeReshape("cell", point(100)));
    sync(anna, ben);
    expect(told).toEqual([]);
    keeper.destroy();
  });

  test("a lost move of what was removed meanwhile is told", () => {
    const { anna, ben } = annaAndBen();
    const page = keeping(anna);
    page.do(makeMove(["cell"], 1, 0));
    ben.do(makeReshape("cell", point(100)));
    ben.do(makeRemove(["cell"]));
    sync(anna, ben);
    expect(page.told).toMatchObject([{ kind: "overwritten", lost: point(1) }]);
  });

  test("values of an earlier life of the page are watched too", () => {
    const { anna, ben } = annaAndBen();
    const told: Conflict[] = [];
    const { stamp } = anna.do(makeReshape("cell", point(5))).command;
    createConflictKeeper(anna.layer, {
      remembered: { stamps: [stamp], clients: [] },
      run: (command) => execute(anna.layer, command, "again"),
      onReapplied: () => {},
      onConflict: (conflict) => told.push(conflict),
    });
    ben.do(makeReshape("cell", point(100)));
    sync(anna, ben);
    expect(told).toMatchObject([{ lost: point(5) }]);
  });
});
