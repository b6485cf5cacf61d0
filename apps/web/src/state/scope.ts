import type { Store } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Where a piece of state lives, and so who shares it and how long it lasts.
 * - `session`: this tab, until it closes
 * - `browser`: this person on this computer (localStorage)
 * - `presence`: shown to colleagues while the tab is open, never stored
 * - `document`: shared and saved on the server (rows and live documents)
 */
export type Home = "session" | "browser" | "presence" | "document";

export type StateKey = {
  [K in keyof Workspace]: Workspace[K] extends Store<unknown> ? K : never;
}[keyof Workspace];

/** The type asks for a line here with every new store of the workspace. */
export const scope = {
  user: "document",
  image: "document",
  source: "session",
  openState: "session",
  layers: "document",
  classes: "document",
  classCounts: "document",
  colorBy: "browser",
  activeLayerId: "browser",
  activeClassId: "browser",
  tool: "session",
  selection: "session",
  selected: "document",
  style: "browser",
  brushSize: "browser",
  emptyOnly: "browser",
  camera: "presence",
  plane: "presence",
  projecting: "session",
  channels: "presence",
  autoPercent: "browser",
  playback: "browser",
  views: "document",
  presets: "document",
  labels: "browser",
  pointer: "presence",
  people: "presence",
  following: "presence",
  followers: "presence",
  broadcasting: "browser",
  saved: "browser",
  undo: "session",
  hint: "session",
  ruler: "session",
  prompting: "session",
  announcement: "session",
  notices: "session",
  rejected: "browser",
} as const satisfies { readonly [K in StateKey]: Home };

/** State that does not belong to one workspace, kept in the browser too. */
type BrowserOnlyKey =
  | "objectsTable"
  | "closedClasses"
  | "hiddenLayers"
  | "person"
  | "users"
  | "panel"
  | "theme"
  | "keys"
  | "recentCommands"
  | "firstMinute"
  | "prompting"
  | "wandTolerance";

export type RememberedKey =
  | { [K in StateKey]: (typeof scope)[K] extends "browser" ? K : never }[StateKey]
  | BrowserOnlyKey;

/**
 * Reads what was remembered in this browser. `part` names the image or project it belongs to, where it does.
 * Anything unreadable counts as never remembered.
 */
export function recall<T>(key: RememberedKey, accepts: (value: unknown) => value is T, part = ""): T | null {
  try {
    const text = localStorage.getItem(storageKey(key, part));
    const value: unknown = text === null ? null : JSON.parse(text);
    return accepts(value) ? value : null;
  } catch {
    return null;
  }
}

export function remember(key: RememberedKey, value: unknown, part = ""): void {
  try {
    localStorage.setItem(storageKey(key, part), JSON.stringify(value));
  } catch {
    // Storage may be off or full; the page then simply forgets.
  }
}

function storageKey(key: RememberedKey, part: string): string {
  return part ? `coscope.${key}.${part}` : `coscope.${key}`;
}
