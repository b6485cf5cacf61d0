import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createLayerDocument, type LayerDocument } from "../document/index.ts";
import { areaOf, containsPoint, type Geometry, imagePoint } from "../geometry/index.ts";
import { createQuery } from "../query/index.ts";
import {
  type ConflictKeeper,
  createConflictKeeper,
  execute,
  makeAdd,
  makeBrush,
  makeMove,
  makeRemove,
  makeReshape,
  type QueuedCommand,
  replayQueue,
} from "./index.ts";
import { type Person, person, point, sync } from "./two-people.testing.ts";
import type { Command, Conflict, Outcome } from "./types.ts";

const plane = { z: 0, t: 0 };
const box: Geometry = { kind: "rectangle", plane, x: 0, y: 0, width: 20, height: 20, rotation: 0 };
const at = (x: number, y: number, radius = 5) => [{ x, y, radius }];
const stroke = (x: number, y: number, radius?: number) =>
  makeBrush("cell", at(x, y, radius), { mode: "add" });
const erasure = (x: number, y: number, radius?: number) =>
  makeBrush("cell", at(x, y, radius), { mode: "erase" });

interface Page extends Person {
  readonly told: Conflict[];
  readonly keeper: ConflictKeeper;
}

/** A person at a page that makes lost strokes again. */
function page(clientId: number): Page {
  const one = person(clientId);
  const told: Conflict[] = [];
  const keeper = createConflictKeeper(one.layer, {
    run: (command) => execute(one.layer, command, "again"),
    onReapplied: (lost, outcome) => one.undo.amend("layer", lost, outcome),
    onConflict: (conflict) => told.push(conflict),
  });
  const act = (command: Command): Outcome => {
    const outcome = one.do(command);
    keeper.note(outcome);
    return outcome;
  };
  return { ...one, told, keeper, do: act };
}

function pages(...clientIds: number[]): Page[] {
  const all = clientIds.map(page);
  all[0]!.do(makeAdd({ author: "anna", annotations: [{ id: "cell", geometry: box }] }));
  sync(...all);
  return all;
}

const shapeOf = (one: Person): Geometry | undefined => one.query.get("cell")?.geometry;
const has = (one: Person, x: number, y: number): boolean => containsPoint(shapeOf(one)!, imagePoint(x, y));

function reopened({ layer }: Person): LayerDocument {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(layer.doc));
  return createLayerDocument(doc);
}

const kept = ({ command, clientId, clockFrom, clockTo }: Outcome): QueuedCommand => ({
  key: command.stamp,
  command: structuredClone(command),
  clientId,
  clockFrom,
  clockTo,
});

describe("a stroke alone", () => {
  test("adds, erases, makes holes; undone and redone", () => {
    const [anna] = pages(1) as [Page];
    anna.do(stroke(25, 10, 10));
    anna.do(erasure(10, 10, 3));
    expect(has(anna, 30, 10)).toBe(true);
    expect(has(anna, 10, 10)).toBe(false);
    expect(shapeOf(anna)).toMatchObject({ kind: "polygon", plane });
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(has(anna, 10, 10)).toBe(true);
    anna.undo.undo();
    expect(shapeOf(anna)).toEqual(box);
    anna.undo.redo();
    anna.undo.redo();
    expect(has(anna, 30, 10) && !has(anna, 10, 10)).toBe(true);
  });

  test("that changes nothing writes nothing: a rectangle stays one", () => {
    const [anna] = pages(1) as [Page];
    for (const command of [stroke(10, 10), erasure(100, 100)]) {
      const { touched, left, clockFrom, clockTo } = anna.do(command);
      expect([touched, left, clockTo - clockFrom]).toEqual([[], [], 0]);
    }
    expect(shapeOf(anna)).toEqual(box);
  });

  test("erasing everything removes it in the same transaction, and can be undone", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    const outcome = anna.do(erasure(10, 10, 40));
    expect(outcome).toMatchObject({ touched: ["cell"], command: { parents: [null, expect.any(String)] } });
    expect(outcome.clockTo - outcome.clockFrom).toBe(1);
    sync(anna, ben);
    expect(ben.query.size).toBe(0);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(shapeOf(anna)).toEqual(box);
    anna.undo.redo();
    expect(anna.query.size).toBe(0);
  });

  test("is left where there is no area, or nothing at all", () => {
    const [anna] = pages(1) as [Page];
    anna.do(makeReshape("cell", point(3)));
    expect(anna.do(stroke(3, 0)).left).toEqual(["cell"]);
    expect(anna.do(makeBrush("none", at(0, 0), { mode: "add" })).left).toEqual(["none"]);
  });

  test("is refused where it is no stroke", () => {
    const [anna] = pages(1) as [Page];
    for (const dabs of [[], at(Number.NaN, 0), at(0, 0, 0), at(0, Number.POSITIVE_INFINITY)])
      expect(() => anna.do(makeBrush("cell", dabs, { mode: "add" }))).toThrow("bad-stroke");
  });

  test("does not enter what it is to avoid", () => {
    const [anna] = pages(1) as [Page];
    const wall: Geometry = { ...box, x: 22, width: 4 };
    anna.do(makeBrush("cell", at(20, 10, 10), { mode: "add", avoid: [wall] }));
    expect([has(anna, 21, 10), has(anna, 24, 10), has(anna, 28, 10)]).toEqual([true, false, true]);
  });
});

