import type { Outbox } from "@coscope/annotations/outbox";
import { createStore, type Store } from "../state/store.ts";
import type { SavedState } from "../state/workspace.ts";

/** A page that just opened is not offline yet. */
const CONNECTING_MS = 2_000;

/** The four states of a person's own work. */
export function createSavedState(
  outbox: () => Outbox | null,
  connected: Store<boolean>,
): { store: Store<SavedState>; refresh(): void; destroy(): void } {
  const store = createStore<SavedState>({ kind: "saved" });
  let connecting = true;

  function refresh(): void {
    const next = stateOf();
    if (JSON.stringify(next) !== JSON.stringify(store.get())) store.set(next);
  }

  function stateOf(): SavedState {
    const rejected = outbox()?.rejected() ?? [];
    const queued = outbox()?.pending().length ?? 0;
    if (rejected.length > 0) {
      return { kind: "rejected", count: rejected.length, reason: rejected.at(-1)?.rejected?.reason ?? "" };
    }
    if (!connected.get() && !connecting) return { kind: "offline", queued };
    return queued > 0 ? { kind: "sending", queued } : { kind: "saved" };
  }

  const timer = setTimeout(() => {
    connecting = false;
    refresh();
  }, CONNECTING_MS);
  const stop = connected.subscribe(() => {
    if (connected.get()) {
      connecting = false;
      clearTimeout(timer);
    }
    refresh();
  });
  return {
    store,
    refresh,
    destroy() {
      clearTimeout(timer);
      stop();
    },
  };
}
