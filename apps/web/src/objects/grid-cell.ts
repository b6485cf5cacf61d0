import type { Column } from "./columns.ts";

/** What every cell of a column has, in the head and in the rows. `index`: place of the column, 0 first. */
export function gridCell(column: Column, index: number) {
  return {
    className: "grid-cell",
    "data-kind": column.kind,
    style: { width: column.width },
    "aria-colindex": index + 1,
  };
}