describe("strokes at the same moment", () => {
  const orders = [
    [1, 2, 3],
    [3, 2, 1],
    [2, 3, 1],
    [1, 3, 2],
  ];

  test.each(orders)("lose neither (clients %i, %i)", (a, b) => {
    const [anna, ben] = pages(a, b) as [Page, Page];
    anna.do(stroke(30, 10, 12));
    ben.do(erasure(0, 0, 5));
    sync(anna, ben);
    for (const one of [anna, ben]) {
      expect([has(one, 38, 10), has(one, 1, 1)]).toEqual([true, false]);
      expect(one.told).toEqual([]);
    }
    // Each can take back their own, and nothing else: who is beneath must wait for who is above.
    const first = anna.undo.undo()!.done === 1 ? anna : ben;
    sync(anna, ben);
    const second = first === anna ? ben : anna;
    expect(second.undo.undo()).not.toBeNull();
    sync(anna, ben);
    expect(contentOf(anna)).toEqual(contentOf(ben));
  });

  test.each(orders)("lose none of three (clients %i, %i, %i)", (a, b, c) => {
    const [anna, ben, carla] = pages(a, b, c) as [Page, Page, Page];
    anna.do(stroke(25, 10, 8));
    ben.do(stroke(-5, 10, 8));
    ben.do(stroke(-12, 10, 5));
    carla.do(erasure(10, 20, 4));
    sync(anna, ben, carla);
    for (const one of [anna, ben, carla]) {
      expect([has(one, 32, 10), has(one, -12, 10), has(one, -16, 10), has(one, 10, 19)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect(one.told).toEqual([]);
    }
  });

  test("lose none where two have built upon each other meanwhile, and a third comes back", () => {
    for (const carlas of [0, 9]) {
      const [anna, ben, carla] = pages(1, 2, carlas) as [Page, Page, Page];
      carla.do(stroke(10, 25, 8));
      anna.do(stroke(25, 10, 8));
      sync(anna, ben);
      ben.do(stroke(-5, 10, 8));
      sync(anna, ben);
      anna.do(erasure(0, 0, 3));
      sync(anna, ben, carla);
      for (const one of [anna, ben, carla]) {
        expect([has(one, 32, 10), has(one, -12, 10), has(one, 10, 30), has(one, 1, 1)]).toEqual([
          true,
          true,
          true,
          false,
        ]);
        expect(one.told).toEqual([]);
      }
    }
  });

  test("with a move before it: both are made again, in order", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(makeMove(["cell"], 100, 0));
    anna.do(stroke(125, 10, 8));
    ben.do(stroke(-5, 10, 8));
    sync(anna, ben);
    for (const one of [anna, ben])
      expect([has(one, 95, 10), has(one, 131, 10), has(one, 10, 10)]).toEqual([true, true, false]);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect([has(anna, -5, 10), has(anna, 25, 10)]).toEqual([true, false]);
  });

  test("one that was undone again does not come back", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(stroke(25, 10, 8));
    const second = anna.do(stroke(10, 25, 8));
    anna.keeper.note(execute(anna.layer, second.inverse!, "me"));
    ben.do(stroke(-5, 10, 8));
    sync(anna, ben);
    for (const one of [anna, ben])
      expect([has(one, 32, 10), has(one, 10, 30), has(one, -5, 10)]).toEqual([true, false, true]);
  });

  test("a stroke against a reshape is made on the new shape; the reshape against the stroke is told", () => {
    for (const [annas, told] of [
      [1, 0],
      [3, 1],
    ] as const) {
      const [anna, ben] = pages(annas, 2) as [Page, Page];
      anna.do(stroke(25, 10, 8));
      ben.do(makeReshape("cell", { ...box, x: 2, height: 30 } as Geometry));
      sync(anna, ben);
      expect(has(ben, 30, 10)).toBe(true);
      expect(ben.told).toHaveLength(told);
      expect(anna.told).toEqual([]);
    }
  });

  test("a stroke against a removal: the removal wins, and whoever painted is told and has the shape", () => {
    for (const annas of [1, 3]) {
      const [anna, ben] = pages(annas, 2) as [Page, Page];
      anna.do(stroke(25, 10, 8));
      ben.do(makeRemove(["cell"]));
      sync(anna, ben);
      expect(anna.query.size).toBe(0);
      expect(anna.told).toMatchObject([{ kind: "removed", winner: true }]);
      expect(containsPoint(anna.told[0]!.lost as Geometry, imagePoint(30, 10))).toBe(true);
    }
  });

  test("a stroke against an eraser that takes everything is told too", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(stroke(25, 10, 8));
    ben.do(erasure(10, 10, 60));
    sync(anna, ben);
    expect(anna.query.size).toBe(0);
    expect(anna.told).toMatchObject([{ kind: "removed" }]);
  });

  test("two erasers that together leave nothing remove it", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(makeBrush("cell", [at(-20, -20, 25)[0]!, at(-20, 40, 25)[0]!], { mode: "erase" }));
    anna.do(makeBrush("cell", [at(0, -20, 10.5)[0]!, at(0, 40, 10.5)[0]!], { mode: "erase" }));
    ben.do(makeBrush("cell", [at(20, -20, 10.5)[0]!, at(20, 40, 10.5)[0]!], { mode: "erase" }));
    sync(anna, ben);
    for (const one of [anna, ben]) {
      expect(one.query.size).toBe(0);
      expect(one.told).toEqual([]);
    }
  });
});

