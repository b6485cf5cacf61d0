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

test("digits are digits where they need Shift, as on French keyboards; with Alt they go by their place", () => {
  const french = { code: "Digit1", shiftKey: true };
  expect(chordOf(press("1", french))).toBe("1");
  expect(bindingFor(chordOf(press("1", french)), "canvas")?.id).toBe("class.1");
  expect(chordOf(press("0", { code: "Digit0", shiftKey: true }))).toBe("0");
  expect(chordOf(press("&", { code: "Digit1", altKey: true }))).toBe("Alt+1");
  expect(chordOf(press("1", { ...french, altKey: true }))).toBe("Alt+Shift+1");
  expect(chordOf(press("!", french))).toBe("!");
});

test("brackets are brackets where they need Option or AltGr, and no channel", () => {
  const german = { code: "Digit5", altKey: true };
  expect(chordOf(press("[", german))).toBe("[");
  expect(chordOf(press("[", { ...german, metaKey: true }))).toBe("Mod+[");
  expect(chordOf(press("[", { code: "Digit8", altKey: true, ctrlKey: true }))).toBe("[");
  expect(chordOf(press("}", { code: "Digit9", altKey: true, metaKey: true }))).toBe("Mod+}");
  // Without Command nothing needs the brace there: the channel has the key.
  expect(chordOf(press("}", { code: "Digit9", altKey: true }))).toBe("Alt+9");
  expect(chordOf(press("œ", { code: "KeyQ", altKey: true }))).toBe("Alt+Q");
  expect(chordOf(press("q", { code: "KeyA", altKey: true }))).toBe("Alt+Q");
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
