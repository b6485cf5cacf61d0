import { type AnnotationSnapshot, boundsOf, type Geometry, type QueryChange } from "@coscope/annotations";
import { describe, expect, test } from "vitest";
import type { ClassRow } from "../state/rows.ts";
import type { AnnotationReader } from "../state/workspace.ts";
import { columnsFor, formatCell, type TableContext, titleOf } from "./columns.ts";
import { toCsv } from "./csv.ts";
import { byAge, compareCells, EVERYTHING, matcher, sortRows, type TableFilter } from "./filter.ts";
import { measureRows, PIXELS, rowOf } from "./rows.ts";
import { createTableModel } from "./table-model.ts";

const stamps = { geometry: "g", class: "c", label: "l", removed: "r" };

function snapshot(id: string, more: Partial<AnnotationSnapshot> = {}, size = 10, x = 0): AnnotationSnapshot {
  const geometry: Geometry = {
    kind: "rectangle",
    plane: { z: 0, t: 0 },
    x,
    y: 0,
    width: size,
    height: size,
    rotation: 0,
  };
  return {
    id,
    geometry,
    bounds: boundsOf(geometry),
    classId: null,
    label: "",
    author: "ada",
    created: 1,
    stamps,
    attributes: {},
    locked: false,
    order: 0,
    ...more,
  };
}

const classRow = (id: string, name: string, attributes: ClassRow["attributes"] = []): ClassRow => ({
  id,
  projectId: "p",
  name,
  color: "#112233",
  position: 0,
  description: "",
  ontologyIri: "",
  synonyms: [],
  attributes,
  revision: 1,
});

const classes = [
  classRow("t", "Tumour", [{ name: "Ki-67", type: "number", unit: "%" }]),
  classRow("s", "Stroma"),
];
const context: TableContext = {
  scale: { x: 0.5, y: 0.5, unit: "µm" },
  classes,
  channels: ["DAPI"],
  manyLayers: true,
  planes: true,
  className: (id) => classes.find((row) => row.id === id)?.name ?? "Unclassified",
  layerName: () => "Annotations",
  authorName: (id) => (id === "ada" ? "Ada" : "Ben"),
  intensity: () => null,
};

