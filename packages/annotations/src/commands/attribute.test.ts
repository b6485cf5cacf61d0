import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { checkDocument, checkUpdate, createLayerDocument, LOCKED, ORDER } from "../document/index.ts";
import { createQuery } from "../query/index.ts";
import { execute, makeAdd, makeBrush, makeRemove, makeSetAttribute, replayQueue } from "./index.ts";
import { annaAndBen, person, point, sync } from "./two-people.testing.ts";

const grade = (value: Parameters<typeof makeSetAttribute>[2]) => makeSetAttribute(["cell"], "grade", value);

describe("attributes", () => {
  test("are set, changed, taken away; undone and redone", () => {
    const { anna, ben } = annaAndBen();
    const seen = () => anna.query.get("cell")?.attributes;
    anna.do(grade(3));
    anna.do(grade(["a", { b: null }]));
    expect(seen()).toEqual({ grade: ["a", { b: null }] });
    anna.do(grade(null));
    expect(seen()).toEqual({});
    sync(anna, ben);
    expect(ben.query.get("cell")?.attributes).toEqual({});
    anna.undo.undo();
    anna.undo.undo();
    expect(seen()).toEqual({ grade: 3 });
    anna.undo.undo();
    expect(seen()).toEqual({});
    while (anna.undo.redo());
    anna.undo.undo();
    sync(anna, ben);
    expect(ben.query.get("cell")?.attributes).toEqual({ grade: ["a", { b: null }] });
    checkDocument(ben.layer.doc);
  });

  test("travel with an annotation that is added, in one transaction", () => {
    const anna = person(1);
    const attributes = { grade: 2, tags: ["x"], [LOCKED]: true, nothing: null };
    const updates: Uint8Array[] = [];
    anna.layer.doc.on("update", (update: Uint8Array) => updates.push(update));
    anna.do(makeAdd({ author: "anna", annotations: [{ id: "cell", geometry: point(0), attributes }] }));
    expect(updates).toHaveLength(1);
    expect(checkUpdate(updates[0]!).keys.size).toBe(4);
    expect(anna.query.get("cell")).toMatchObject({ attributes: { grade: 2, tags: ["x"] }, locked: true });
    expect(Object.keys(anna.query.get("cell")!.attributes)).toEqual(["grade", "tags"]);
    anna.do(grade(5));
    anna.undo.undo();
    expect(anna.query.get("cell")?.attributes).toEqual({ grade: 2, tags: ["x"] });
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.query.size).toBe(0);
  });

  test("of the same name, at the same moment: one wins, the other's author is told; others are not touched", () => {
    const { anna, ben } = annaAndBen();
    anna.do(grade(1));
    anna.do(makeSetAttribute(["cell"], "note", "mine"));
    ben.do(grade(2));
    sync(anna, ben);
    expect(anna.query.get("cell")?.attributes).toEqual({ grade: 2, note: "mine" });
    expect(anna.conflicts).toMatchObject([{ field: "attribute/grade", lost: 1, winner: 2, depth: 1 }]);
    expect(ben.conflicts).toEqual([]);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.undo.undo()).toEqual({ done: 0, left: 1 });
  });

  test("equal in content are no conflict", () => {
    const { anna, ben } = annaAndBen();
    anna.do(grade({ a: 1, b: 2 }));
    ben.do(grade({ b: 2, a: 1 }));
    sync(anna, ben);
    expect(anna.conflicts).toEqual([]);
    const again = anna.do(grade({ a: 1, b: 2 }));
    expect(again.touched).toEqual([]);
  });

  test("undo of an add leaves what a colleague has given an attribute since, and one's own comes and goes", () => {
    const { anna, ben } = annaAndBen();
    anna.do(grade(1));
    sync(anna, ben);
    ben.do(makeSetAttribute(["cell"], "checked", true));
    sync(anna, ben);
    expect(anna.undo.undo()).toEqual({ done: 1, left: 0 });
    expect(anna.undo.undo()).toEqual({ done: 0, left: 1 });
    expect(anna.query.size).toBe(1);
  });

  test("are replayed after a reload, yield to a colleague's and are told", () => {
    const { anna, ben } = annaAndBen();
    const queue = [anna.do(grade(1)), anna.do(makeSetAttribute(["cell"], ORDER, 4))].map((outcome) => ({
      ...structuredClone(outcome),
      key: outcome.command.stamp,
    }));
    ben.do(grade(2));
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(ben.layer.doc));
    const layer = createLayerDocument(doc);
    const { conflicts } = replayQueue(layer, queue, null);
    expect(conflicts).toMatchObject([{ field: "attribute/grade", lost: 1, winner: 2 }]);
    expect(createQuery(layer).get("cell")).toMatchObject({ attributes: { grade: 2 }, order: 4 });
  });

  test("are refused where they are not plain data, or badly named", () => {
    const { anna } = annaAndBen();
    for (const [name, value] of [
      ["", 1],
      ["a/b", 1],
      ["x".repeat(65), 1],
      ["long", "x".repeat(20_000)],
      ["number", Number.NaN],
    ] as const)
      expect(() => anna.do(makeSetAttribute(["cell"], name, value))).toThrow("bad-attribute");
    expect(() =>
      anna.do(makeAdd({ author: "a", annotations: [{ geometry: point(0), attributes: { "a/b": 1 } }] })),
    ).toThrow("bad-attribute");
  });
});

describe("lock and order", () => {
  test("a locked annotation says so; commands do not heed it", () => {
    const { anna, ben } = annaAndBen();
    anna.do(makeSetAttribute(["cell"], LOCKED, true));
    sync(anna, ben);
    expect(ben.query.get("cell")).toMatchObject({ locked: true, attributes: {} });
    ben.do(makeRemove(["cell"]));
    expect(ben.query.size).toBe(0);
  });

  test("what was brought forward is hit first, whatever its size", () => {
    const anna = person(1);
    const box = (size: number) =>
      ({
        kind: "rectangle",
        plane: { z: 0, t: 0 },
        x: 0,
        y: 0,
        width: size,
        height: size,
        rotation: 0,
      }) as const;
    const annotations = [8, 10, 20].map((size) => ({ id: `s${size}`, geometry: box(size) }));
    anna.do(makeAdd({ author: "a", annotations }));
    const order = () => anna.query.at({ x: 2, y: 2 } as never, 0).map(({ id }) => id);
    expect(order()).toEqual(["s8", "s10", "s20"]);
    anna.do(makeSetAttribute(["s20"], ORDER, 1));
    expect(order()).toEqual(["s20", "s8", "s10"]);
    anna.do(makeSetAttribute(["s8"], ORDER, -1));
    expect(order()).toEqual(["s20", "s10", "s8"]);
  });

  test("an attribute that changes nothing else still tells the query", () => {
    const anna = person(1);
    anna.do(makeAdd({ author: "a", annotations: [{ id: "cell", geometry: point(0) }] }));
    const changes: unknown[] = [];
    anna.query.subscribe((change) => changes.push(change));
    anna.do(makeSetAttribute(["cell"], "grade", 1));
    execute(anna.layer, makeBrush("cell", [{ x: 0, y: 0, radius: 1 }], { mode: "add" }), null);
    expect(changes).toMatchObject([
      { changed: [{ before: { attributes: {} }, after: { attributes: { grade: 1 } } }] },
    ]);
  });
});
