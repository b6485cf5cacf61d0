import {
  areaOf,
  checkGeometry,
  createLayerDocument,
  createQuery,
  execute,
  type Geometry,
  LOCKED,
  makeAdd,
  makeSetAttribute,
  ORDER,
  type PolygonGeometry,
} from "@coscope/annotations";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createStore } from "../state/store.ts";
import { createSelectionActions } from "./actions.ts";
import { createEditingActions } from "./editing-actions.ts";
import { createEdits } from "./edits.ts";
import type { Layers } from "./layers.ts";
import type { LiveLayer } from "./live-layer.ts";
import type { SelectionContext } from "./selection-context.ts";

// The system's clipboard is the browser's; `tests/e2e/select.test.ts` uses it.
vi.mock("./clipboard.ts", () => ({ copyText: async () => false }));

const plane = { z: 2, t: 0 };
const box = (x: number, y: number, side = 10, z: number | "all" = 2): Geometry => ({
  kind: "rectangle",
  plane: { z, t: 0 },
  x,
  y,
  width: side,
  height: side,
  rotation: 0,
});
const frame: Geometry = {
  kind: "polygon",
  plane,
  parts: [
    [
      [0, 0, 30, 0, 30, 30, 0, 30],
      [10, 10, 10, 20, 20, 20, 20, 10],
    ],
  ],
};

/** A page with two layers of real documents, at depth 2 of 5. */
function page(imageSize = 1000, classes = [{ id: "c1", name: "Nucleus", color: "#ff0000" }]) {
  const lives = new Map(
    ["one", "two"].map((id) => {
      const document = createLayerDocument();
      const query = createQuery(document);
      return [
        id,
        {
          id,
          document,
          query: { get: () => query },
          get: query.get,
          mayWrite: { get: () => true },
          run: (command: Parameters<LiveLayer["run"]>[0]) => execute(document, command, null),
        },
      ];
    }),
  );
  const said: string[] = [];
  const notices = { say: ({ text }: { text: string }) => said.push(text), dismiss: vi.fn() };
  const selection = createStore<ReadonlySet<string>>(new Set());
  const find = (id: string) => {
    for (const layer of lives.values()) {
      const annotation = layer.get(id);
      if (annotation) return { layer, annotation };
    }
    return null;
  };
  const layers = {
    live: (id: string) => lives.get(id),
    all: () => [...lives.values()],
    row: (id: string) => ({ id, name: id, locked: false }),
    active: createStore<string | null>("one"),
    isHidden: () => false,
    find,
  } as unknown as Layers;
  const edits = createEdits({
    notices: notices as never,
    userId: () => "anna",
    live: (id) => lives.get(id) as never,
    classOf: () => undefined,
    lastEditorOf: () => null,
    select: (ids) => selection.set(new Set(ids)),
  });
  const stores = {
    plane: createStore<{ z: number; t: number; projection?: null }>({ z: 2, t: 0 }),
    source: createStore({ sizeZ: 5, sizeT: 3, width: imageSize, height: imageSize }),
    camera: createStore({ cx: 50, cy: 50, zoom: 1, rotation: 0 }),
    selected: { get: () => [...selection.get()].flatMap((id) => find(id)?.annotation ?? []) },
  };
  let draws = true;
  const options = {
    rows: { classes: createStore(classes) },
    layers,
    edits,
    notices,
    selection,
    userId: () => "anna",
    zoom: () => 1,
    mayChange: (targets: readonly { annotation: { locked: boolean } }[]) =>
      !targets.some(({ annotation }) => annotation.locked),
    announce: vi.fn(),
  };
  const basic = createSelectionActions(options as never);
  const engine = {
    stores,
    follow: { stop: vi.fn() },
    selectionTargets: () => basic.targets(),
    classOf: (id: string | null) => classes.find((row) => row.id === id),
    mayDraw: () => draws,
    viewer: null,
  };
  const actions = createEditingActions({ ...options, engine } as unknown as SelectionContext);
  const add = (id: string, geometry: Geometry, layerId = "one", classId: string | null = "c1") =>
    lives.get(layerId)!.run(makeAdd({ author: "anna", annotations: [{ id, geometry, classId, label: id }] }));
  const all = (layerId = "one") => [...lives.get(layerId)!.query.get().all()];
  const select = (...ids: string[]) => selection.set(new Set(ids));
  const get = (id: string) => find(id)?.annotation;
  return {
    actions,
    basic,
    edits,
    lives,
    layers,
    selection,
    stores,
    said,
    add,
    all,
    select,
    get,
    setDraws: (on: boolean) => (draws = on),
  };
}

