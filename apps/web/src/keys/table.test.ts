import { expect, test } from "vitest";
import { chordOf, type KeyPress, showChord } from "./chord.ts";
import { bindingFor } from "./install.ts";
import { type KeyBinding, keyConflicts, keyTable } from "./table.ts";

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

test("no key means two things at once", () => {
  expect(keyConflicts(keyTable)).toEqual([]);
  expect(new Set(keyTable.map(({ id }) => id)).size).toBe(keyTable.length);
});

test("the conflict test finds conflicts", () => {
  const one: KeyBinding = { ...keyTable[0]!, id: "one", keys: ["X"], scope: "global" };
  expect(keyConflicts([one, { ...one, id: "two", scope: "canvas" }])).toEqual(["X: one and two"]);
  expect(keyConflicts([one, { ...one, id: "two", scope: "dialog" }])).toEqual([]);
});

test("a press is named the same on all keyboards", () => {
  expect(chordOf(press("z", { ctrlKey: true }))).toBe("Mod+Z");
  expect(chordOf(press("Z", { metaKey: true, shiftKey: true }))).toBe("Mod+Shift+Z");
  expect(chordOf(press("?", { shiftKey: true }))).toBe("?");
  expect(chordOf(press("+", { shiftKey: true }))).toBe("+");
  expect(chordOf(press("¡", { altKey: true, code: "Digit1" }))).toBe("Alt+1");
  expect(chordOf(press(" "))).toBe("Space");
});

test("keys are ignored while somebody types or answers a dialog", () => {
  expect(bindingFor("P", "typing")).toBeNull();
  expect(bindingFor("Mod+Z", "typing")).toBeNull();
  expect(bindingFor("Delete", "dialog")).toBeNull();
});

test("a panel keeps the keys its controls need", () => {
  expect(bindingFor("ArrowLeft", "panel")).toBeNull();
  expect(bindingFor("Home", "panel")).toBeNull();
  expect(bindingFor("Home", "canvas")?.id).toBe("view.home");
  expect(bindingFor("P", "panel")?.id).toBe("tool.polygon");
  expect(bindingFor("Mod+Z", "panel")?.id).toBe("edit.undo");
});

test("chords are shown in the words of the machine", () => {
  expect(showChord("Mod+Shift+Z", false)).toBe("Ctrl+Shift+Z");
  expect(showChord("Mod+Shift+Z", true)).toBe("⇧⌘Z");
  expect(showChord("+", false)).toBe("+");
  expect(showChord("Shift+ArrowLeft", false)).toBe("Shift+←");
});