describe("undo of a stroke over which a colleague painted", () => {
  test("yields: taking it out from beneath would take from theirs", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(stroke(25, 10, 8));
    sync(anna, ben);
    ben.do(stroke(30, 15, 8));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 0, left: 1 });
    expect(has(anna, 25, 10)).toBe(true);
    // Once theirs is taken back, the shape is as it was: but it is another value, and stays.
    expect(ben.undo.undo()).toEqual({ done: 1, left: 0 });
  });

  test("takes back its own part only where it was made again on top", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    anna.do(stroke(25, 10, 8));
    ben.do(stroke(-5, 10, 8));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    sync(anna, ben);
    expect([has(ben, 30, 10), has(ben, -5, 10)]).toEqual([false, true]);
  });
});

describe("a stroke after an offline spell or a reload", () => {
  test("is made on the newest shape, once", () => {
    for (const arrived of [false, true]) {
      const [anna, ben] = pages(1, 2) as [Page, Page];
      const queue = [anna.do(stroke(25, 10, 8)), anna.do(erasure(0, 0, 4))].map(kept);
      ben.do(stroke(-5, 10, 8));
      if (arrived) Y.applyUpdate(ben.layer.doc, Y.encodeStateAsUpdate(anna.layer.doc), "network");
      const layer = reopened(ben);
      const { conflicts, results } = replayQueue(layer, queue, "replay");
      expect(conflicts).toEqual([]);
      const shape = createQuery(layer).get("cell")!.geometry;
      for (const [x, y, inside] of [
        [30, 10, true],
        [-5, 10, true],
        [1, 1, false],
      ] as const)
        expect(containsPoint(shape, imagePoint(x, y))).toBe(inside);
      const again = replayQueue(
        layer,
        results.map(({ outcome }) => kept(outcome)),
        "replay",
      );
      expect(again.results.flatMap(({ outcome }) => outcome.touched)).toEqual([]);
      expect(createQuery(layer).get("cell")!.geometry).toEqual(shape);
    }
  });

  test("on what was removed meanwhile is told", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    const queue = [kept(anna.do(stroke(25, 10, 8)))];
    ben.do(makeRemove(["cell"]));
    const { conflicts } = replayQueue(reopened(ben), queue, "replay");
    expect(conflicts).toMatchObject([{ kind: "removed" }]);
  });

  test("on what has become a point is told as a shape of its own", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    const queue = [kept(anna.do(stroke(25, 10, 8)))];
    ben.do(makeReshape("cell", point(1)));
    const { conflicts } = replayQueue(reopened(ben), queue, "replay");
    expect(conflicts).toMatchObject([{ kind: "overwritten", winner: point(1) }]);
    expect(areaOf(conflicts[0]!.lost as Geometry)).toBeCloseTo(Math.PI * 64, -1);
  });

  test("that erased everything removes it, and who painted meanwhile is told", () => {
    const [anna, ben] = pages(1, 2) as [Page, Page];
    const queue = [kept(anna.do(erasure(10, 10, 60)))];
    ben.do(stroke(25, 10, 8));
    const layer = reopened(ben);
    expect(replayQueue(layer, queue, "replay").conflicts).toEqual([]);
    expect(createQuery(layer).size).toBe(0);
    Y.applyUpdate(ben.layer.doc, Y.encodeStateAsUpdate(layer.doc), "network");
    expect(ben.told).toMatchObject([{ kind: "removed" }]);
  });
});

const contentOf = (one: Person) => one.query.get("cell")?.geometry;
