import {
  checkGeometry,
  createLayerDocument,
  createQuery,
  execute,
  type Geometry,
  LOCKED,
  makeAdd,
  makeSetAttribute,
} from "@coscope/annotations";
import "@coscope/annotations/shapes";
import { expect, test, vi } from "vitest";
import type { Target } from "../tools/tool.ts";
import { createApply } from "./apply-change.ts";
import { createEdits } from "./edits.ts";
import type { Layers } from "./layers.ts";
import type { LiveLayer } from "./live-layer.ts";
import type { Notices } from "./notices.ts";

const plane = { z: 0, t: 0 };
const box = (x: number): Geometry => ({
  kind: "rectangle",
  plane,
  x,
  y: 0,
  width: 10,
  height: 10,
  rotation: 0,
});
const flat: Geometry = { kind: "polygon", plane, parts: [[[0, 0, 5, 0, 9, 0]]] };

function page() {
  const live = (id: string) => {
    const document = createLayerDocument();
    const query = createQuery(document);
    return {
      id,
      query,
      get: query.get,
      run: (command: Parameters<LiveLayer["run"]>[0]) => execute(document, command, null),
    };
  };
  const lives = new Map(["one", "two"].map((id) => [id, live(id)]));
  const said: string[] = [];
  const offered: (() => void)[] = [];
  const notices = {
    say({ text, next }: Parameters<Notices["say"]>[0]) {
      said.push(text);
      if (next) offered.push(next.run);
    },
    dismiss: vi.fn(),
  } as never as Notices;
  const edits = createEdits({
    notices,
    userId: () => "anna",
    live: (id) => lives.get(id) as never,
    classOf: () => undefined,
    lastEditorOf: () => null,
    select: vi.fn(),
  });
  const layers = { live: (id: string) => lives.get(id), active: { get: () => "one" } } as never as Layers;
  const apply = createApply({
    layers,
    edits,
    notices,
    userId: () => "anna",
    activeClassId: () => "nucleus",
    announce: vi.fn(),
  });
  const target = (layerId: string, id: string): Target => ({
    layerId,
    annotation: lives.get(layerId)!.get(id)!,
  });
  const add = (layerId: string, id: string, geometry: Geometry): Target => {
    lives.get(layerId)!.run(makeAdd({ author: "anna", annotations: [{ id, geometry }] }));
    return target(layerId, id);
  };
  return { apply, edits, lives, said, offered, target, add, size: (id: string) => lives.get(id)!.query.size };
}

test("everything that one gesture changes, in several layers, is one step of undo", () => {
  const { apply, edits, lives, add, size } = page();
  const [a, b, c] = [add("one", "a", box(0)), add("two", "b", box(20)), add("two", "c", box(40))];
  const ids = apply({
    add: [{ geometry: box(60) }, { geometry: box(80), layerId: "two", classId: null, label: "x" }],
    reshape: [{ target: a, geometry: box(5) }],
    brush: [{ target: b, dabs: [{ x: 30, y: 5, radius: 4 }], mode: "add" }],
    remove: [c],
  });
  expect(ids).toHaveLength(2);
  expect(lives.get("one")!.get(ids[0]!)).toMatchObject({ classId: "nucleus" });
  expect(lives.get("two")!.get(ids[1]!)).toMatchObject({ classId: null, label: "x" });
  expect(lives.get("one")!.get("a")?.geometry).toEqual(box(5));
  expect(lives.get("two")!.get("b")?.bounds.maxX).toBe(34);
  edits.undo();
  expect([size("one"), size("two")]).toEqual([1, 2]);
  expect(lives.get("one")!.get("a")?.geometry).toEqual(box(0));
  expect(edits.undoState.get()).toEqual({ canUndo: false, canRedo: true });
});

test("so many at once that they take several commands are one step of undo all the same", () => {
  const { apply, edits, size } = page();
  const all = Array.from({ length: 1201 }, (_, i) => ({ geometry: box(12 * i) }));
  expect(apply({ add: all })).toHaveLength(1201);
  expect(size("one")).toBe(1201);
  edits.undo();
  expect(size("one")).toBe(0);
  expect(edits.undoState.get()).toEqual({ canUndo: false, canRedo: true });
  edits.redo();
  expect(size("one")).toBe(1201);
});

