import { createStore, type Store } from "./store.ts";

/**
 * Where the page is. Everything lives in the fragment, `#image=<id>&…`, so that any static host can serve the
 * page and neither a join key nor what somebody looks at reaches a server's log. `session/link.ts` adds the view.
 */
export interface Route {
  /** null: the list of images */
  readonly imageId: string | null;
}

export function parseRoute(hash: string): Route {
  return { imageId: new URLSearchParams(hash.replace(/^#/, "")).get("image") };
}

/** For `href`s. */
export function hrefOfImage(imageId: string): string {
  return `#image=${encodeURIComponent(imageId)}`;
}

export const hrefOfImageList = "#";

/** The current route. Links change it by themselves; `history.replaceState` (the quiet view update) does not. */
export function createRouteStore(): Store<Route> {
  const store = createStore(parseRoute(location.hash));
  addEventListener("hashchange", () => {
    const next = parseRoute(location.hash);
    if (next.imageId !== store.get().imageId) store.set(next);
  });
  return store;
}
