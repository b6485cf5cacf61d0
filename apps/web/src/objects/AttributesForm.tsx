import type { AnnotationSnapshot } from "@coscope/annotations";
import { X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { PanelSection } from "../panels/PanelSection.tsx";
import { useWorkspace } from "../panels/workspace-context.ts";
import type { AttributeValue } from "../state/workspace.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { type Field, fits, formOf, type Stray } from "./attribute-values.ts";
import { attributeCell } from "./columns.ts";
import "../styles/attributes.css";

const DIFFERENT = "Different values";

/** What the classes of the selection ask of each object, and what else stands there. */
export function AttributesForm({ objects }: { objects: readonly AnnotationSnapshot[] }) {
  const classes = useStore(useWorkspace().classes);
  const { fields, strays } = useMemo(() => formOf(objects, classes), [objects, classes]);
  if (fields.length === 0 && strays.length === 0) return null;
  return (
    <PanelSection title="Attributes">
      <div className="attributes">
        {fields.map((field) => (
          <FieldLine key={JSON.stringify(field.attribute)} field={field} of={objects.length} />
        ))}
        {strays.map((stray) => (
          <StrayLine key={stray.name} stray={stray} />
        ))}
      </div>
    </PanelSection>
  );
}

function FieldLine({ field, of }: { field: Field; of: number }) {
  const { actions } = useWorkspace();
  const { attribute, ids, value } = field;
  const { name, type, unit } = attribute;
  const id = useId();
  const set = (next: AttributeValue | null) => next !== value && actions.setAttribute(ids, name, next);
  return (
    <div className={`attribute attribute-${type}`}>
      <label className="label" htmlFor={id}>
        {name}
        {unit ? ` (${unit})` : ""}
        {ids.length < of ? (
          <span className="attribute-some">
            for {ids.length} of {of}
          </span>
        ) : null}
      </label>
      {type === "checkbox" ? (
        <Check id={id} value={value as boolean | null | undefined} onSet={set} />
      ) : type === "select" ? (
        <Choice id={id} field={field} onSet={set} />
      ) : (
        <Typed key={String(value)} id={id} field={field} onSet={set} />
      )}
    </div>
  );
}

interface ControlProps {
  id: string;
  onSet: (value: AttributeValue | null) => void;
}

function Check({ id, value, onSet }: ControlProps & { value: boolean | null | undefined }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = value === undefined;
  }, [value]);
  return (
    <span className="attribute-check">
      {value === undefined ? <span className="attribute-note">{DIFFERENT}</span> : null}
      {value === null ? <span className="attribute-note">Not said</span> : null}
      <input
        ref={box}
        id={id}
        type="checkbox"
        checked={value === true}
        onChange={({ target }) => onSet(target.checked)}
      />
    </span>
  );
}

function Choice({ id, field: { attribute, value }, onSet }: ControlProps & { field: Field }) {
  const { options = [] } = attribute;
  return (
    <select
      id={id}
      className="field"
      value={value === undefined ? "\u0000different" : value === null ? "" : String(value)}
      onChange={({ target }) => onSet(target.value === "" ? null : target.value)}
    >
      {value === undefined ? (
        <option value={"\u0000different"} disabled>
          {DIFFERENT}
        </option>
      ) : null}
      <option value="">
        {attribute.default === undefined ? "Not said" : `Not said (usually ${attribute.default})`}
      </option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

/** Text or a number: kept with Enter or on leaving; Esc takes back what was typed. */
function Typed({ id, field: { attribute, value }, onSet }: ControlProps & { field: Field }) {
  const shown = value === undefined || value === null ? "" : String(value);
  const [draft, setDraft] = useState(shown);
  const number = attribute.type === "number";
  const parsed = number ? Number(draft.replace(",", ".")) : draft.trim();
  const empty = draft.trim() === "";
  const wrong = !empty && !fits(attribute, parsed);
  const keep = () => {
    if (draft === shown) return;
    if (wrong) setDraft(shown);
    else onSet(empty ? null : parsed);
  };
  const { min, max, default: proposed } = attribute;
  return (
    <>
      <input
        id={id}
        className={`field ${number ? "numbers" : ""}`}
        value={draft}
        maxLength={1000}
        inputMode={number ? "decimal" : "text"}
        aria-invalid={wrong}
        {...(wrong ? { "aria-describedby": `${id}-wrong` } : {})}
        placeholder={
          value === undefined ? DIFFERENT : proposed === undefined ? "Not said" : `Usually ${proposed}`
        }
        onChange={({ target }) => setDraft(target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === "Enter") keep();
          if (event.key === "Escape") setDraft(shown);
        }}
      />
      {wrong ? (
        <span id={`${id}-wrong`} className="attribute-wrong" role="alert">
          {rangeText(min, max)}
        </span>
      ) : null}
    </>
  );
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `A number from ${min} to ${max}`;
  if (min !== undefined) return `A number, ${min} or more`;
  return max === undefined ? "A number" : `A number, ${max} or less`;
}

function StrayLine({ stray: { name, ids, value } }: { stray: Stray }) {
  const { actions } = useWorkspace();
  return (
    <div className="attribute attribute-stray">
      <span className="label">{name}</span>
      <span className="truncate attribute-note" title="The class does not ask for this value">
        {value === undefined ? DIFFERENT : String(attributeCell(value) ?? "")}
      </span>
      <IconButton small label={`Take ${name} away`} onClick={() => actions.setAttribute(ids, name, null)}>
        <X size={13} aria-hidden />
      </IconButton>
    </div>
  );
}