test("a correction says how it came to be, undone with it; one that is not kept says nothing", () => {
  const { apply, edits, lives, target, add } = page();
  const a = add("one", "a", box(0));
  const provenance = { kind: "model", corrects: null };
  apply({ reshape: [{ target: a, geometry: box(5), provenance }] });
  expect(lives.get("one")!.get("a")).toMatchObject({ geometry: box(5), provenance });
  apply({ reshape: [{ target: target("one", "a"), geometry: box(9) }] });
  // Seen before that: a copy is offered.
  apply({ reshape: [{ target: a, geometry: box(7), provenance: { kind: "model", corrects: provenance } }] });
  expect(lives.get("one")!.get("a")).toMatchObject({ geometry: box(9), provenance });
  edits.undo();
  edits.undo();
  expect(lives.get("one")!.get("a")?.geometry).toEqual(box(0));
  expect(lives.get("one")!.get("a")?.provenance).toBeUndefined();
  expect(edits.undoState.get().canUndo).toBe(false);
});

test("never writes an empty or invalid shape: nothing left is a removal, nothing to begin with is not made", () => {
  const { apply, edits, lives, said, add, size } = page();
  const targets = ["a", "b", "c", "d"].map((id, i) => add("one", id, box(20 * i)));
  const far: Geometry = { ...box(0), x: 2 ** 40 } as Geometry;
  const ids = apply({
    add: [{ geometry: flat }, { geometry: far }],
    reshape: [
      { target: targets[0]!, geometry: null },
      { target: targets[1]!, geometry: flat },
      { target: targets[2]!, geometry: far },
    ],
    brush: [{ target: targets[3]!, dabs: [{ x: 65, y: 5, radius: 40 }], mode: "erase" }],
  });
  expect(ids).toEqual([]);
  expect([...lives.get("one")!.query.all()].map(({ id }) => id)).toEqual(["c"]);
  for (const { geometry } of lives.get("one")!.query.all()) checkGeometry(geometry);
  expect(said.join()).toContain("cannot be kept");
  edits.undo();
  expect(size("one")).toBe(4);
});

test("a reshape of an outline that a colleague has changed meanwhile is offered as a copy", () => {
  const { apply, edits, lives, said, offered, add } = page();
  const stale = add("one", "a", box(0));
  apply({ reshape: [{ target: stale, geometry: box(3) }] });
  edits.run("one", makeSetAttribute(["a"], "grade", 2));
  edits.run("one", makeSetAttribute(["a"], LOCKED, true));
  apply({ reshape: [{ target: stale, geometry: box(9) }] });
  expect(lives.get("one")!.get("a")?.geometry).toEqual(box(3));
  expect(said).toEqual([expect.stringContaining("at the same moment")]);
  offered[0]!();
  const copy = [...lives.get("one")!.query.all()].find(({ id }) => id !== "a");
  expect(copy).toMatchObject({ geometry: box(9), attributes: { grade: 2 }, locked: false });
});

test("a conflict over lock or order is not told; over a person's attribute it is", () => {
  const { edits, lives, said, add } = page();
  add("one", "a", box(0));
  const layer = lives.get("one") as never as LiveLayer;
  const conflict = {
    id: "a",
    kind: "overwritten",
    lost: 1,
    winner: 2,
    lostStamp: "",
    winnerStamp: "",
    depth: 1,
  };
  edits.onConflict({ ...conflict, field: `attribute/${LOCKED}` } as never, layer);
  expect(said).toEqual([]);
  edits.onConflict({ ...conflict, field: "attribute/grade" } as never, layer);
  expect(said).toEqual([expect.stringContaining("“grade”")]);
  edits.run("one", makeSetAttribute(["a"], "grade", 1));
  expect(lives.get("one")!.get("a")?.attributes).toEqual({ grade: 1 });
});
