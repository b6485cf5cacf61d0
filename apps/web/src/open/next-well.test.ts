import { expect, test } from "vitest";
import type { Well } from "./collection.ts";
import { nextWell } from "./next-well.ts";

const well = (name: string): Well => {
  const row = name.charCodeAt(0) - 65;
  const column = Number(name.slice(1)) - 1;
  return { row, column, name, url: `https://x.org/p.zarr/${name}`, path: name };
};
// A plate of which only some wells were imaged.
const wells = ["A1", "A2", "A5", "B2", "C1", "C5"].map(well);

test.each([
  ["A1", "ArrowRight", "A2"],
  ["A2", "ArrowRight", "A5"],
  ["A5", "ArrowRight", undefined],
  ["A2", "ArrowDown", "B2"],
  ["A1", "ArrowDown", "C1"],
  ["A5", "ArrowDown", "C5"],
  ["B2", "ArrowDown", "C1"],
  ["B2", "ArrowUp", "A2"],
  ["A5", "Home", "A1"],
  ["C1", "End", "C5"],
  ["A1", "a", undefined],
])("from %s, %s leads to %s", (from, key, to) => {
  expect(nextWell(wells, well(from), { key, ctrlKey: false })?.name).toBe(to);
});

test("with Ctrl, Home and End are those of the plate", () => {
  expect(nextWell(wells, well("B2"), { key: "Home", ctrlKey: true })?.name).toBe("A1");
  expect(nextWell(wells, well("B2"), { key: "End", ctrlKey: true })?.name).toBe("C5");
});
