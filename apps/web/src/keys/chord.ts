/**
 * A chord is written `Mod+Shift+Z`: any of Mod (Ctrl, or Command on a Mac), Alt, Shift, then one key as
 * `KeyboardEvent.key` names it (letters upper case, `Space` for the blank). Shift is left out for characters
 * that need it to be typed at all, such as `?` and `+`, because that differs between keyboards.
 */
export type Chord = string;

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export function chordOf(event: KeyPress): Chord {
  // Alt changes what a digit key types on a Mac: take the key's place there.
  const digit = event.altKey ? /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] : undefined;
  let key = digit ?? event.key;
  if (key === " ") key = "Space";
  if (key.length === 1) key = key.toUpperCase();
  const shiftMatters = key.length > 1 || /[A-Z0-9]/.test(key);
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Mod");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && shiftMatters) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

const NAMES: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  PageUp: "Page up",
  PageDown: "Page down",
};

/** A chord for people: `Ctrl+Shift+Z`, or `⇧⌘Z` on a Mac. */
export function showChord(chord: Chord, mac = isMac()): string {
  // The plus key itself ends in an empty part.
  const parts = chord.endsWith("++")
    ? [...chord.slice(0, -2).split("+"), "+"]
    : chord === "+"
      ? ["+"]
      : chord.split("+");
  const key = parts.at(-1)!;
  const modifiers = parts.slice(0, -1);
  const name = NAMES[key] ?? key;
  if (!mac) return [...modifiers.map((m) => (m === "Mod" ? "Ctrl" : m)), name].join("+");
  const signs = { Alt: "⌥", Shift: "⇧", Mod: "⌘" } as const;
  const order = ["Alt", "Shift", "Mod"] as const;
  return order.map((m) => (modifiers.includes(m) ? signs[m] : "")).join("") + name;
}

function isMac(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
}
