import { createStore, type Store } from "../state/store.ts";
import type { SavedState } from "../state/workspace.ts";

/** "Saving" that was shown stays at least this long: a blink says nothing. */
const LEAST_SHOWN_MS = 700;

/**
 * The saved-state as it is shown. "Saved" is a promise, so whatever is not saved yet shows at once; only the way back
 * to it waits, so that a stream of edits does not flicker.
 */
export interface SteadySaved {
  readonly shown: Store<SavedState>;
  /** Starts to follow; the returned function stops. */
  follow(): () => void;
}

export function createSteadySaved(saved: Store<SavedState>): SteadySaved {
  const shown = createStore<SavedState>(saved.get());
  let waiting: { kind: SavedState["kind"]; timer: ReturnType<typeof setTimeout> } | null = null;
  let shownSince = Number.NEGATIVE_INFINITY;

  function show(): void {
    forget();
    shown.set(saved.get());
    shownSince = performance.now();
  }

  function forget(): void {
    if (waiting) clearTimeout(waiting.timer);
    waiting = null;
  }

  function update(): void {
    const { kind } = saved.get();
    const before = shown.get().kind;
    if (kind === before) {
      forget();
      shown.set(saved.get());
      return;
    }
    // More of the same while waiting must not start the wait anew.
    if (waiting?.kind === kind) return;
    forget();
    const rest = before === "sending" ? restOfShown(kind) : 0;
    if (rest <= 0) show();
    else waiting = { kind, timer: setTimeout(show, rest) };
  }

  function restOfShown(kind: SavedState["kind"]): number {
    return kind === "saved" ? shownSince + LEAST_SHOWN_MS - performance.now() : 0;
  }

  return {
    shown,
    follow() {
      update();
      const stop = saved.subscribe(update);
      return () => {
        stop();
        forget();
      };
    },
  };
}
