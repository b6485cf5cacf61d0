import { type RememberedKey, recall, remember } from "../state/scope.ts";
import { createStore, type WritableStore } from "../state/store.ts";

/**
 * A store whose value is kept in this browser.
 * `accepts` tells whether what was found there can still be used; otherwise the initial value is taken.
 */
export function createRemembered<T>(
  key: RememberedKey,
  initial: T,
  accepts: (found: unknown) => found is T,
): WritableStore<T> {
  const store = createStore(recall(key, accepts) ?? initial);
  return {
    ...store,
    set(next) {
      store.set(next);
      remember(key, store.get());
    },
  };
}
