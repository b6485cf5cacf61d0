import { expect, test } from "vitest";
import { isFixed, rebound, takenBy, whyNotKey, withOwnKeys, without } from "./own-keys.ts";
import { type KeyBinding, type KeyScope, keyConflicts } from "./table.ts";

const row = (id: string, keys: string[], scope: KeyScope = "global"): KeyBinding => ({
  id,
  keys,
  scope,
  label: id,
  group: "Tools",
  run: () => {},
});

const table = [
  row("point", ["."]),
  row("polygon", ["P"]),
  row("select", ["V", "M"]),
  row("row-up", ["P"], "dialog"),
];
const keysOf = (own: ReturnType<typeof rebound>) =>
  Object.fromEntries(withOwnKeys(table, own).map(({ id, keys }) => [id, keys]));

test("a free key is taken as it is", () => {
  expect(takenBy(table, "point", "K")).toBeNull();
  expect(keysOf(rebound(table, {}, "point", "K", "take"))).toMatchObject({ point: ["K"], polygon: ["P"] });
});

test("a key that does something else is said, swapped or taken", () => {
  expect(takenBy(table, "point", "P")?.id).toBe("polygon");
  expect(keysOf(rebound(table, {}, "point", "P", "swap"))).toMatchObject({ point: ["P"], polygon: ["."] });
  expect(keysOf(rebound(table, {}, "point", "P", "take"))).toMatchObject({ point: ["P"], polygon: [] });
  // Who has several keeps the others.
  expect(keysOf(rebound(table, {}, "point", "M", "take"))).toMatchObject({ point: ["M"], select: ["V"] });
  for (const how of ["swap", "take"] as const)
    expect(keyConflicts(withOwnKeys(table, rebound(table, {}, "select", "P", how)))).toEqual([]);
});

test("keys heard elsewhere do not meet", () => {
  expect(takenBy(table, "row-up", "V")).toBeNull();
});

test("one binding goes back to the table's key", () => {
  const own = rebound(table, {}, "point", "P", "swap");
  expect(without(own, "point")).toEqual({ polygon: ["."] });
});

test("keys that the browser or the page needs are refused with the reason", () => {
  expect(whyNotKey("Mod+W")).toMatch(/closes the tab/);
  expect(whyNotKey("Escape")).toMatch(/ends/);
  expect(whyNotKey("K")).toBeNull();
  expect(isFixed("view.hand")).toBe(true);
  expect(isFixed("tool.polygon")).toBe(false);
});
