import { isIgnored, pathOf } from "@coscope/annotations/class-names";
import { expect, test } from "vitest";
import { classTree, countBelow, openNodes, withDerived, withoutIgnored } from "./class-tree.ts";

const rows = ["Tumour: Positive", "Stroma", "Tumour", "Tumour: Negative: Weak", "Stroma"].map((name, i) => ({
  id: `c${i}`,
  name,
}));

test("derived classes stand under their base, wherever they are in the list", () => {
  const tree = classTree(rows);
  const shown = openNodes(tree, new Set()).map(
    ({ path, depth, index }) => `${"-".repeat(depth)}${path} ${index}`,
  );
  expect(shown).toEqual([
    "Tumour 2",
    "-Tumour: Positive 0",
    "-Tumour: Negative -1",
    "--Tumour: Negative: Weak 3",
    "Stroma 1",
    "Stroma 4",
  ]);
  expect(openNodes(tree, new Set(["Tumour"])).map(({ path }) => path)).toEqual([
    "Tumour",
    "Stroma",
    "Stroma",
  ]);
});

test("counts roll up to the base", () => {
  const counts = new Map([
    ["c0", 3],
    ["c2", 1],
    ["c3", 10],
    [null, 99],
  ]);
  expect(classTree(rows).map((node) => countBelow(node, counts))).toEqual([14, 0, 0]);
});

test("a class and what is derived from it", () => {
  expect([...withDerived(rows, "c2")].toSorted()).toEqual(["c0", "c2", "c3"]);
  expect([...withDerived(rows, "c0")]).toEqual(["c0"]);
});

test("names with odd colons, and what is ignored", () => {
  expect(pathOf(" A:B :: C ")).toEqual(["A", "B", "C"]);
  expect(pathOf(":")).toEqual([":"]);
  for (const name of ["Ignore*", "Artefact*", "Ignore* : pen", "Tumour: Edge*"])
    expect(isIgnored(name)).toBe(true);
  // As QuPath has it: the asterisk counts, not the word.
  for (const name of ["Ignore", "ignore: fold", "A*B", "Nucleus"]) expect(isIgnored(name)).toBe(false);
  const some = ["Nucleus", "Ignore*", "Ignore*: pen"].map((name, i) => ({ id: `c${i}`, name }));
  expect([...withoutIgnored(some)]).toEqual(["", "c0"]);
});
