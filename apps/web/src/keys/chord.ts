/**
 * A chord is written `Mod+Shift+Z`: any of Mod (Ctrl, or Command on a Mac), Alt, Shift, then one key as
 * `KeyboardEvent.key` names it (letters upper case, `Space` for the blank). Left out is what a keyboard needs to type
 * the character at all, because that differs between keyboards: Shift for `?`, `+` and (on French ones) digits, Alt
 * for brackets.
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
  const bracket = isBracketByAlt(event);
  const alt = event.altKey && !bracket;
  // Where AltGr is reported as Ctrl and Alt, both belong to the bracket.
  const mod = event.metaKey || (event.ctrlKey && !bracket);
  let key = (alt && placeOf(event)) || event.key;
  if (key === " ") key = "Space";
  if (key.length === 1) key = key.toUpperCase();
  const shiftMatters = key.length > 1 || /[A-Z]/.test(key) || (alt && /[0-9]/.test(key));
  const parts: string[] = [];
  if (mod) parts.push("Mod");
  if (alt) parts.push("Alt");
  if (event.shiftKey && shiftMatters) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

/** Alt changes what a key types on a Mac (`¡` for 1, `œ` for Q): what it would be without. */
function placeOf({ key, code }: KeyPress): string | undefined {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  return digit ?? (/^[a-z]$/i.test(key) ? undefined : /^Key([A-Z])$/.exec(code)?.[1]);
}

/** Many keyboards type `[` and `]` with Option or AltGr, German ones on 5 and 6; braces matter with Ctrl or Command. */
function isBracketByAlt({ key, altKey, ctrlKey, metaKey }: KeyPress): boolean {
  return altKey && (ctrlKey || metaKey ? /^[[\]{}]$/ : /^[[\]]$/).test(key);
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
