import type { Workspace } from "../state/workspace.ts";
import { commandEntry, type Entry } from "./entries.ts";

/** What the menu of the canvas offers, group by group, for what is selected. */
const FOR_SELECTION: readonly (readonly string[])[] = [
  ["clipboard.cut", "clipboard.copy", "clipboard.paste", "edit.duplicate"],
  [
    "shape.union",
    "shape.subtract",
    "shape.intersect",
    "shape.split",
    "shape.fill-holes",
    "shape.simplify",
    "shape.smooth",
  ],
  ["plane.copy-next-z", "plane.copy-previous-z", "plane.copy-next-t", "plane.copy-previous-t"],
  ["plane.interpolate", "plane.all-z", "plane.one-z", "plane.all-t", "plane.one-t"],
  ["order.front", "order.back", "lock.on", "lock.off"],
  ["edit.remove"],
];

const FOR_NOTHING: readonly (readonly string[])[] = [
  ["clipboard.paste", "edit.select-all"],
  ["edit.undo", "edit.redo", "tool.repeat"],
  ["view.home", "view.hide", "view.fill"],
  ["help.palette", "help.keys"],
];

/** Only what can be done now: the palette has the rest, with the reasons. */
export function menuGroups(workspace: Workspace): Entry[][] {
  const groups = workspace.selection.get().size > 0 ? FOR_SELECTION : FOR_NOTHING;
  return groups
    .map((ids) => ids.map((id) => commandEntry(workspace, id)).filter(({ why }) => why === null))
    .filter((entries) => entries.length > 0);
}

/** What the menu is for, in words. */
export function menuTitle(workspace: Workspace): string {
  const selected = workspace.selected.get();
  if (selected.length === 0) return "Image";
  if (selected.length > 1) return `${selected.length} annotations`;
  const [{ label, classId }] = selected as [(typeof selected)[0]];
  const row = workspace.classes.get().find(({ id }) => id === classId);
  return label || row?.name || "Unclassified";
}
