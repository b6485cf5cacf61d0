// biome-ignore-all lint/a11y/useSemanticElements: only a part of the rows exists; a table element would be laid out anew with each
import { ArrowDown, ArrowUp } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { type Column, titleOf } from "./columns.ts";
import { gridCell } from "./grid-cell.ts";
import type { TableController } from "./table-controller.ts";
import { tableState } from "./table-state.ts";

interface GridHeadProps {
  controller: TableController;
  columns: readonly Column[];
  width: number;
}

/** The names of the columns; a press sorts, the next one turns it round, the third leaves it. */
export function GridHead({ controller, columns, width }: GridHeadProps) {
  const sorting = useStore(tableState, (state) => state.sorting);
  return (
    <div className="grid-head" role="rowgroup" style={{ minWidth: width }}>
      <div className="grid-row" role="row" tabIndex={-1} aria-rowindex={1}>
        {columns.map((column, i) => {
          const sorted = sorting?.column === column.id;
          const descending = sorted && sorting.descending;
          const next = sorted && descending ? null : { column: column.id, descending: sorted };
          return (
            <div
              key={column.id}
              role="columnheader"
              tabIndex={-1}
              {...gridCell(column, i)}
              aria-sort={sorted ? (descending ? "descending" : "ascending") : "none"}
            >
              <button
                type="button"
                className="grid-sort"
                title={helpOf(column)}
                onClick={() => controller.sortBy(next)}
              >
                <span className="truncate">{titleOf(column)}</span>
                {sorted ? (
                  descending ? (
                    <ArrowDown size={12} aria-hidden />
                  ) : (
                    <ArrowUp size={12} aria-hidden />
                  )
                ) : null}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function helpOf(column: Column): string {
  const title = titleOf(column);
  if (column.channel === undefined) return `Sort by ${title}`;
  return `${title}: of the pixels inside, as the file has them. Shapes longer than 1,024 px are read at a lower resolution; the value says which.`;
}
