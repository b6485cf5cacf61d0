import { createStore } from "../state/store.ts";

/** Whether the command palette is open. */
export const paletteOpen = createStore(false);

/** Where the menu of the canvas was asked for: CSS px of the window, or by a key; null while it is closed. */
export const canvasMenuAt = createStore<{ readonly x: number; readonly y: number } | "selection" | null>(
  null,
);
