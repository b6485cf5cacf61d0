import type { ImageSource } from "@coscope/viewer/source";
import { recall, remember } from "../state/scope.ts";
import { createStore, type Store } from "../state/store.ts";
import type { PlaneState, Playback } from "../state/workspace.ts";

const DEFAULTS = { rate: 5, loop: true };
export const PLAY_RATES: readonly number[] = [1, 2, 5, 10, 20];

export interface PlayerOptions {
  readonly plane: Store<PlaneState>;
  readonly source: Store<ImageSource | null>;
  setPlane(plane: PlaneState): void;
  /** Resolves when the plane can be shown at once. */
  ready(plane: PlaneState): Promise<void>;
  /** Resolves after that many milliseconds, when the signal ends at the latest. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/** Goes through depth or time by itself. A plane that is not there yet is waited for, so nothing is skipped. */
export interface Player {
  readonly store: Store<Playback>;
  play(axis: "z" | "t" | null): void;
  set(change: { readonly rate?: number; readonly loop?: boolean }): void;
}

export function createPlayer(options: PlayerOptions): Player {
  const { plane, source } = options;
  const sleep = options.sleep ?? wait;
  const store = createStore<Playback>({ ...DEFAULTS, ...recall("playback", isPace), axis: null });
  let stop = new AbortController();

  /** The plane after this one, or null at the end of what is not repeated. */
  function following(axis: "z" | "t"): PlaneState | null {
    const now = plane.get();
    const image = source.get();
    const size = axis === "z" ? (image?.sizeZ ?? 1) : (image?.sizeT ?? 1);
    if (now[axis] + 1 < size) return { ...now, [axis]: now[axis] + 1 };
    return store.get().loop && size > 1 ? { ...now, [axis]: 0 } : null;
  }

  async function run(axis: "z" | "t", { signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      const next = following(axis);
      if (!next) return pause();
      const before = plane.get();
      await Promise.all([sleep(1000 / store.get().rate, signal), options.ready(next).catch(() => {})]);
      if (signal.aborted) return;
      // The person went elsewhere meanwhile: it goes on from there.
      if (plane.get() === before) options.setPlane(next);
    }
  }

  function pause(): void {
    stop.abort();
    store.set((now) => (now.axis === null ? now : { ...now, axis: null }));
  }

  return {
    store,
    play(axis) {
      pause();
      if (axis === null) return;
      const now = plane.get();
      // Through the planes of a projection there is nothing to see.
      const shown = axis === "z" && now.projection ? { ...now, projection: null } : now;
      store.set((state) => ({ ...state, axis }));
      stop = new AbortController();
      const image = source.get();
      const last = (axis === "z" ? (image?.sizeZ ?? 1) : (image?.sizeT ?? 1)) - 1;
      if (!store.get().loop && shown[axis] >= last) options.setPlane({ ...shown, [axis]: 0 });
      else if (shown !== now) options.setPlane(shown);
      void run(axis, stop);
    },
    set(change) {
      store.set((state) => ({ ...state, ...change }));
      const { rate, loop } = store.get();
      remember("playback", { rate, loop });
    },
  };
}

function isPace(value: unknown): value is { rate: number; loop: boolean } {
  const pace = value as Partial<Playback> | null;
  return typeof pace?.rate === "number" && PLAY_RATES.includes(pace.rate) && typeof pace.loop === "boolean";
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
