import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaOf, checkGeometry, decodeGeometry, encodeGeometry, type Geometry } from "../geometry/index.ts";
import { execute, makeAdd, makeBrush } from "./index.ts";
import { person, sync } from "./two-people.testing.ts";
import { UndoStack } from "./undo-stack.ts";

const plane = { z: 1, t: 0 };
const base: fc.Arbitrary<Geometry> = fc.oneof(
  fc
    .record({ x: fc.integer({ min: 0, max: 40 }), width: fc.integer({ min: 1, max: 40 }) })
    .map(
      ({ x, width }): Geometry => ({ kind: "rectangle", plane, x, y: 3, width, height: 30, rotation: 0.3 }),
    ),
  fc
    .record({ rx: fc.integer({ min: 1, max: 30 }), ry: fc.integer({ min: 1, max: 30 }) })
    .map(({ rx, ry }): Geometry => ({ kind: "ellipse", plane, cx: 20, cy: 20, rx, ry, rotation: 1 })),
  // A stranger's: crossing itself.
  fc
    .array(fc.integer({ min: 0, max: 50 }), { minLength: 10, maxLength: 10 })
    .map((ring): Geometry => ({ kind: "polygon", plane, parts: [[ring]] })),
);
const coordinate = fc.oneof(fc.integer({ min: -10, max: 60 }), fc.double({ min: -10, max: 60, noNaN: true }));
const radius = fc.oneof(fc.constantFrom(0.25, 1, 100), fc.double({ min: 0.25, max: 20, noNaN: true }));
const stroke = fc.record({
  dabs: fc.array(fc.record({ x: coordinate, y: coordinate, radius }), { minLength: 1, maxLength: 6 }),
  mode: fc.constantFrom("add" as const, "erase" as const),
  who: fc.constantFrom(0, 1),
  next: fc.constantFrom("go on", "sync", "undo", "redo"),
});

function expectSound(geometry: Geometry): void {
  checkGeometry(geometry);
  checkGeometry(decodeGeometry(encodeGeometry(geometry)));
  if (geometry.kind === "polygon") expect(areaOf(geometry)).toBeGreaterThan(0);
}

describe("strokes", () => {
  test("whatever is painted, erased, undone and met by a colleague's, what is visible is a good shape", () => {
    fc.assert(
      fc.property(base, fc.array(stroke, { minLength: 1, maxLength: 8 }), (geometry, strokes) => {
        try {
          checkGeometry(geometry);
        } catch {
          return;
        }
        const people = [person(1), person(2)] as const;
        people[0].do(makeAdd({ author: "anna", annotations: [{ id: "cell", geometry }] }));
        sync(...people);
        for (const { dabs, mode, who, next } of strokes) {
          const one = people[who]!;
          one.do(makeBrush("cell", dabs, { mode }));
          if (next === "undo" || next === "redo") one.undo[next]();
          if (next === "sync") sync(...people);
          for (const { query } of people) for (const { geometry: now } of query.all()) expectSound(now);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a stroke undone is the shape as it was", () => {
    fc.assert(
      fc.property(base, stroke, (geometry, { dabs, mode }) => {
        try {
          checkGeometry(geometry);
        } catch {
          return;
        }
        const { layer, query } = person(1);
        const undo = new UndoStack((_, command) => execute(layer, command, null));
        execute(layer, makeAdd({ author: "a", annotations: [{ id: "cell", geometry }] }), null);
        const before = query.get("cell")!.geometry;
        undo.push("l", execute(layer, makeBrush("cell", dabs, { mode }), null));
        undo.undo();
        expect(query.get("cell")!.geometry).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });
});
