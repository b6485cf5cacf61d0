import { LOCKED, ORDER } from "@coscope/annotations";
import { expect, test } from "vitest";
import { additionFrom, copiedAttributes } from "../session/change-annotations.ts";
import { pastedFrom } from "./pasted.ts";

const feature = (properties: object, coordinates: unknown, type = "Polygon") => ({
  type: "Feature",
  properties,
  geometry: { type, coordinates },
});
const square = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
  [0, 0],
];

test("another program's GeoJSON keeps attributes, lock and place; what it cannot have is told with its number", () => {
  const tie = [
    [0, 0],
    [10, 10],
    [10, 0],
    [0, 6],
    [0, 0],
  ];
  const file = [
    feature(
      {
        name: "n",
        isLocked: true,
        metadata: { grade: "2" },
        measurements: { score: 0.5 },
        classification: { names: ["A", "B"] },
        coscope: { version: 1, order: 4 },
      },
      [square],
    ),
    feature({}, [tie]),
    feature({}, [square], "Curve"),
    feature({}, "nowhere"),
  ];
  const { items, notes } = pastedFrom(JSON.stringify(file))!;
  expect(items).toHaveLength(2);
  expect(items[0]).toMatchObject({
    className: "A: B",
    label: "n",
    attributes: { grade: "2", score: 0.5, [LOCKED]: true, [ORDER]: 4 },
  });
  expect(notes).toEqual([
    expect.stringContaining("One outline crosses or overlaps itself"),
    expect.stringMatching(/^2 things in it cannot be read and are left out, the first: .*Curve/),
  ]);
});

test("text that is no GeoJSON is not pasted", () => {
  expect(pastedFrom("[1, 2")).toBeNull();
  expect(pastedFrom('{"a": 1}')).toBeNull();
});

test("a copy lies where its original does in the stack, and is not locked", () => {
  const annotation = { classId: null, label: "", attributes: { grade: 1 }, order: 3, locked: true };
  const target = { layerId: "one", annotation } as unknown as Parameters<typeof additionFrom>[0];
  const plane = { z: 0, t: 0 };
  expect(additionFrom(target, { kind: "point", plane, x: 0, y: 0 }).attributes).toEqual({
    grade: 1,
    [ORDER]: 3,
  });
  expect(copiedAttributes({ attributes: { grade: 1 }, order: 0 })).toEqual({ grade: 1 });
});
