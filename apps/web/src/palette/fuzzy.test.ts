import { expect, test } from "vitest";
import { fuzzyScore, ranked } from "./fuzzy.ts";

const names = [
  "Select all",
  "Split areas",
  "Smooth",
  "Simplify…",
  "Class: Nucleus",
  "Channel: DAPI",
  "Zöllner cell",
];
const find = (typed: string) => ranked(names, typed, (name) => name);

test("starts come before middles, middles before letters in order", () => {
  expect(find("s")[0]).toBe("Smooth");
  expect(find("nuc")).toEqual(["Class: Nucleus"]);
  expect(find("dapi")).toEqual(["Channel: DAPI"]);
  expect(find("spl")[0]).toBe("Split areas");
  expect(find("spl")).toContain("Simplify…");
  expect(find("cn")).toEqual(["Class: Nucleus", "Channel: DAPI"]);
});

test("every word typed counts, in any order; accents and case do not", () => {
  expect(find("nuc class")).toEqual(["Class: Nucleus"]);
  expect(find("ZOLL")).toEqual(["Zöllner cell"]);
  expect(find("class dapi")).toEqual([]);
});

test("nothing typed finds all, in order; a bonus decides between equals", () => {
  expect(fuzzyScore("", "abc")).not.toBeNull();
  expect(
    ranked(
      ["ab", "ac"],
      "a",
      (name) => name,
      (name) => (name === "ac" ? 1 : 0),
    ),
  ).toEqual(["ac", "ab"]);
});
