import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { makeMove, makeReclass, makeRelabel, makeRemove, makeReshape, makeRestore } from "./index.ts";
import { annaAndBen, person, point, sync } from "./two-people.testing.ts";

describe("watchConflicts", () => {
  test("of two reshapes one wins everywhere, and only the other's author is told", () => {
    const { anna, ben } = annaAndBen();
    const lost = anna.do(makeReshape("cell", point(1)));
    const won = ben.do(makeReshape("cell", point(2)));
    sync(anna, ben);
    expect(anna.query.get("cell")?.geometry).toEqual(point(2));
    expect(ben.conflicts).toEqual([]);
    expect(anna.conflicts).toEqual([
      {
        id: "cell",
        field: "geometry",
        kind: "overwritten",
        lost: point(1),
        lostStamp: lost.command.stamp,
        winner: point(2),
        winnerStamp: won.command.stamp,
        depth: 1,
      },
    ]);
  });

  test("nobody is told where the second had seen the first, however many edits arrive at once", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeReshape("cell", point(1)));
    sync(anna, ben);
    for (let x = 2; x < 9; x++) ben.do(makeReshape("cell", point(x)));
    sync(anna, ben);
    expect(anna.conflicts).toEqual([]);
  });

  test("a chain of mine that lost is told once, with its length", () => {
    const { anna, ben } = annaAndBen();
    for (let x = 1; x < 5; x++) anna.do(makeReshape("cell", point(x)));
    ben.do(makeReshape("cell", point(20)));
    ben.do(makeReshape("cell", point(21)));
    sync(anna, ben);
    expect(anna.conflicts).toMatchObject([{ lost: point(4), winner: point(21), depth: 4 }]);
  });

  test("class and label conflict too; the same value twice does not", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeReclass(["cell"], "c1"));
    ben.do(makeReclass(["cell"], "c2"));
    anna.do(makeRelabel("cell", "same"));
    ben.do(makeRelabel("cell", "same"));
    sync(anna, ben);
    expect(anna.conflicts).toMatchObject([{ field: "class", lost: "c1", winner: "c2" }]);
    expect(ben.conflicts).toEqual([]);
  });

  test("removal wins over a reshape, and the reshaper is told", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeRemove(["cell"]));
    const reshape = ben.do(makeReshape("cell", point(5)));
    sync(anna, ben);
    expect([anna.query.size, ben.query.size]).toEqual([0, 0]);
    expect(anna.conflicts).toEqual([]);
    expect(ben.conflicts).toMatchObject([
      { kind: "removed", field: "geometry", lost: point(5), lostStamp: reshape.command.stamp, winner: true },
    ]);
    anna.undo.undo();
    sync(anna, ben);
    expect(ben.query.get("cell")?.geometry).toEqual(point(5));
  });

  test("a removal that has seen the reshape is nobody's surprise", () => {
    const { anna, ben } = annaAndBen();
    ben.do(makeReshape("cell", point(5)));
    sync(anna, ben);
    anna.do(makeRemove(["cell"]));
    sync(anna, ben);
    expect(ben.conflicts).toEqual([]);
  });

  test("a restoration that lost against a removal is told", () => {
    const { anna, ben } = annaAndBen();
    ben.do(makeRemove(["cell"]));
    sync(anna, ben);
    ben.do(makeRestore(["cell"]));
    ben.do(makeRemove(["cell"]));
    anna.do(makeRestore(["cell"]));
    sync(anna, ben);
    expect(anna.conflicts).toMatchObject([{ field: "removed", lost: false, winner: true }]);
  });

  test("a deletion that arrives before what replaces it is told when that comes", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeReshape("cell", point(1)));
    ben.do(makeReshape("cell", point(2)));
    const pieces: Uint8Array[] = [];
    ben.layer.doc.on("update", (update: Uint8Array) => pieces.push(update));
    Y.applyUpdate(ben.layer.doc, Y.encodeStateAsUpdate(anna.layer.doc));
    // That update holds only the deletion of Anna's value.
    for (const piece of pieces) Y.applyUpdate(anna.layer.doc, piece, "network");
    expect(anna.query.get("cell")).toBeUndefined();
    expect(anna.conflicts).toEqual([]);
    sync(anna, ben);
    expect(anna.conflicts).toMatchObject([{ lost: point(1), winner: point(2) }]);
    expect(anna.query.get("cell")?.geometry).toEqual(point(2));
  });

  test("with three, whoever's value is gone is told", () => {
    const { anna, ben } = annaAndBen();
    const carla = person(3);
    sync(anna, ben, carla);
    anna.do(makeMove(["cell"], 1, 0));
    ben.do(makeMove(["cell"], 2, 0));
    carla.do(makeMove(["cell"], 3, 0));
    sync(anna, ben, carla);
    expect(carla.conflicts).toEqual([]);
    expect(anna.conflicts).toMatchObject([{ lost: point(1) }]);
    expect(ben.conflicts).toMatchObject([{ lost: point(2) }]);
  });
});
