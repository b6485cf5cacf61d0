import { recall, remember } from "../state/scope.ts";
import { createStore, type Store } from "../state/store.ts";
import type { Chord } from "./chord.ts";
import { type KeyBinding, keyTable, meets } from "./table.ts";

/** Keys that a person chose in place of the table's, by id of the binding; an empty list is no key at all. */
export type OwnKeys = { readonly [id: string]: readonly Chord[] };

const NONE: OwnKeys = {};

/** What a key of the browser would do instead, or why a key is needed for something else. */
const RESERVED: { readonly [chord: Chord]: string } = {
  Tab: "Tab moves between the controls.",
  "Shift+Tab": "Tab moves between the controls.",
  Escape: "Esc ends what is going on.",
  Enter: "Enter presses what has the focus.",
  Space: "Space moves the image.",
  "Mod+W": "The browser closes the tab with it.",
  "Mod+T": "The browser opens a tab with it.",
  "Mod+N": "The browser opens a window with it.",
  "Mod+Q": "It ends the browser.",
  "Mod+R": "The browser loads the page again with it.",
  "Mod+L": "The browser goes to its address with it.",
  F5: "The browser loads the page again with it.",
  F11: "The browser fills the screen with it.",
  F12: "The browser opens its tools with it.",
};

/** What these do depends on where one is: other keys would not do it. */
const FIXED = /^(?:view\.hand|prompt\.tab|edit\.escape|draw\.enter|view\.arrow-.*|edit\.nudge-.*)$/;

export const isFixed = (id: string): boolean => FIXED.test(id);

/** Why this cannot be somebody's key; null where it can. */
export const whyNotKey = (chord: Chord): string | null => RESERVED[chord] ?? null;

export function withOwnKeys(table: readonly KeyBinding[], own: OwnKeys): readonly KeyBinding[] {
  return table.map((binding) => {
    const keys = own[binding.id];
    return keys ? { ...binding, keys } : binding;
  });
}

/** What else the key does where `id` is heard too; null where it is free. */
export function takenBy(table: readonly KeyBinding[], id: string, chord: Chord): KeyBinding | null {
  const binding = table.find((row) => row.id === id);
  if (!binding) return null;
  return (
    table.find(
      (other) => other.id !== id && other.keys.includes(chord) && meets(other.scope, binding.scope),
    ) ?? null
  );
}

/**
 * @param table as it is now
 * @param how "swap": who had the key gets the former one; "take": is left without it
 */
export function rebound(
  table: readonly KeyBinding[],
  own: OwnKeys,
  id: string,
  chord: Chord,
  how: "swap" | "take",
): OwnKeys {
  const before = table.find((row) => row.id === id)?.keys ?? [];
  let next: OwnKeys = { ...own, [id]: [chord] };
  for (let other = takenBy(table, id, chord); other; other = null) {
    const rest = other.keys.filter((key) => key !== chord);
    const [former] = before;
    const swapped = how === "swap" && former !== undefined && !isFixed(other.id);
    next = { ...next, [other.id]: swapped ? [former, ...rest] : rest };
  }
  return next;
}

/** The table's own key again; it is not taken from who has it now. */
export function without(own: OwnKeys, id: string): OwnKeys {
  const { [id]: _, ...rest } = own;
  return rest;
}

let person = "";
const own = createStore<OwnKeys>(NONE);
const table = createStore<readonly KeyBinding[]>(keyTable);

/** The person's own keys, on this computer. */
export const ownKeys: Store<OwnKeys> = own;

/** The table with the person's own keys in it: what is heard, shown in tips, menus and the help. */
export const currentKeys: Store<readonly KeyBinding[]> = table;

export function setOwnKeys(next: OwnKeys): void {
  own.set(next);
  table.set(withOwnKeys(keyTable, next));
  remember("keys", next, person);
}

/** From now on the keys of this person. */
export function keysOfPerson(userId: string): void {
  if (userId === person) return;
  person = userId;
  const found = recall("keys", isOwnKeys, userId) ?? NONE;
  own.set(found);
  table.set(withOwnKeys(keyTable, found));
}

function isOwnKeys(value: unknown): value is OwnKeys {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every(
      (keys: unknown) =>
        Array.isArray(keys) && keys.every((key) => typeof key === "string" && key.length < 40),
    )
  );
}
