import { createStore, type WritableStore } from "../state/store.ts";

/**
 * A store that keeps its value on this computer, in localStorage under `coscope.<key>`, as JSON.
 * `check` tells whether what was found there can still be used; otherwise the initial value is taken.
 * Where storage is refused (private windows) the value lives as long as the page.
 */
export function createRemembered<T>(
  key: string,
  initial: T,
  check: (found: unknown) => found is T,
): WritableStore<T> {
  const name = `coscope.${key}`;
  const store = createStore(read(name, initial, check));
  return {
    ...store,
    set(next) {
      store.set(next);
      try {
        localStorage.setItem(name, JSON.stringify(store.get()));
      } catch {
        // Full or refused: not worth a word to the person.
      }
    },
  };
}

function read<T>(name: string, initial: T, check: (found: unknown) => found is T): T {
  try {
    const text = localStorage.getItem(name);
    if (text === null) return initial;
    const found: unknown = JSON.parse(text);
    return check(found) ? found : initial;
  } catch {
    return initial;
  }
}
