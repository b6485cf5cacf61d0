import { createStore } from "../state/store.ts";

/** Grows when there may be images that the list does not show yet. */
export const imagesChanged = createStore(0);