let p: ReturnType<typeof page>;
/** Everything that is visible, for comparing before and after. */
const state = () =>
  ["one", "two"].flatMap((layer) =>
    p
      .all(layer)
      .map(({ id, geometry, classId, label, attributes, locked, order }) =>
        JSON.stringify({ id, layer, geometry, classId, label, attributes, locked, order }),
      )
      .sort(),
  );

/** One undo brings back exactly what was there, one redo the result; everything is fit to be stored. */
async function once(run: () => unknown): Promise<void> {
  const before = state();
  await run();
  const after = state();
  expect(after).not.toEqual(before);
  for (const layer of ["one", "two"]) for (const { geometry } of p.all(layer)) checkGeometry(geometry);
  p.edits.undo();
  expect(state()).toEqual(before);
  p.edits.redo();
  expect(state()).toEqual(after);
}

async function refused(run: () => unknown, words: string): Promise<void> {
  const before = state();
  const steps = p.edits.undoState.get();
  await run();
  expect(state()).toEqual(before);
  expect(p.edits.undoState.get()).toEqual(steps);
  expect(p.said.at(-1)).toContain(words);
}

beforeEach(() => {
  p = page();
});

describe("shapes", () => {
  beforeEach(() => {
    p.add("a", box(0, 0));
    p.add("b", box(5, 0), "two", null);
    p.add("c", box(100, 100));
  });

  test("union: the first keeps its id and class, the others go", async () => {
    p.select("a", "b");
    await once(() => p.actions.combineSelection("union"));
    expect(
      p
        .all("one")
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a", "c"]);
    expect(p.all("two")).toEqual([]);
    expect(areaOf(p.get("a")!.geometry)).toBe(150);
    expect([...p.selection.get()]).toEqual(["a"]);
  });

  test("subtract: from the first; the others stay", async () => {
    p.select("b", "a");
    await once(() => p.actions.combineSelection("subtract"));
    expect([areaOf(p.get("b")!.geometry), areaOf(p.get("a")!.geometry)]).toEqual([50, 100]);
    p.select("b", "c");
    await refused(() => p.actions.combineSelection("subtract"), "do not reach");
  });

  test("intersect: what they share, or a refusal", async () => {
    p.select("a", "b");
    await once(() => p.actions.combineSelection("intersect"));
    expect(areaOf(p.get("a")!.geometry)).toBe(50);
    p.select("a", "c");
    await refused(() => p.actions.combineSelection("intersect"), "share nothing");
  });

  test("what would leave nothing changes nothing", async () => {
    p.add("lid", box(-5, -5, 30));
    p.select("a", "lid");
    await refused(() => p.actions.combineSelection("subtract"), "Nothing would be left");
    p.select("a");
    await refused(() => p.actions.expandSelection(-6), "Nothing would be left");
  });

  test("different planes are not combined", async () => {
    p.add("deep", box(0, 0, 10, 3));
    p.select("a", "deep");
    await refused(() => p.actions.combineSelection("union"), "different planes");
  });

  test("holes, smoothing, distance, kind", async () => {
    p.add("frame", frame);
    p.select("frame");
    await once(() => p.actions.fillHoles());
    expect(areaOf(p.get("frame")!.geometry)).toBe(900);
    await refused(() => p.actions.fillHoles(), "no holes");
    await once(() => p.actions.smoothSelection());
    await once(() => p.actions.expandSelection(3));
    expect(areaOf(p.get("frame")!.geometry)).toBeGreaterThan(1200);
    p.select("a");
    await once(() => p.actions.convertToPolygons());
    expect(p.get("a")!.geometry.kind).toBe("polygon");
  });

  test("simplify says how many corners stay, and takes those out", async () => {
    const wavy = Array.from({ length: 200 }, (_, i) => {
      const angle = (Math.floor(i / 2) / 100) * 2 * Math.PI;
      return i % 2 === 0 ? 300 + 50 * Math.cos(angle) : 300 + 50 * Math.sin(angle);
    });
    p.add("disc", { kind: "polygon", plane, parts: [[wavy]] });
    p.select("disc");
    const tried = await p.actions.tryShape("simplify", 1);
    expect(tried!.before).toBe(100);
    expect(tried!.after).toBeLessThan(30);
    await once(() => p.actions.simplifySelection(1));
    expect((p.get("disc")!.geometry as PolygonGeometry).parts[0]![0]!.length / 2).toBe(tried!.after);
    await refused(() => p.actions.simplifySelection(0), "Nothing to leave out");
  });

  test("turn and resize keep what rectangles are", async () => {
    p.select("a", "c");
    await once(() => p.actions.scaleSelection(2));
    expect(p.get("a")!.geometry).toMatchObject({ kind: "rectangle", x: -55, width: 20 });
    await once(() => p.actions.rotateSelection(90));
    expect(p.get("c")!.geometry.kind).toBe("rectangle");
  });
});

describe("planes", () => {
  test("a copy on the next plane keeps class, name and attributes, and is gone to", async () => {
    p.add("a", box(0, 0));
    p.lives.get("one")!.run(makeSetAttribute(["a"], "grade", "high"));
    p.lives.get("one")!.run(makeSetAttribute(["a"], LOCKED, true));
    p.select("a");
    await once(() => p.actions.copyToPlane(1, "z"));
    const copy = p.all().find(({ id }) => id !== "a")!;
    expect(copy).toMatchObject({ classId: "c1", label: "a", attributes: { grade: "high" }, locked: false });
    expect(copy.geometry.plane).toEqual({ z: 3, t: 0 });
    expect(p.stores.plane.get().z).toBe(3);
  });

  test("where an image has depth and time, a copy goes along either", async () => {
    p.add("a", box(0, 0));
    p.select("a");
    await once(() => p.actions.copyToPlane(1, "t"));
    const copy = p.all().find(({ id }) => id !== "a")!;
    expect(copy.geometry.plane).toEqual({ z: 2, t: 1 });
    expect(p.stores.plane.get()).toMatchObject({ z: 2, t: 1 });
    p.select("a");
    await refused(() => p.actions.copyToPlane(-1, "t"), "no time point before");
    await once(() => p.actions.spanPlanes("t", true));
    await refused(() => p.actions.copyToPlane(1, "t"), "every time point already");
  });

  test("there is a last plane", async () => {
    p.add("a", box(0, 0, 10, 4));
    p.select("a");
    await refused(() => p.actions.copyToPlane(1, "z"), "no depth after");
  });

  test("the planes between two are filled", async () => {
    p.add("a", box(0, 0, 10, 0));
    p.add("b", box(20, 0, 30, 4));
    p.select("b", "a");
    await once(() => p.actions.interpolatePlanes());
    const between = p.all().filter(({ id }) => id !== "a" && id !== "b");
    expect(between.map(({ geometry }) => geometry.plane.z).sort()).toEqual([1, 2, 3]);
    const areas = between
      .sort((x, y) => Number(x.geometry.plane.z) - Number(y.geometry.plane.z))
      .map(({ geometry }) => areaOf(geometry));
    expect(areas[0]).toBeLessThan(areas[1]!);
    expect(areas[1]).toBeLessThan(areas[2]!);
    p.select("a");
    await refused(() => p.actions.interpolatePlanes(), "different depth");
  });

  test("all planes, and back to this one", async () => {
    p.add("a", box(0, 0));
    p.select("a");
    await once(() => p.actions.spanPlanes("z", true));
    expect(p.get("a")!.geometry.plane.z).toBe("all");
    p.stores.plane.set({ z: 4, t: 0 });
    await once(() => p.actions.spanPlanes("z", false));
    expect(p.get("a")!.geometry.plane.z).toBe(4);
  });
});

describe("order and lock", () => {
  test("front, back, one step", async () => {
    p.add("small", box(2, 2, 3));
    p.add("big", box(0, 0, 20));
    p.add("far", box(500, 500, 5));
    const top = () =>
      p.lives
        .get("one")!
        .query.get()
        .at({ x: 3, y: 3 } as never, 0)
        .map(({ id }) => id);
    expect(top()).toEqual(["small", "big"]);
    p.select("big");
    await once(() => p.actions.orderSelection("forward"));
    expect(top()).toEqual(["big", "small"]);
    await refused(() => p.actions.orderSelection("forward"), "Nothing lies over");
    await once(() => p.actions.orderSelection("backward"));
    expect(top()).toEqual(["small", "big"]);
    await once(() => p.actions.orderSelection("front"));
    expect(top()[0]).toBe("big");
    await once(() => p.actions.orderSelection("back"));
    expect(top()[0]).toBe("small");
  });

  test("a lock is kept by everyone's actions, and can be taken away", async () => {
    p.add("a", box(0, 0));
    p.select("a");
    await once(() => p.actions.setSelectionLocked(true));
    await p.actions.scaleSelection(2);
    expect(p.get("a")!.geometry).toMatchObject({ width: 10 });
    await once(() => p.actions.setSelectionLocked(false));
    await once(() => p.actions.scaleSelection(2));
  });
});

describe("selecting", () => {
  test("by class on this plane, the rest, every plane", () => {
    p.add("a", box(0, 0));
    p.add("b", box(20, 0), "two");
    p.add("deep", box(0, 0, 10, 3));
    p.add("none", box(40, 0), "one", null);
    const chosen = () => [...p.selection.get()].sort();
    p.select("a");
    p.actions.selectSameClass();
    expect(chosen()).toEqual(["a", "b"]);
    p.actions.invertSelection();
    expect(chosen()).toEqual(["none"]);
    p.actions.selectAll();
    expect(chosen()).toEqual(["a", "none"]);
    p.actions.selectEverywhere();
    expect(chosen()).toEqual(["a", "deep", "none"]);
    p.actions.selectClass(null);
    expect(chosen()).toEqual(["none"]);
  });
});

describe("clipboard", () => {
  test("between layers and images: same place, this plane, class by id or by name", async () => {
    p.add("a", box(0, 0));
    p.lives.get("one")!.run(makeSetAttribute(["a"], "grade", 2));
    p.select("a");
    await p.actions.copySelection();
    (p.layers.active as never as { set(id: string): void }).set("two");
    p.stores.plane.set({ z: 4, t: 0 });
    await once(() => p.actions.pasteAnnotations(""));
    expect(p.all("two")[0]).toMatchObject({
      geometry: { ...box(0, 0), plane: { z: 4, t: 0 } },
      classId: "c1",
      label: "a",
      attributes: { grade: 2 },
    });

    p = page(1000, [{ id: "other", name: "nucleus", color: "#00ff00" }]);
    await once(() => p.actions.pasteAnnotations(""));
    expect(p.all()[0]).toMatchObject({ classId: "other" });

    p = page(5, []);
    await p.actions.pasteAnnotations("");
    expect(p.all()[0]).toMatchObject({ classId: null, geometry: { x: 45, y: 45 } });
    expect(p.said.at(-1)).toContain("Nucleus");
  });

  test("cut and paste is in place, a copy beside its original is not", async () => {
    p.add("a", box(0, 0));
    p.select("a");
    await p.actions.copySelection();
    await p.actions.pasteAnnotations("");
    expect(p.all().find(({ id }) => id !== "a")!.geometry).toMatchObject({ x: 14, y: 14 });
    p.edits.undo();
    p.select("a");
    await once(() => p.actions.cutSelection());
    await p.actions.pasteAnnotations("");
    expect(p.all().map(({ geometry }) => geometry)).toMatchObject([{ x: 0, y: 0 }]);
  });

  test("GeoJSON of another program; other text is no reason to forget what was copied", async () => {
    const text = JSON.stringify({
      type: "Feature",
      geometry: {
        type: "Polygon",
        coordinates: [
          [
            [0, 0],
            [9, 0],
            [9, 9],
            [0, 0],
          ],
        ],
      },
      properties: { classification: { name: "Nucleus" } },
    });
    await once(() => p.actions.pasteAnnotations(text));
    expect(p.all()[0]).toMatchObject({ classId: "c1", geometry: { kind: "polygon", plane } });
    p.select(p.all()[0]!.id);
    await p.actions.copySelection();
    await p.actions.pasteAnnotations("words");
    expect(p.all()).toHaveLength(2);
    p.setDraws(false);
    await p.actions.pasteAnnotations("words");
    expect(p.all()).toHaveLength(2);
  });

  test("of another program's, classes are found as an import finds them, and what is left out is told", async () => {
    const point = (name: string) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [5, 5] },
      properties: { classification: { name }, isLocked: name === "NUCLEUS" },
    });
    const bad = { type: "Feature", geometry: { type: "Point", coordinates: "here" }, properties: {} };
    const text = JSON.stringify([point("NUCLEUS"), point(" nucleus "), point("Else"), bad]);
    await once(() => p.actions.pasteAnnotations(text));
    expect(p.all().map(({ classId, locked }) => [classId, locked])).toEqual([
      ["c1", true],
      ["c1", false],
      [null, false],
    ]);
    expect(p.said.at(-1)).toMatch(/^One thing in it cannot be read.*no class Else: pasted as Unclassified/);
  });

  test("cut and pasted, what lay on top still does", async () => {
    p.add("a", box(0, 0));
    p.lives.get("one")!.run(makeSetAttribute(["a"], ORDER, 3));
    p.select("a");
    await once(() => p.actions.cutSelection());
    await once(() => p.actions.pasteAnnotations(""));
    expect(p.all()).toMatchObject([{ order: 3, attributes: {} }]);
  });

  test("a duplicate keeps its attributes", () => {
    p.add("a", box(0, 0));
    p.lives.get("one")!.run(makeSetAttribute(["a"], "grade", 2));
    p.select("a");
    p.basic.duplicateSelection();
    expect(p.all().find(({ id }) => id !== "a")).toMatchObject({ attributes: { grade: 2 }, classId: "c1" });
  });
});
