import { useMemo } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { Column } from "./columns.ts";
import type { TableController } from "./table-controller.ts";
import { tableState } from "./table-state.ts";

export function isShown(column: Column, shown: Readonly<Record<string, boolean>>): boolean {
  return shown[column.id] ?? column.shown;
}

/** The columns that are on screen. */
export function useShownColumns({ model }: TableController): readonly Column[] {
  const columns = useStore(model.columns);
  const shown = useStore(tableState, (state) => state.shown);
  return useMemo(() => columns.filter((column) => isShown(column, shown)), [columns, shown]);
}
