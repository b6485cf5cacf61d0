import { useRef, useSyncExternalStore } from "react";
import type { Store } from "../state/store.ts";

/**
 * Binds a store to a component. With a selector the component renders again only when the selected
 * value changes by `Object.is`, so select values or references that the store keeps, never fresh objects.
 */
export function useStore<T>(store: Store<T>): T;
export function useStore<T, S>(store: Store<T>, selector: (value: T) => S): S;
export function useStore<T, S>(store: Store<T>, selector?: (value: T) => S): T | S {
  const latest = useRef(selector);
  latest.current = selector;
  const read = (): T | S => (latest.current ? latest.current(store.get()) : store.get());
  return useSyncExternalStore(store.subscribe, read, read);
}
