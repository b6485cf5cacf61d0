import { describe, expect, test } from "vitest";
import { makeAdd, makeMove, makeReclass, makeRelabel, makeRemove, makeReshape } from "./index.ts";
import { annaAndBen, person, point, sync } from "./two-people.testing.ts";

describe("UndoStack", () => {
  test("undoes to empty and redoes to the end, over values that undo itself wrote", () => {
    const anna = person(1);
    anna.do(makeAdd({ author: "anna", annotations: [{ id: "a", geometry: point(0) }] }));
    for (let x = 1; x <= 4; x++) anna.do(makeMove(["a"], x, 0));
    anna.do(makeReclass(["a"], "c1"));
    anna.do(makeReclass(["a"], "c2"));
    anna.do(makeRemove(["a"]));
    const snapshot = () => anna.query.get("a") && { ...anna.query.get("a"), stamps: null };
    const states = [snapshot()];
    while (anna.undo.canUndo) {
      expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
      states.push(snapshot());
    }
    expect(states.length).toBe(9);
    expect(anna.query.size).toBe(0);
    expect(anna.undo.undo()).toBeNull();
    for (let round = 0; round < 3; round++) {
      for (let i = states.length - 2; i >= 0; i--) {
        expect(anna.undo.redo()).toEqual({ done: 1, left: 0 });
        expect(snapshot()).toEqual(states[i]);
      }
      expect(anna.undo.canRedo).toBe(false);
      for (let i = 1; i < states.length; i++) {
        expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
        expect(snapshot()).toEqual(states[i]);
      }
    }
  });

  test("a new edit ends what could be redone", () => {
    const { anna } = annaAndBen();
    anna.do(makeMove(["cell"], 1, 0));
    anna.undo.undo();
    expect(anna.undo.canRedo).toBe(true);
    anna.do(makeRelabel("cell", "x"));
    expect(anna.undo.canRedo).toBe(false);
    expect(anna.undo.redo()).toBeNull();
  });

  test("a partly conflicting undo reverts the rest and counts what it left", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeAdd({ author: "anna", annotations: ["p", "q"].map((id) => ({ id, geometry: point(0) })) }));
    sync(anna, ben);
    anna.do(makeMove(["cell", "p", "q"], 5, 0));
    sync(anna, ben);
    ben.do(makeMove(["p"], 1, 0));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 2, left: 1 });
    expect(anna.query.get("cell")?.geometry).toEqual(point(0));
    expect(anna.query.get("p")?.geometry).toEqual(point(6));
    expect(anna.undo.redo()).toEqual({ done: 2, left: 0 });
    expect(anna.query.get("q")?.geometry).toEqual(point(5));
  });

  test("undo of an add leaves what a colleague has changed since", () => {
    for (const change of [
      makeMove(["cell"], 1, 0),
      makeReclass(["cell"], "c7"),
      makeRelabel("cell", "mine"),
    ]) {
      const { anna, ben } = annaAndBen();
      ben.do(change);
      sync(anna, ben);
      expect(anna.undo.undo()).toEqual({ done: 0, left: 1 });
      expect(anna.query.size).toBe(1);
      expect(anna.undo.canRedo).toBe(false);
    }
  });

  test("undo of an add after one's own edits of it, undone or not", () => {
    const { anna } = annaAndBen();
    anna.do(makeMove(["cell"], 1, 0));
    anna.do(makeReclass(["cell"], "c1"));
    while (anna.undo.undo());
    expect(anna.query.size).toBe(0);
  });

  test("redo does not hide what a colleague reshaped while it was removed", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeRemove(["cell"]));
    ben.do(makeReshape("cell", point(4)));
    sync(anna, ben);
    anna.undo.undo();
    expect(anna.undo.redo()).toEqual({ done: 0, left: 1 });
    expect(anna.query.get("cell")?.geometry).toEqual(point(4));
  });

  test("undo reaches an annotation that a colleague has removed", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeRelabel("cell", "mine"));
    sync(anna, ben);
    ben.do(makeRemove(["cell"]));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    ben.undo.undo();
    sync(anna, ben);
    expect(anna.query.get("cell")?.label).toBe("");
  });

  test("undo never touches a colleague's edit, whoever was first", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeMove(["cell"], 1, 0));
    sync(anna, ben);
    ben.do(makeMove(["cell"], 10, 0));
    sync(anna, ben);
    anna.do(makeMove(["cell"], 100, 0));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.query.get("cell")?.geometry).toEqual(point(11));
    expect(anna.undo.undo()).toEqual({ done: 0, left: 1 });
    sync(anna, ben);
    expect(ben.undo.undo()).toEqual({ done: 0, left: 1 });
    expect(ben.query.get("cell")?.geometry).toEqual(point(11));
  });

  test("keeps to its limit and tells of changes", () => {
    const { anna } = annaAndBen();
    let calls = 0;
    const stop = anna.undo.subscribe(() => calls++);
    anna.do(makeMove(["cell"], 1, 0));
    anna.undo.undo();
    expect(calls).toBe(2);
    stop();
    for (let i = 0; i < 600; i++) anna.do(makeMove(["cell"], 1, 0));
    let steps = 0;
    while (anna.undo.undo()) steps++;
    expect([steps, calls]).toEqual([500, 2]);
  });
});
