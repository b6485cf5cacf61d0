import fc from "fast-check";
import { expect, test } from "vitest";
import type { ImageRect } from "../geometry/index.ts";
import { PackedTree } from "./packed-tree.ts";
import { SpatialIndex } from "./spatial-index.ts";

const side = fc.integer({ min: -50, max: 50 });
const rect = fc.tuple(side, side, fc.nat(20), fc.nat(20)).map(([minX, minY, width, height]) => ({
  minX,
  minY,
  maxX: minX + width,
  maxY: minY + height,
}));
const meets = (a: ImageRect, b: ImageRect) =>
  a.minX <= b.maxX && a.maxX >= b.minX && a.minY <= b.maxY && a.maxY >= b.minY;

test("a packed tree finds what meets a rectangle, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(rect, { maxLength: 600 }), rect, (all, wanted) => {
      const items = all.map((bounds) => ({ bounds }));
      const found = new PackedTree(items).search(wanted);
      expect(new Set(found)).toEqual(new Set(items.filter(({ bounds }) => meets(bounds, wanted))));
      expect(found.length).toBe(new Set(found).size);
    }),
    { numRuns: 60 },
  );
});

test("an index that is changed finds what is in it now", () => {
  const change = fc.record({ remove: fc.nat(), add: rect });
  fc.assert(
    fc.property(
      fc.array(rect, { maxLength: 100 }),
      fc.array(change, { maxLength: 100 }),
      rect,
      (all, changes, wanted) => {
        const items = all.map((bounds) => ({ bounds }));
        const index = new SpatialIndex([...items]);
        for (const { remove, add } of changes) {
          const [gone] = items.splice(remove % (items.length || 1), 1);
          if (gone) index.remove(gone);
          items.push({ bounds: add });
          index.insert(items.at(-1)!);
        }
        const expected = items.filter(({ bounds }) => meets(bounds, wanted));
        expect(new Set(index.search(wanted))).toEqual(new Set(expected));
      },
    ),
    { numRuns: 60 },
  );
});

test("an index of which most is gone is packed anew", () => {
  const items = Array.from({ length: 3_000 }, (_, i) => ({
    bounds: { minX: i, minY: i, maxX: i + 1, maxY: i + 1 },
  }));
  const index = new SpatialIndex([...items]);
  for (const item of items.slice(0, 2_500)) index.remove(item);
  index.insert(items[0]!);
  const found = index.search({ minX: 0, minY: 0, maxX: 4_000, maxY: 4_000 });
  expect(found).toHaveLength(501);
  expect(new Set(found)).toEqual(new Set([items[0], ...items.slice(2_500)]));
});

test("more came than a call takes as arguments, and all are found", () => {
  const index = new SpatialIndex<{ readonly bounds: ImageRect }>([]);
  const many = 150_000;
  for (let i = 0; i < many; i++) index.insert({ bounds: { minX: i, minY: 0, maxX: i + 1, maxY: 1 } });
  expect(index.search({ minX: 0, minY: 0, maxX: many, maxY: 1 })).toHaveLength(many);
});
