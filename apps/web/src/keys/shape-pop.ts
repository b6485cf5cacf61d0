import { createStore } from "../state/store.ts";

/** Which shape operation asks for a number: menus, the palette and the panel open it, the panel closes it. */
export const shapePop = createStore<"simplify" | "expand" | null>(null);
