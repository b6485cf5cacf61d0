import type { Outbox } from "@coscope/annotations/outbox";
import { createStore, type Store } from "../state/store.ts";
import type { SavedState, WorkState } from "../state/workspace.ts";

/** A page that just opened is not offline yet. */
const CONNECTING_MS = 2_000;

export interface SavedStateOptions {
  /** null until it has been read from disk. */
  outbox(): Outbox | null;
  readonly connected: Store<boolean>;
  /** False while the browser has no network. */
  readonly network: Store<boolean>;
  /** The server no longer knows this person. */
  readonly signedOut: Store<boolean>;
  /** Changes of the same person that are not this tab's to send. */
  readonly others: Store<OtherWork>;
}

/** How many changes other tabs, also closed ones, have not sent: of this image, and of other images. */
export interface OtherWork {
  readonly here: number;
  readonly elsewhere: number;
}

/** The state of a person's own work. */
export function createSavedState(options: SavedStateOptions): {
  store: Store<SavedState>;
  refresh(): void;
  destroy(): void;
} {
  const { outbox, connected, network, signedOut, others } = options;
  const store = createStore<SavedState>({ kind: "saved" });
  let connecting = true;

  function refresh(): void {
    const next = stateOf();
    if (JSON.stringify(next) !== JSON.stringify(store.get())) store.set(next);
  }

  function stateOf(): SavedState {
    const rejected = outbox()?.rejected() ?? [];
    const rest = workState();
    if (rejected.length === 0) return rest;
    return {
      kind: "rejected",
      count: rejected.length,
      reason: rejected.at(-1)?.rejected?.reason ?? "",
      rest,
    };
  }

  function workState(): WorkState {
    const queued = outbox()?.pending().length ?? 0;
    if (signedOut.get()) return { kind: "offline", why: "signed-out", queued };
    if (!network.get()) return { kind: "offline", why: "network", queued };
    if (!connected.get() && !connecting) return { kind: "offline", why: "server", queued };
    if (queued > 0) return { kind: "sending", queued };
    const { here, elsewhere } = others.get();
    return here + elsewhere > 0 ? { kind: "waiting", here, elsewhere } : { kind: "saved" };
  }

  const timer = setTimeout(() => {
    connecting = false;
    refresh();
  }, CONNECTING_MS);
  const stops = [
    connected.subscribe(() => {
      if (connected.get()) {
        connecting = false;
        clearTimeout(timer);
      }
      refresh();
    }),
    ...[network, signedOut, others].map((one) => one.subscribe(refresh)),
  ];
  return {
    store,
    refresh,
    destroy() {
      clearTimeout(timer);
      for (const stop of stops) stop();
    },
  };
}
