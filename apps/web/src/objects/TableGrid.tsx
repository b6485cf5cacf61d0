// biome-ignore-all lint/a11y/useSemanticElements: only a part of the rows exists; a table element would be laid out anew with each
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { GridHead } from "./GridHead.tsx";
import { GridRow } from "./GridRow.tsx";
import type { TableController } from "./table-controller.ts";
import { reveal } from "./table-state.ts";
import { useShownColumns } from "./use-columns.ts";
import { useRowKeys } from "./use-row-keys.ts";
import { useWindow } from "./use-window.ts";

/** The rows: only those on screen exist. Focus stays on the grid; the active row is named by it. */
export function TableGrid({ controller }: { controller: TableController }) {
  const workspace = useWorkspace();
  const { model } = controller;
  const view = useStore(model.view);
  const selection = useStore(workspace.selection);
  const columns = useShownColumns(controller);
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last, scrollTo, anchor } = useWindow(scroller, view.rows.length);
  const [active, setActive] = useState<string | null>(null);
  const rows = view.rows.slice(first, last);
  const { press, onKeyDown } = useRowKeys({ controller, active, setActive, scrollTo });

  useLayoutEffect(() => anchor(view), [view, anchor]);

  const channels = columns.flatMap(({ channel }) => (channel === undefined ? [] : [channel])).join();
  const onScreen = rows.map(({ id }) => id).join();
  useEffect(() => {
    if (channels === "") return;
    const rest = setTimeout(() => controller.readMeans(rows, channels.split(",").map(Number)), 150);
    return () => clearTimeout(rest);
  }, [channels, onScreen, view, controller]);

  const asked = useStore(reveal);
  useEffect(() => {
    if (!asked) return;
    const index = model.indexOf(asked.id);
    if (index === -1) return;
    reveal.set(null);
    setActive(asked.id);
    scrollTo(index, "middle");
    scroller.current?.focus({ preventScroll: true });
  }, [asked, model, view, scrollTo]);

  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const keys = (event: KeyboardEvent) => event.target === event.currentTarget && onKeyDown(event);
  const activeShown = active !== null && rows.some(({ id }) => id === active);
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label="Objects"
      aria-multiselectable
      aria-rowcount={view.rows.length + 1}
      aria-colcount={columns.length}
      aria-busy={view.measuring !== null}
      {...(activeShown ? { "aria-activedescendant": `object-${active}` } : {})}
      onKeyDown={keys}
    >
      <GridHead controller={controller} columns={columns} width={width} />
      <div
        className="grid-body"
        role="rowgroup"
        style={{ height: `calc(${view.rows.length} * var(--grid-row))`, minWidth: width }}
      >
        {rows.map((row, i) => (
          <GridRow
            key={row.id}
            row={row}
            index={first + i}
            columns={columns}
            // A colleague's names and means come without another row.
            version={view}
            selected={selection.has(row.id)}
            active={row.id === active}
            resolution={controller.resolution}
            onPress={press}
          />
        ))}
      </div>
    </div>
  );
}
