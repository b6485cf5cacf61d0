import { expect, test } from "vitest";
import { moveTo } from "./rows.ts";

const rows = ["a", "b", "c", "d"].map((id, position) => ({ id, position }));

test("moving a row renumbers only what lies between", () => {
  expect(moveTo(rows, "c", 0)).toEqual([
    { id: "c", position: 0 },
    { id: "a", position: 1 },
    { id: "b", position: 2 },
  ]);
  expect(moveTo(rows, "b", 1)).toEqual([]);
  expect(moveTo(rows, "a", 99).map((row) => row.id)).toEqual(["b", "c", "d", "a"]);
});

test("gaps left by deleted rows are closed", () => {
  const gappy = [
    { id: "a", position: 0 },
    { id: "b", position: 5 },
  ];
  expect(moveTo(gappy, "a", 0)).toEqual([{ id: "b", position: 1 }]);
});
