import { createStore } from "../state/store.ts";

/** Whether the table of keys is on screen. `?` opens it; the dialog itself belongs to the panels. */
export const helpOpen = createStore(false);
