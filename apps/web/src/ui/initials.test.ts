import { expect, test } from "vitest";
import { initialsOf } from "./initials.ts";

test.each([
  ["Ada Lovelace", "AL"],
  ["maria sibylla merian", "MM"],
  ["Ibn", "I"],
  ["  ", "?"],
  ["👩🏽‍🔬 Lab", "👩🏽‍🔬L"],
])("%s → %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
