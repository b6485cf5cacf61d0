import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { checkDocument, contentHash, createLayerDocument } from "../document/index.ts";
import { GeometryError } from "../geometry/index.ts";
import { createQuery } from "../query/index.ts";
import {
  CommandError,
  execute,
  makeAdd,
  makeMove,
  makeReclass,
  makeRelabel,
  makeRemove,
  makeReshape,
  makeRestore,
} from "./index.ts";
import { annaAndBen, point, sync } from "./two-people.testing.ts";
import type { Command } from "./types.ts";

describe("execute", () => {
  test("each command does what it says, and its inverse takes it back", () => {
    const commands: [Command, object][] = [
      [makeReshape("cell", point(7)), { geometry: point(7) }],
      [makeMove(["cell"], 3, -2), { geometry: point(3, -2) }],
      [makeReclass(["cell"], "c9"), { classId: "c9" }],
      [makeReclass(["cell"], null), { classId: null }],
      [makeRelabel("cell", "odd"), { label: "odd" }],
    ];
    for (const [command, expected] of commands) {
      const { anna } = annaAndBen();
      const before = anna.query.get("cell");
      const outcome = anna.do(command);
      expect(outcome).toMatchObject({ touched: ["cell"], left: [], written: [command.stamp] });
      expect(anna.query.get("cell")).toMatchObject(expected);
      const back = execute(anna.layer, outcome.inverse!, "me");
      expect({ ...anna.query.get("cell"), stamps: null }).toEqual({ ...before, stamps: null });
      execute(anna.layer, back.inverse!, "me");
      expect(anna.query.get("cell")).toMatchObject(expected);
      checkDocument(anna.layer.doc);
    }
  });

  test("removes and restores with the newest values", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeRemove(["cell"]));
    expect(anna.query.size).toBe(0);
    ben.do(makeRelabel("cell", "kept"));
    sync(anna, ben);
    expect(ben.query.size).toBe(0);
    anna.do(makeRestore(["cell"]));
    expect(anna.query.get("cell")?.label).toBe("kept");
  });

  test("writes everything in one transaction with the given origin", () => {
    const layer = createLayerDocument();
    const origins: unknown[] = [];
    layer.doc.on("update", (_: Uint8Array, origin: unknown) => origins.push(origin));
    const annotations = Array.from({ length: 5 }, (_, i) => ({
      geometry: point(i),
      classId: "c",
      label: "l",
    }));
    const outcome = execute(layer, makeAdd({ author: "anna", annotations }), "my origin");
    expect(origins).toEqual(["my origin"]);
    expect(outcome).toMatchObject({ clientId: layer.doc.clientID, clockFrom: 0, clockTo: 5 });
    expect(Y.getState(layer.doc.store, layer.doc.clientID)).toBe(5);
  });

  test("says what each value replaced, and what the remover saw", () => {
    const { anna } = annaAndBen();
    const created = anna.query.get("cell")!.stamps.geometry;
    const move = anna.do(makeMove(["cell", "gone"], 1, 1));
    expect(move.command).toMatchObject({ parents: [created, null] });
    expect(move.left).toEqual(["gone"]);
    const remove = anna.do(makeRemove(["cell"]));
    expect(remove.command).toMatchObject({ parents: [created], seen: [move.command.stamp] });
  });

  test("commands are plain data", () => {
    const { anna } = annaAndBen();
    for (const command of [
      makeAdd({ author: "anna", annotations: [{ geometry: point(1), provenance: { model: "m" } }] }),
      makeMove(["cell"], 1, 1),
      makeRemove(["cell"]),
    ]) {
      const { command: completed, inverse } = anna.do(command);
      expect(structuredClone(completed)).toEqual(completed);
      expect(JSON.parse(JSON.stringify(inverse))).toEqual(inverse);
    }
  });

  test("does not write what is there already", () => {
    const { anna } = annaAndBen();
    const before = contentHash(anna.layer.doc);
    for (const command of [
      makeReclass(["cell"], "c0"),
      makeMove(["cell"], 0, 0),
      makeMove(["cell"], 0.001, 0),
      makeReshape("cell", point(0)),
      makeRelabel("cell", ""),
      makeRestore(["cell"]),
    ]) {
      expect(anna.do(command)).toMatchObject({ touched: [], left: [], inverse: null, written: [] });
    }
    expect(contentHash(anna.layer.doc)).toBe(before);
  });

  test("leaves what is gone, removed or added already", () => {
    const { anna } = annaAndBen();
    expect(anna.do(makeMove(["nothing"], 1, 1)).left).toEqual(["nothing"]);
    expect(
      anna.do(makeAdd({ author: "anna", annotations: [{ id: "cell", geometry: point(9) }] })).left,
    ).toEqual(["cell"]);
    anna.do(makeRemove(["cell"]));
    expect(anna.do(makeRelabel("cell", "x")).left).toEqual(["cell"]);
    expect(anna.do(makeReshape("cell", point(9))).left).toEqual(["cell"]);
  });

  test("leaves what it cannot read", () => {
    const { anna } = annaAndBen();
    anna.layer.maps.class.set("cell", { version: 2 });
    expect(anna.do(makeReclass(["cell"], "c1")).left).toEqual(["cell"]);
    expect(anna.do(makeMove(["cell"], 1, 0)).touched).toEqual(["cell"]);
    anna.layer.maps.geometry.set("cell", Uint8Array.of(2, 0, 0));
    expect(anna.do(makeMove(["cell"], 1, 0)).left).toEqual(["cell"]);
    expect(anna.layer.maps.geometry.get("cell")).toEqual(Uint8Array.of(2, 0, 0));
  });

  test("moves are exact on the grid, there and back", () => {
    const { anna } = annaAndBen();
    for (let i = 0; i < 50; i++) anna.do(makeMove(["cell"], 0.1, 0.7));
    for (let i = 0; i < 50; i++) anna.do(makeMove(["cell"], -0.1, -0.7));
    expect(anna.query.get("cell")?.geometry).toEqual(point(0));
  });

  test("a move out of image space is left", () => {
    const { anna } = annaAndBen();
    expect(anna.do(makeMove(["cell"], 2 ** 31 + 5, 0)).left).toEqual(["cell"]);
  });

  test("refuses bad commands before it writes anything", () => {
    const layer = createLayerDocument();
    const bad = (geometry: unknown, more: object = {}) =>
      makeAdd({
        author: "anna",
        annotations: [{ geometry: point(1) }, { geometry: geometry as never, ...more }],
      });
    expect(() => execute(layer, bad(point(Number.NaN)), null)).toThrow(GeometryError);
    expect(() => execute(layer, bad(point(1), { id: "no id" }), null)).toThrow(CommandError);
    expect(() => execute(layer, bad(point(1), { classId: "no id" }), null)).toThrow(CommandError);
    expect(() => execute(layer, bad(point(1), { label: "x".repeat(2000) }), null)).toThrow(CommandError);
    expect(() => execute(layer, bad(point(1), { provenance: { f: () => 1 } }), null)).toThrow(CommandError);
    const twice = makeAdd({
      author: "anna",
      annotations: [
        { id: "a", geometry: point(1) },
        { id: "a", geometry: point(1) },
      ],
    });
    expect(() => execute(layer, twice, null)).toThrow(CommandError);
    expect(() => execute(layer, makeAdd({ author: "", annotations: [] }), null)).toThrow(CommandError);
    expect(() => execute(layer, makeMove(["a"], Number.NaN, 0), null)).toThrow(CommandError);
    expect(() => execute(layer, makeReclass(["a"], "a b"), null)).toThrow(CommandError);
    expect(createQuery(layer).size).toBe(0);
    expect(Y.encodeStateVector(layer.doc)).toEqual(Y.encodeStateVector(new Y.Doc()));
  });
});

describe("two people at once", () => {
  test("a reclass, a rename and a reshape all survive", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeReclass(["cell"], "c5"));
    anna.do(makeRelabel("cell", "odd"));
    ben.do(makeReshape("cell", point(8)));
    sync(anna, ben);
    for (const { query, conflicts } of [anna, ben]) {
      expect(query.get("cell")).toMatchObject({ classId: "c5", label: "odd", geometry: point(8) });
      expect(conflicts).toEqual([]);
    }
    expect(contentHash(anna.layer.doc)).toBe(contentHash(ben.layer.doc));
  });
});
