import { describe, expect, test } from "vitest";
import {
  createConflictKeeper,
  execute,
  makeAdd,
  makeBrush,
  makeMove,
  makeReclass,
  makeRemove,
  makeReshape,
} from "./index.ts";
import { annaAndBen, person, point, sync } from "./two-people.testing.ts";
import { UndoStack } from "./undo-stack.ts";

describe("several commands as one step of undo", () => {
  test("are undone, last first, and redone together; groups within belong to the outer one", () => {
    const { anna } = annaAndBen();
    anna.undo.group(() => {
      anna.do(makeMove(["cell"], 5, 0));
      anna.undo.group(() => anna.do(makeReclass(["cell"], "c1")));
      anna.do(makeMove(["cell"], 0, 3));
      anna.do(makeAdd({ author: "anna", annotations: [{ id: "new", geometry: point(1) }] }));
      anna.do(makeRemove(["cell"]));
    });
    expect([...anna.query.all()].map(({ id }) => id)).toEqual(["new"]);
    expect(anna.undo.undo()).toEqual({ done: 2, left: 0 });
    expect(anna.query.get("cell")).toMatchObject({ geometry: point(0), classId: "c0" });
    expect(anna.query.size).toBe(1);
    expect(anna.undo.redo()).toEqual({ done: 2, left: 0 });
    expect([...anna.query.all()].map(({ id }) => id)).toEqual(["new"]);
    expect(anna.undo.undo()).toEqual({ done: 2, left: 0 });
    expect(anna.query.get("cell")).toMatchObject({ geometry: point(0), classId: "c0" });
  });

  test("that did nothing are no step; one that throws leaves what came before it undoable", () => {
    const { anna } = annaAndBen();
    const steps = () => {
      let count = 0;
      while (anna.undo.undo()) count++;
      while (anna.undo.redo());
      return count;
    };
    anna.undo.group(() => {});
    expect(steps()).toBe(1);
    expect(() =>
      anna.undo.group(() => {
        anna.do(makeMove(["cell"], 1, 0));
        throw new Error("no");
      }),
    ).toThrow("no");
    anna.do(makeMove(["cell"], 1, 0));
    expect(steps()).toBe(3);
  });

  test("a partly conflicting one reverts the rest and says how many it left", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeAdd({ author: "anna", annotations: ["p", "q"].map((id) => ({ id, geometry: point(0) })) }));
    anna.undo.group(() => {
      for (const id of ["cell", "p", "q"]) anna.do(makeMove([id], 5, 0));
    });
    sync(anna, ben);
    ben.do(makeMove(["p"], 1, 0));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 2, left: 1 });
    expect(["cell", "p", "q"].map((id) => anna.query.get(id)?.geometry)).toEqual([
      point(0),
      point(6),
      point(0),
    ]);
  });

  test("over several layers; one that is gone does not keep the others", () => {
    const layers = new Map(["a", "b"].map((id) => [id, person(id === "a" ? 1 : 2)]));
    const undo = new UndoStack((layerId, command) => {
      const layer = layers.get(layerId);
      if (!layer) throw new Error("gone");
      return execute(layer.layer, command, null);
    });
    undo.group(() => {
      for (const [id, { layer }] of layers)
        undo.push(id, execute(layer, makeAdd({ author: "x", annotations: [{ geometry: point(0) }] }), null));
    });
    const first = layers.get("a")!;
    layers.delete("b");
    expect(() => undo.undo()).toThrow("gone");
    expect(first.query.size).toBe(0);
    expect(undo.redo()).toEqual({ done: 1, left: 0 });
  });

  test("a lost stroke in a group is amended there", () => {
    const box = {
      kind: "rectangle",
      plane: { z: 0, t: 0 },
      x: 0,
      y: 0,
      width: 9,
      height: 9,
      rotation: 0,
    } as const;
    const { anna, ben } = annaAndBen();
    ben.do(makeReshape("cell", box));
    sync(anna, ben);
    const keeper = createConflictKeeper(anna.layer, {
      run: (command) => execute(anna.layer, command, "again"),
      onReapplied: (lost, outcome) => anna.undo.amend("layer", lost, outcome),
      onConflict: () => expect.unreachable(),
    });
    anna.undo.group(() => {
      keeper.note(anna.do(makeReclass(["cell"], "c5")));
      keeper.note(anna.do(makeBrush("cell", [{ x: 9, y: 4, radius: 3 }], { mode: "add" })));
    });
    ben.do(makeReshape("cell", { ...box, x: 2 }));
    sync(anna, ben);
    expect(anna.query.get("cell")?.bounds).toMatchObject({ minX: 2, maxX: 12 });
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.query.get("cell")).toMatchObject({ geometry: { ...box, x: 2 }, classId: "c0" });
  });

  test("an action that goes on over several turns grows one step, whatever comes in between", () => {
    const { anna } = annaAndBen();
    const add = (id: string) =>
      execute(anna.layer, makeAdd({ author: "anna", annotations: [{ id, geometry: point(0) }] }), null);
    const step = anna.undo.growing();
    step.add("layer", add("one"));
    anna.do(makeMove(["cell"], 1, 0));
    step.add("layer", add("two"));
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.undo.undo()).toEqual({ done: 2, left: 0 });
    expect([...anna.query.all()].map(({ id }) => id)).toEqual(["cell"]);
    step.add("layer", add("three"));
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.undo.canUndo).toBe(true);
  });
});
