import { showChord } from "../keys/chord.ts";
import type { KeyBinding, KeyGroup } from "../keys/table.ts";

export interface HelpRow {
  readonly id: string;
  readonly label: string;
  readonly keys: readonly string[];
}

/** Bindings that differ only in a digit or a direction share a row. */
const FAMILIES: readonly { prefix: string; label: string; keys: (shown: readonly string[]) => string[] }[] = [
  { prefix: "class.", label: "Class by its number", keys: range },
  { prefix: "channel.", label: "Channel on or off", keys: range },
  { prefix: "solo.", label: "Only this channel", keys: range },
  { prefix: "plane.z-", label: "Another depth", keys: (shown) => [...shown] },
  { prefix: "plane.t-", label: "Another time", keys: (shown) => [...shown] },
  { prefix: "view.turn-", label: "Turn by 15°, by 90°", keys: (shown) => [...shown] },
  { prefix: "view.arrow-", label: "Move the image", keys: (shown) => [...shown] },
  { prefix: "edit.nudge-", label: "Move the selection", keys: (shown) => [...shown] },
];

/** The key table as the help shows it: by group, families in one row each. */
export function helpGroups(table: readonly KeyBinding[]): { group: KeyGroup; rows: HelpRow[] }[] {
  const groups = new Map<KeyGroup, HelpRow[]>();
  const seen = new Set<string>();
  for (const binding of table) {
    const rows = groups.get(binding.group) ?? [];
    groups.set(binding.group, rows);
    const family = FAMILIES.find(({ prefix }) => binding.id.startsWith(prefix));
    if (!family) {
      rows.push({
        id: binding.id,
        label: binding.label,
        keys: unique(binding.keys.map((key) => showChord(key))),
      });
    } else if (!seen.has(family.prefix)) {
      seen.add(family.prefix);
      const members = table.filter(({ id }) => id.startsWith(family.prefix));
      const shown = members.flatMap(({ keys: [first] }) => (first === undefined ? [] : [showChord(first)]));
      rows.push({ id: family.prefix, label: family.label, keys: family.keys(shown) });
    }
  }
  return [...groups].map(([group, rows]) => ({ group, rows }));
}

function range(shown: readonly string[]): string[] {
  const [first, ...rest] = shown;
  return first === undefined ? [] : rest.length === 0 ? [first] : [`${first} – ${rest.at(-1)!.slice(-1)}`];
}

function unique(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
