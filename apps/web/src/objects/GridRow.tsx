// biome-ignore-all lint/a11y/useSemanticElements: only a part of the rows exists; a table element would be laid out anew with each
import { type MouseEvent, memo } from "react";
import { ClassSwatch } from "../panels/ClassSwatch.tsx";
import { useWorkspace } from "../panels/workspace-context.ts";
import { type Column, formatCell } from "./columns.ts";
import { gridCell } from "./grid-cell.ts";
import type { ObjectRow } from "./rows.ts";
import { ROW_PX } from "./use-window.ts";

interface GridRowProps {
  row: ObjectRow;
  /** Among those shown, 0 first. */
  index: number;
  columns: readonly Column[];
  /** Another one: what the columns say may have changed. */
  version: unknown;
  selected: boolean;
  active: boolean;
  resolution: (row: ObjectRow) => string;
  onPress: (id: string, event: MouseEvent) => void;
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, columns, selected, active, resolution, onPress } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      id={`object-${row.id}`}
      className="grid-row"
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={active || undefined}
      style={{ top: index * ROW_PX }}
      onMouseDown={(event) => {
        // Focus stays on the grid, and Shift selects rows, not their text.
        event.preventDefault();
        event.currentTarget.closest<HTMLElement>(".grid")?.focus({ preventScroll: true });
      }}
      onClick={(event) => onPress(row.id, event)}
    >
      {columns.map((column, i) => {
        const value = column.value(row);
        const text = formatCell(column, value);
        const read = column.channel !== undefined && value !== null;
        return (
          <div
            key={column.id}
            role="gridcell"
            tabIndex={-1}
            {...gridCell(column, i)}
            title={read ? `${text}, at ${resolution(row)}` : text}
          >
            {column.id === "class" ? <RowSwatch classId={row.annotation.classId} /> : null}
            <span className="truncate">{text}</span>
          </div>
        );
      })}
    </div>
  );
});

function RowSwatch({ classId }: { classId: string | null }) {
  const row = useWorkspace()
    .classes.get()
    .find(({ id }) => id === classId);
  return <ClassSwatch row={row ?? null} size={10} />;
}
