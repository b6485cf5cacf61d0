import { createStore, type Store } from "../state/store.ts";

/** `gone`: the server answers, but not with this: it was updated since the page was loaded. */
export type PartState<T> =
  | { readonly kind: "waiting" }
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly gone: boolean };

/** Code of the page that loads when it is needed. */
export interface Part<T> {
  readonly state: Store<PartState<T>>;
  /** Loads it unless it is there. Once nobody wants it any more, a failure is forgotten: who comes next tries anew. */
  want(): () => void;
  /** Loads it again after a failure, which stays to be seen until then. */
  again(): void;
}

/** `answers`: whether the server does; asked after a failure. */
export function createPart<T>(load: () => Promise<T>, answers: () => Promise<boolean>): Part<T> {
  const state = createStore<PartState<T>>({ kind: "waiting" });
  let wanted = 0;
  let loading = false;

  async function failure(): Promise<PartState<T>> {
    if (!(await answers())) return { kind: "failed", gone: false };
    // It may have come back between the two.
    return load().then(
      (value) => ({ kind: "ready", value }),
      () => ({ kind: "failed", gone: true }),
    );
  }

  async function attempt(): Promise<void> {
    loading = true;
    const next = await load().then((value): PartState<T> => ({ kind: "ready", value }), failure);
    loading = false;
    state.set(next.kind === "failed" && wanted === 0 ? { kind: "waiting" } : next);
  }

  function again(): void {
    if (!loading && state.get().kind !== "ready") void attempt();
  }

  return {
    state,
    want() {
      wanted++;
      again();
      return () => {
        wanted--;
        if (wanted === 0 && state.get().kind === "failed") state.set({ kind: "waiting" });
      };
    },
    again,
  };
}

const PATIENCE_MS = 4_000;

export async function serverAnswers(): Promise<boolean> {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}
