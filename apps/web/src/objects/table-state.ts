import { createStore } from "../state/store.ts";
import { createRemembered } from "../ui/remembered.ts";
import type { Sorting } from "./filter.ts";

/** How the table of objects is set, for all images. */
export interface TableState {
  readonly open: boolean;
  /** CSS px */
  readonly height: number;
  /** Columns that the person showed or hid, by their ids; the others are as they come. */
  readonly shown: Readonly<Record<string, boolean>>;
  readonly sorting: Sorting | null;
}

export const LEAST_HEIGHT = 140;
export const MOST_HEIGHT = 900;

function isTableState(found: unknown): found is TableState {
  const { open, height, shown, sorting } = (found ?? {}) as Partial<TableState>;
  return (
    typeof open === "boolean" &&
    typeof height === "number" &&
    height >= LEAST_HEIGHT &&
    height <= MOST_HEIGHT &&
    typeof shown === "object" &&
    shown !== null &&
    (sorting === null || typeof sorting?.column === "string")
  );
}

export const tableState = createRemembered<TableState>(
  "objectsTable",
  { open: false, height: 280, shown: {}, sorting: null },
  isTableState,
);

export function toggleTable(): void {
  tableState.set((state) => ({ ...state, open: !state.open }));
}

/** What the table is asked to scroll to. Only a person's own press asks: a selection alone never does. */
export const reveal = createStore<{ readonly id: string } | null>(null);

export function showInTable(id: string): void {
  tableState.set((state) => (state.open ? state : { ...state, open: true }));
  reveal.set({ id });
}
