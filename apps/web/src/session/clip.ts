import type { AnnotationSnapshot, Geometry } from "@coscope/annotations";

/** What was copied, in all detail: other tabs and other images of this browser paste from it. */
export interface Clip {
  /** Also in the text on the system's clipboard: says whether that is still this one. */
  readonly id: string;
  /** CSS-free: geometry in px of the image it comes from. */
  readonly items: readonly ClipItem[];
}

export interface ClipItem {
  /** The annotation it is a copy of. */
  readonly from: string;
  readonly geometry: Geometry;
  readonly classId: string | null;
  readonly className: string | null;
  readonly label: string;
  /** With its place in the stack, if it has one. */
  readonly attributes: AnnotationSnapshot["attributes"];
}

const KEY = "coscope.clip";
/** The browser gives a page about five million characters in all. */
const MOST_CHARACTERS = 2_000_000;

let own: Clip | null = null;

/** Keeps it in this tab, and for other tabs where it is not too large. */
export function keepClip(clip: Clip): void {
  own = clip;
  try {
    const text = JSON.stringify(clip);
    if (text.length <= MOST_CHARACTERS) localStorage.setItem(KEY, text);
    else localStorage.removeItem(KEY);
  } catch {
    // No room, or no storage: this tab still has it.
  }
}

/** The newest: another tab's, where one copied since. */
export function recallClip(): Clip | null {
  try {
    const text = localStorage.getItem(KEY);
    const kept = text === null ? null : (JSON.parse(text) as Clip);
    if (kept && typeof kept.id === "string" && Array.isArray(kept.items)) return kept;
  } catch {
    // Unreadable: as if it were not there.
  }
  return own;
}
