import type { FileSummary } from "@coscope/annotations/interchange";
import { formatCount } from "../panels/format.ts";
import type { ClassRow } from "../state/rows.ts";
import type { ClassChoice } from "./plan.ts";

interface ClassRowsProps {
  summary: FileSummary;
  rows: readonly ClassRow[];
  choices: ReadonlyMap<string, ClassChoice>;
  disabled: boolean;
  onChange: (choices: ReadonlyMap<string, ClassChoice>) => void;
}

const NEW = "~new";
const NONE = "~none";

/** What each class of the file becomes. */
export function ClassRows({ summary, rows, choices, disabled, onChange }: ClassRowsProps) {
  if (summary.classes.length === 0) return null;
  return (
    <fieldset className="import-classes" disabled={disabled}>
      <legend>Classes of the file</legend>
      <ul>
        {summary.classes.map(({ name, color, count }) => {
          const choice = choices.get(name) ?? { kind: "none" };
          return (
            <li key={name}>
              <span
                className="import-swatch"
                aria-hidden
                {...(color ? { style: { background: color } } : {})}
              />
              <span className="import-class truncate" title={name}>
                {name}
              </span>
              <span className="import-count numbers">{formatCount(count)}</span>
              <select
                className="field"
                aria-label={`${name} becomes`}
                value={choice.kind === "class" ? choice.id : choice.kind === "new" ? NEW : NONE}
                onChange={({ target: { value } }) => {
                  const next: ClassChoice =
                    value === NEW
                      ? { kind: "new" }
                      : value === NONE
                        ? { kind: "none" }
                        : { kind: "class", id: value };
                  onChange(new Map(choices).set(name, next));
                }}
              >
                <option value={NEW}>New class</option>
                <option value={NONE}>Unclassified</option>
                {rows.map((row) => (
                  <option key={row.id} value={row.id}>
                    {row.name}
                  </option>
                ))}
              </select>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
