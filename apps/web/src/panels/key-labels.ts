import { showChord } from "../keys/chord.ts";
import { currentKeys } from "../keys/own-keys.ts";

/** The first key of a binding, for tips and menus; undefined when the person has none for it. */
export function keysOf(id: string): readonly string[] | undefined {
  const chord = currentKeys.get().find((binding) => binding.id === id)?.keys[0];
  return chord === undefined ? undefined : [showChord(chord)];
}

/** The key that chooses the class at this place in the list: a digit, unless the person has another. */
export function digitOfClass(index: number): string | null {
  return keysOf(`class.${index + 1}`)?.[0] ?? null;
}
