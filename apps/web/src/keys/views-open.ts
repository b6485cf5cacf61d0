import { createStore } from "../state/store.ts";

/** Whether the named views are open: the key and the button both say so. */
export const viewsOpen = createStore(false);
