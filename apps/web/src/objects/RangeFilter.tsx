import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { formatNumber } from "../panels/format.ts";
import { Button } from "../ui/Button.tsx";
import { Pop } from "../ui/Pop.tsx";
import { type Column, titleOf } from "./columns.ts";
import type { TableController } from "./table-controller.ts";

/** From and to of one column of numbers. */
export function RangeFilter({ controller }: { controller: TableController }) {
  const { setFilter } = controller;
  const range = useStore(controller.filter, (filter) => filter.range);
  const columns = useStore(controller.model.columns).filter(
    ({ id, kind }) => kind === "number" && id !== "created",
  );
  const [chosen, setChosen] = useState("area");
  const id = range?.column ?? chosen;
  const column = columns.find((other) => other.id === id) ?? columns[0];
  const set = (part: { column?: string; min?: number | null; max?: number | null }) => {
    const next = { column: id, min: range?.min ?? null, max: range?.max ?? null, ...part };
    setChosen(next.column);
    setFilter({ range: next.min === null && next.max === null ? null : next });
  };
  return (
    <Pop
      title="Range of values"
      side="top"
      trigger={
        <Button small tone="quiet" aria-pressed={range !== null}>
          {range && column ? said(column, range.min, range.max) : "Range"}
        </Button>
      }
    >
      <div className="objects-range">
        <select
          className="field"
          aria-label="Column"
          value={column?.id}
          onChange={({ target: { value } }) => set({ column: value })}
        >
          {columns.map((one) => (
            <option key={one.id} value={one.id}>
              {titleOf(one)}
            </option>
          ))}
        </select>
        <div className="objects-range-ends">
          <End label="At least" value={range?.min ?? null} onChange={(min) => set({ min })} />
          <End label="At most" value={range?.max ?? null} onChange={(max) => set({ max })} />
        </div>
      </div>
    </Pop>
  );
}

interface EndProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
}

function End({ label, value, onChange }: EndProps) {
  return (
    <label>
      <span className="label">{label}</span>
      <input
        className="field numbers"
        type="number"
        step="any"
        value={value ?? ""}
        onChange={({ target }) => onChange(target.value === "" ? null : target.valueAsNumber)}
      />
    </label>
  );
}

function said({ title }: Column, min: number | null, max: number | null): string {
  if (min !== null && max !== null) return `${title} ${formatNumber(min)} to ${formatNumber(max)}`;
  return min !== null ? `${title} ≥ ${formatNumber(min)}` : `${title} ≤ ${formatNumber(max ?? 0)}`;
}
