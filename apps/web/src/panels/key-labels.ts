import { showChord } from "../keys/chord.ts";
import { keyTable } from "../keys/table.ts";

/** The first key of a binding, for tips and menus; undefined when the table has none. */
export function keysOf(id: string): readonly string[] | undefined {
  const chord = keyTable.find((binding) => binding.id === id)?.keys[0];
  return chord === undefined ? undefined : [showChord(chord)];
}

/** The digit that chooses the class at this place in the list. */
export function digitOfClass(index: number): string | null {
  return index < 9 ? String(index + 1) : null;
}