/** A layer that tests change. */
function fakeReader(first: readonly AnnotationSnapshot[]) {
  const callbacks = new Set<(layerId: string, change: QueryChange) => void>();
  const held = new Map(first.map((one) => [one.id, one]));
  const reader: AnnotationReader = {
    all: () => [...held.values()].map((annotation) => ({ layerId: "l", annotation })),
    get: (id) => (held.has(id) ? { layerId: "l", annotation: held.get(id)! } : null),
    subscribe(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
  const tell = (change: Partial<QueryChange>) => {
    for (const callback of callbacks)
      callback("l", { added: [], changed: [], removed: [], local: true, ...change });
  };
  return { reader, tell };
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe("columns", () => {
  const columns = columnsFor(context, ["Ki-67", "note"]);
  const cell = (id: string, one: AnnotationSnapshot) => {
    const column = columns.find((other) => other.id === id)!;
    return column.value(rowOf("l", one));
  };

  test("measures are in the image's unit", () => {
    expect(cell("area", snapshot("a"))).toBeCloseTo(25, 9);
    expect(cell("perimeter", snapshot("a"))).toBeCloseTo(20, 9);
    expect(cell("circularity", snapshot("a"))).toBeCloseTo(Math.PI / 4, 9);
    expect(cell("length", snapshot("a"))).toBeNull();
    const line: Geometry = { kind: "polyline", plane: { z: 2, t: "all" }, points: [0, 0, 3, 4] };
    expect(cell("length", snapshot("a", { geometry: line }))).toBeCloseTo(2.5, 9);
    expect(cell("area", snapshot("a", { geometry: line }))).toBeNull();
    expect(cell("z", snapshot("a", { geometry: line }))).toBe(3);
    const t = columns.find(({ id }) => id === "t")!;
    expect(formatCell(t, t.value(rowOf("l", snapshot("a", { geometry: line }))))).toBe("all");
    expect(titleOf(columns.find(({ id }) => id === "area")!)).toBe("Area (µm²)");
  });

  test("attributes are columns, by what their classes say of them", () => {
    const graded = snapshot("a", { attributes: { "Ki-67": 12, note: true } });
    expect(cell("attribute:Ki-67", graded)).toBe(12);
    expect(cell("attribute:note", graded)).toBe("Yes");
    expect(titleOf(columns.find(({ id }) => id === "attribute:Ki-67")!)).toBe("Ki-67 (%)");
  });
});

test("a comparison that people expect, with nothing last whichever way round", () => {
  const cells = ["cell 10", null, "Cell 9", "", 3, 12];
  expect(cells.toSorted((a, b) => compareCells(a, b, false))).toEqual([3, 12, "Cell 9", "cell 10", null, ""]);
  expect(cells.toSorted((a, b) => compareCells(a, b, true))).toEqual(["cell 10", "Cell 9", 12, 3, null, ""]);
});

test("sorting many is the same as comparing each", () => {
  const columns = columnsFor(context, ["note"]);
  const column = columns.find(({ id }) => id === "attribute:note")!;
  const values = ["b", "a", "B", 7, -3, undefined, "a 10", "a 9", "", true, null];
  const rows = Array.from({ length: 300 }, (_, i) => {
    const value = values[(i * 7) % values.length];
    const attributes: AnnotationSnapshot["attributes"] =
      value === undefined || value === null ? {} : { note: value };
    return rowOf("l", snapshot(`a${i}`, { attributes, created: (i * 13) % 40 }));
  });
  for (const descending of [false, true]) {
    const expected = rows.toSorted(
      (a, b) =>
        compareCells(column.value(a), column.value(b), descending) ||
        a.annotation.created - b.annotation.created ||
        (a.id < b.id ? -1 : 1),
    );
    expect(ids(sortRows(byAge(rows), column, descending))).toEqual(ids(expected));
  }
});

describe("filters", () => {
  const all = [
    snapshot("a", { classId: "t", label: "odd one", attributes: { "Ki-67": 5 } }),
    snapshot("b", { classId: "s", author: "ben" }, 10, 100),
    snapshot("c", {}, 40),
  ];
  const rows = all.map((one) => rowOf("l", one));
  const columns = columnsFor(context, ["Ki-67"]);
  test.each<[string, Partial<TableFilter>, string[]]>([
    ["nothing", {}, ["a", "b", "c"]],
    ["words, each somewhere", { text: "TUM odd" }, ["a"]],
    ["a name of an author", { text: "ben" }, ["b"]],
    ["classes, Unclassified too", { classes: new Set(["s", ""]) }, ["b", "c"]],
    ["an author", { author: "ada" }, ["a", "c"]],
    ["a range, both ends included", { range: { column: "area", min: 400, max: 400 } }, ["c"]],
    ["a range of what only some have", { range: { column: "attribute:Ki-67", min: null, max: 9 } }, ["a"]],
    ["in view", { inView: { minX: 20, minY: 0, maxX: 60, maxY: 9 } }, ["c"]],
    ["selected", { selected: new Set(["b"]) }, ["b"]],
  ])("%s", (_what, filter, expected) => {
    expect(ids(rows.filter(matcher({ ...EVERYTHING, ...filter }, columns)))).toEqual(expected);
  });
});

describe("the table", () => {
  test("follows changes, in its order and within its filter", async () => {
    const { reader, tell } = fakeReader([snapshot("a", { label: "2" }), snapshot("b", { label: "4" })]);
    const model = createTableModel(reader, context);
    model.show({ ...EVERYTHING, text: "" }, { column: "label", descending: false });
    const shown = () => ids(model.view.get().rows);
    expect(shown()).toEqual(["a", "b"]);
    tell({ added: [snapshot("c", { label: "3" }), snapshot("d", { label: "" })] });
    expect(shown()).toEqual(["a", "c", "b", "d"]);
    const before = snapshot("a", { label: "2" });
    tell({ changed: [{ before, after: snapshot("a", { label: "9", attributes: { note: "x" } }) }] });
    expect(shown()).toEqual(["c", "b", "a", "d"]);
    expect(model.columns.get().some(({ id }) => id === "attribute:note")).toBe(true);
    tell({ removed: [snapshot("c", { label: "3" })] });
    expect(model.view.get()).toMatchObject({ total: 3, measuring: null });
    model.show({ ...EVERYTHING, text: "9" }, null);
    expect(shown()).toEqual(["a"]);
    tell({ added: [snapshot("e", { label: "19" }), snapshot("f", { label: "1" })] });
    expect(shown()).toEqual(["a", "e"]);
    model.destroy();
  });

  test("typing on looks at what is shown; a name that comes meanwhile brings its rows", () => {
    let looked = 0;
    const counting = (names: { [id: string]: string }): TableContext => ({
      ...context,
      authorName(id) {
        looked++;
        return names[id] ?? "…";
      },
    });
    const all = Array.from({ length: 40 }, (_, i) => snapshot(`a${i}`, { author: `u${i}`, label: `${i}` }));
    const { reader, tell } = fakeReader(all);
    const model = createTableModel(reader, counting({ u1: "Ben", u2: "Bea" }));
    const type = (text: string) => {
      looked = 0;
      model.show({ ...EVERYTHING, text }, null);
      return [ids(model.view.get().rows).toSorted(), looked];
    };
    expect(type("be")).toEqual([["a1", "a2"], 40]);
    expect(type("ben")).toEqual([["a1"], 2]);
    expect(type("be")).toEqual([["a1", "a2"], 40]);
    model.setContext(counting({ u1: "Ben", u2: "Bea", u3: "Bert" }));
    expect(ids(model.view.get().rows)).toHaveLength(3);
    tell({ added: [snapshot("b", { author: "u3" })] });
    expect(type("ber")[0]).toEqual(["a3", "b"]);
    expect(type("")[0]).toHaveLength(41);
  });

  test("an outline that stays is not measured again, one that changed is", async () => {
    const row = rowOf("l", snapshot("a"));
    expect(await measureRows([row], PIXELS)).toBe(true);
    expect(row.measures?.area).toBe(100);
    expect(rowOf("l", snapshot("a", { label: "x" }), row).measures).toBe(row.measures);
    const other = snapshot("a", { stamps: { ...stamps, geometry: "h" } }, 20);
    expect(rowOf("l", other, row).measures).toBeNull();
  });

  test("sorting by a measure measures first, and says how far it is", async () => {
    const many = Array.from({ length: 400 }, (_, i) => snapshot(`a${i}`, {}, ((i * 37) % 400) + 1));
    const model = createTableModel(fakeReader(many).reader, context);
    model.show(EVERYTHING, { column: "area", descending: true });
    await expect
      .poll(() => model.view.get().rows[0]!.id)
      .toBe(`a${many.findIndex(({ bounds }) => bounds.maxX === 400)}`);
    expect(model.view.get().measuring).toBeNull();
    model.destroy();
  });
});

test("CSV that spreadsheets read as it is meant", () => {
  const columns = columnsFor(context, []).filter(({ id }) => ["label", "area", "created"].includes(id));
  const lines = toCsv([rowOf("l", snapshot("a", { label: '=1+"2"' }))], columns);
  expect(lines).toEqual(["id,Name,Drawn,Area (µm²)\r\n", 'a,"\'=1+""2""",1970-01-01T00:00:00.001Z,25\r\n']);
});
