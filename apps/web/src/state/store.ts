/** A value that can be read and watched. Framework-free: React binds through `hooks/use-store.ts`. */
export interface Store<T> {
  get(): T;
  /** Calls back after every change; returns the unsubscribe function. */
  subscribe(callback: () => void): () => void;
}

export interface WritableStore<T> extends Store<T> {
  /** Sets a value, or computes it from the current one. Setting an identical value tells nobody. */
  set(next: T | ((current: T) => T)): void;
}

export function createStore<T>(initial: T): WritableStore<T> {
  let value = initial;
  const callbacks = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const changed = typeof next === "function" ? (next as (current: T) => T)(value) : next;
      if (Object.is(changed, value)) return;
      value = changed;
      // A copy: a callback may subscribe or unsubscribe others.
      for (const callback of [...callbacks]) callback();
    },
    subscribe(callback) {
      callbacks.add(callback);
      return () => {
        callbacks.delete(callback);
      };
    },
  };
}
