import { describe, expect, test } from "vitest";
import type { ClassAttribute, ClassRow } from "../state/rows.ts";
import { draftOf, parseDrafts } from "./attribute-draft.ts";
import { attributesOf, fits, formOf } from "./attribute-values.ts";

const grade: ClassAttribute = { name: "Grade", type: "select", options: ["low", "high"], default: "low" };
const index: ClassAttribute = { name: "Ki-67", type: "number", unit: "%", min: 0, max: 100 };
const edge: ClassAttribute = { name: "Edge", type: "checkbox", default: true };
const classRow = (id: string, name: string, attributes: readonly ClassAttribute[]) =>
  ({ id, name, attributes }) as ClassRow;
const classes = [
  classRow("p", "Tumour: Positive", [index]),
  classRow("t", "Tumour", [grade, edge]),
  classRow("s", "Stroma", []),
];

test("a derived class asks what its base asks, and more", () => {
  expect(attributesOf(classes, "p").map(({ name }) => name)).toEqual(["Grade", "Edge", "Ki-67"]);
  expect(attributesOf(classes, "s")).toEqual([]);
  expect(attributesOf(classes, null)).toEqual([]);
});

test.each<[ClassAttribute, unknown, boolean]>([
  [grade, "high", true],
  [grade, "middle", false],
  [index, 100, true],
  [index, 100.5, false],
  [index, "7", false],
  [edge, false, true],
  [edge, "yes", false],
  [{ name: "Note", type: "text" }, "", true],
])("%o takes %s: %s", (attribute, value, expected) => {
  expect(fits(attribute, value as never)).toBe(expected);
});

describe("the form of a selection", () => {
  test("same values, different ones, none, and what nobody asked for", () => {
    const form = formOf(
      [
        { id: "a", classId: "p", attributes: { Grade: "low", "Ki-67": 3, old: 1 } },
        { id: "b", classId: "t", attributes: { Grade: "low", Edge: true, "Ki-67": 9 } },
        { id: "c", classId: "s", attributes: { old: 1 } },
      ],
      classes,
    );
    expect(form.fields.map(({ attribute, ids, value }) => [attribute.name, ids, value])).toEqual([
      ["Grade", ["a", "b"], "low"],
      ["Edge", ["a", "b"], undefined],
      ["Ki-67", ["a"], 3],
    ]);
    expect(form.strays).toEqual([
      { name: "old", ids: ["a", "c"], value: 1 },
      { name: "Ki-67", ids: ["b"], value: 9 },
    ]);
  });

  test("a value of another kind is shown apart, and the line is empty", () => {
    const form = formOf([{ id: "a", classId: "p", attributes: { "Ki-67": "many" } }], classes);
    expect(form.fields.find(({ attribute }) => attribute.name === "Ki-67")?.value).toBeNull();
    expect(form.strays).toEqual([{ name: "Ki-67", ids: ["a"], value: "many" }]);
  });
});

describe("attributes as they are typed", () => {
  test("come back as they were", () => {
    const all = [grade, index, edge, { name: "Note", type: "text" } as const];
    expect(parseDrafts(all.map(draftOf))).toEqual({ attributes: all });
  });
  test.each([
    ["no name", [{ ...draftOf(), name: " " }], /needs a name/],
    ["a name twice", [draftOf(edge), draftOf(edge)], /twice/],
    ["a slash", [{ ...draftOf(), name: "a/b" }], /cannot be a name/],
    ["no choices", [{ ...draftOf(), name: "a", type: "select" as const }], /needs choices/],
    ["a proposal that is no choice", [{ ...draftOf(grade), proposed: "x" }], /not among/],
    ["a word for a number", [{ ...draftOf(index), min: "few" }], /not a number/],
    ["limits the wrong way round", [{ ...draftOf(index), min: "200" }], /above the most/],
    ["a proposal outside of them", [{ ...draftOf(index), proposed: "101" }], /outside/],
  ])("%s is said", (_what, drafts, expected) => {
    expect(parseDrafts(drafts)).toEqual({ wrong: expect.stringMatching(expected) });
  });
});
