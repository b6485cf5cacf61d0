import { createRemembered } from "../ui/remembered.ts";

const MOST = 6;

/** Ids of what was chosen in the palette, last first. */
export const recent = createRemembered<readonly string[]>(
  "recentCommands",
  [],
  (found): found is readonly string[] => Array.isArray(found) && found.every((id) => typeof id === "string"),
);

export function noteUsed(id: string): void {
  recent.set((before) => [id, ...before.filter((other) => other !== id)].slice(0, MOST));
}
