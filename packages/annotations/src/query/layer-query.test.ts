import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  execute,
  makeAdd,
  makeMove,
  makeReclass,
  makeRemove,
  makeRestore,
  makeSetAttribute,
} from "../commands/index.ts";
import { createLayerDocument, PROVENANCE } from "../document/index.ts";
import { arbitraryGeometry } from "../geometry/geometry.arbitrary.ts";
import { boundsOf, type Geometry, imagePoint } from "../geometry/index.ts";
import { createQuery, type QueryChange } from "./layer-query.ts";

const plane = { z: 0, t: 0 } as const;
const square = (x: number, y: number, size: number, z: number | "all" = 0): Geometry => ({
  kind: "rectangle",
  plane: { z, t: 0 },
  x,
  y,
  width: size,
  height: size,
  rotation: 0,
});

function layerWith(geometries: Record<string, Geometry>) {
  const layer = createLayerDocument();
  const annotations = Object.entries(geometries).map(([id, geometry]) => ({ id, geometry }));
  execute(layer, makeAdd({ author: "anna", annotations, created: 5 }), null);
  return layer;
}

const ids = (items: Iterable<{ id: string }>) => [...items].map(({ id }) => id);

describe("createQuery", () => {
  test("reads what is there and follows what comes", () => {
    const layer = layerWith({ a: square(0, 0, 10) });
    const query = createQuery(layer);
    const changes: QueryChange[] = [];
    const stop = query.subscribe((change) => changes.push(change));
    expect(query.size).toBe(1);
    expect(query.get("a")).toMatchObject({ author: "anna", created: 5, classId: null, label: "" });
    execute(layer, makeMove(["a"], 5, 0), null);
    execute(layer, makeRemove(["a"]), null);
    execute(layer, makeRestore(["a"]), null);
    expect(changes).toMatchObject([
      {
        added: [],
        changed: [{ before: { bounds: { minX: 0 } }, after: { bounds: { minX: 5 } } }],
        local: true,
      },
      { removed: [{ id: "a" }], changed: [] },
      { added: [{ id: "a", bounds: { minX: 5 } }] },
    ]);
    stop();
    execute(layer, makeMove(["a"], 5, 0), null);
    expect(changes).toHaveLength(3);
  });

  test("one change a transaction; remote ones say so; what is not visible says nothing", () => {
    const from = layerWith({ a: square(0, 0, 1), b: square(5, 5, 1) });
    const layer = createLayerDocument();
    const query = createQuery(layer);
    const changes: QueryChange[] = [];
    query.subscribe((change) => changes.push(change));
    Y.applyUpdate(layer.doc, Y.encodeStateAsUpdate(from.doc), "network");
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ added: [{ id: "a" }, { id: "b" }], local: false });
    layer.maps.attribute.set("a/coscope.of-a-later-version", 1);
    expect(changes).toHaveLength(1);
    query.destroy();
    execute(layer, makeRemove(["a"]), null);
    expect(changes).toHaveLength(1);
  });

  test("a concurrent value that lost is no change", () => {
    const layer = layerWith({ a: square(0, 0, 1) });
    layer.doc.clientID = 2;
    const other = new Y.Doc();
    other.clientID = 1;
    Y.applyUpdate(other, Y.encodeStateAsUpdate(layer.doc));
    execute(createLayerDocument(other), makeReclass(["a"], "lost"), null);
    execute(layer, makeReclass(["a"], "won"), null);
    const query = createQuery(layer);
    const changes: QueryChange[] = [];
    query.subscribe((change) => changes.push(change));
    Y.applyUpdate(layer.doc, Y.encodeStateAsUpdate(other), "network");
    expect(query.get("a")?.classId).toBe("won");
    expect(changes).toEqual([]);
  });

  test("where a model has corrected it since, that is how it came to be; undone, what was known before", () => {
    const layer = createLayerDocument();
    const made = { kind: "import", file: "a.geojson" };
    const annotations = [{ id: "a", geometry: square(0, 0, 1), provenance: made }];
    execute(layer, makeAdd({ author: "anna", annotations }), null);
    const query = createQuery(layer);
    const changes: QueryChange[] = [];
    query.subscribe((change) => changes.push(change));
    const corrected = { kind: "model", model: "m", corrects: made };
    const { inverse } = execute(layer, makeSetAttribute(["a"], PROVENANCE, corrected), null);
    expect(query.get("a")).toMatchObject({ provenance: corrected, attributes: {} });
    expect(changes).toMatchObject([{ changed: [{ before: { provenance: made } }] }]);
    execute(layer, inverse!, null);
    expect(query.get("a")?.provenance).toEqual(made);
    execute(layer, makeSetAttribute(["a"], PROVENANCE, "of a later version"), null);
    expect(query.get("a")?.provenance).toEqual(made);
  });

  test("finds by rectangle and plane", () => {
    const query = createQuery(
      layerWith({ a: square(0, 0, 10), b: square(100, 0, 10, 3), c: square(0, 0, 5, "all") }),
    );
    expect(ids(query.within({ minX: 5, minY: 5, maxX: 200, maxY: 6 })).sort()).toEqual(["a", "b", "c"]);
    expect(ids(query.within({ minX: 0, minY: 0, maxX: 200, maxY: 9 }, { z: 3, t: 0 })).sort()).toEqual([
      "b",
      "c",
    ]);
  });

  test("hits the topmost first: points, lines, then small areas before large", () => {
    const query = createQuery(
      layerWith({
        large: square(0, 0, 100),
        small: square(40, 40, 20),
        line: { kind: "polyline", plane, points: [0, 50, 100, 50] },
        point: { kind: "point", plane, x: 51, y: 50 },
        far: square(300, 300, 5),
      }),
    );
    expect(ids(query.at(imagePoint(50, 50), 3))).toEqual(["point", "line", "small", "large"]);
    expect(ids(query.at(imagePoint(50, 50), 0))).toEqual(["line", "small", "large"]);
    expect(ids(query.at(imagePoint(102, 20), 3))).toEqual(["large"]);
    expect(ids(query.at(imagePoint(50, 50), 3, { z: 9, t: 0 }))).toEqual([]);
  });

  test("skips and counts what it cannot read", () => {
    const layer = layerWith({ a: square(0, 0, 1), b: square(0, 0, 1) });
    layer.maps.geometry.set("a", Uint8Array.of(2, 0, 0));
    layer.maps.class.set("b", 7);
    layer.maps.geometry.set("orphan", layer.maps.geometry.get("b"));
    const query = createQuery(layer);
    expect(ids(query.all())).toEqual(["b"]);
    expect(query.get("b")?.classId).toBeNull();
    expect(query.unreadable).toBe(3);
    layer.maps.class.set("b", "c1");
    expect(query.unreadable).toBe(2);
    expect(query.get("b")?.classId).toBe("c1");
  });

  test("the index agrees with a scan, through changes small and large", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("add" as const),
        geometries: fc.array(arbitraryGeometry, { maxLength: 30 }),
      }),
      fc.record({ kind: fc.constant("move" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("remove" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant("reclass" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    const rect = fc.tuple(
      fc.integer({ min: -2e5, max: 2e5 }),
      fc.integer({ min: -2e5, max: 2e5 }),
      fc.nat(3e5),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), rect, (steps, [minX, minY, size]) => {
        const layer = createLayerDocument();
        const query = createQuery(layer);
        const seen = new Map<string, object>();
        query.subscribe(({ added, changed, removed }) => {
          for (const item of removed) expect(seen.get(item.id)).toBe(item);
          for (const item of removed) seen.delete(item.id);
          for (const { before, after } of changed) {
            expect(seen.get(before.id)).toBe(before);
            seen.set(after.id, after);
          }
          for (const item of added) seen.set(item.id, item);
        });
        for (const { kind, ...rest } of steps) {
          const all = ids(query.all());
          const some = "share" in rest ? all.slice(0, Math.ceil(all.length * rest.share)) : [];
          if ("geometries" in rest) {
            const annotations = rest.geometries.map((geometry) => ({ geometry }));
            execute(layer, makeAdd({ author: "anna", annotations }), null);
          } else if (kind === "move") execute(layer, makeMove(some, 3, 4), null);
          else if (kind === "remove") execute(layer, makeRemove(some), null);
          else execute(layer, makeReclass(some, "c1"), null);
        }
        expect(new Set(seen.values())).toEqual(new Set(query.all()));
        const area = { minX, minY, maxX: minX + size, maxY: minY + size };
        const scanned = [...query.all()].filter(({ geometry }) => {
          const b = boundsOf(geometry);
          return b.minX <= area.maxX && b.maxX >= area.minX && b.minY <= area.maxY && b.maxY >= area.minY;
        });
        expect(ids(query.within(area)).sort()).toEqual(ids(scanned).sort());
        expect(createQuery(layer).size).toBe(query.size);
      }),
      { numRuns: 60 },
    );
  });

  test("rebuilds where most has changed", () => {
    const layer = createLayerDocument();
    const query = createQuery(layer);
    const annotations = Array.from({ length: 2000 }, (_, i) => ({
      id: `a${i}`,
      geometry: square(i * 10, 0, 5),
    }));
    execute(layer, makeAdd({ author: "anna", annotations }), null);
    execute(
      layer,
      makeMove(
        annotations.map(({ id }) => id),
        0,
        100,
      ),
      null,
    );
    expect(ids(query.within({ minX: 0, minY: 0, maxX: 1e5, maxY: 50 }))).toEqual([]);
    expect(ids(query.within({ minX: 0, minY: 100, maxX: 4, maxY: 101 }))).toEqual(["a0"]);
  });
});
