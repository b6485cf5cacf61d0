import type { Plate } from "@coscope/viewer/source";
import { type KeyboardEvent, useRef, useState } from "react";
import type { Well } from "./collection.ts";
import { nextWell } from "./next-well.ts";
import "./open.css";

interface PlateMapProps {
  plate: Plate;
  wells: readonly Well[];
  current: Well | null;
  /** Paths of wells in which somebody has opened a field. */
  visited?: ReadonlySet<string>;
  onWell: (well: Well) => void;
}

/** The wells of a plate as they lie. One stop for Tab; arrows go from one imaged well to the next. */
export function PlateMap({ plate, wells, current, visited, onWell }: PlateMapProps) {
  const table = useRef<HTMLTableElement>(null);
  const [focused, setFocused] = useState<Well | null>(null);
  const stop = focused ?? current ?? wells[0] ?? null;
  const at = new Map(wells.map((well) => [`${well.row}/${well.column}`, well]));

  const onKeyDown = (event: KeyboardEvent) => {
    const next = stop && nextWell(wells, stop, event);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    setFocused(next);
    table.current?.querySelector<HTMLElement>(`[data-well="${next.row}/${next.column}"]`)?.focus();
  };

  return (
    <table
      ref={table}
      className="plate-map"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that arrow keys walk through
      role="grid"
      aria-label={`Plate, ${plate.rows.length} × ${plate.columns.length} wells`}
      data-small={plate.columns.length > 24 || undefined}
      onKeyDown={onKeyDown}
    >
      <thead>
        <tr>
          <td />
          {plate.columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {plate.rows.map((row, y) => (
          <tr key={row}>
            <th scope="row">{row}</th>
            {plate.columns.map((column, x) => {
              const well = at.get(`${y}/${x}`);
              if (!well) {
                return (
                  <td key={column} aria-label={`${row}${column}, not imaged`}>
                    <span className="well well-missing" />
                  </td>
                );
              }
              const isVisited = visited?.has(well.path) ?? false;
              return (
                <td key={column}>
                  <button
                    type="button"
                    className="well"
                    data-well={`${y}/${x}`}
                    data-current={well === current || undefined}
                    aria-current={well === current || undefined}
                    data-visited={isVisited || undefined}
                    tabIndex={well === stop ? 0 : -1}
                    title={well.name}
                    aria-label={isVisited ? `Well ${well.name}, opened before` : `Well ${well.name}`}
                    onFocus={() => setFocused(well)}
                    onClick={() => onWell(well)}
                  />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
