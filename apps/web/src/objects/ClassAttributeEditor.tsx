import { Trash2 } from "lucide-react";
import type { ClassAttribute } from "../state/rows.ts";
import { IconButton } from "../ui/IconButton.tsx";
import type { AttributeDraft } from "./attribute-draft.ts";

const TYPES: readonly (readonly [ClassAttribute["type"], string])[] = [
  ["text", "Text"],
  ["number", "Number"],
  ["select", "Choice"],
  ["checkbox", "Yes or no"],
];

interface ClassAttributeEditorProps {
  draft: AttributeDraft;
  onChange: (draft: AttributeDraft) => void;
  onRemove: () => void;
}

/** One attribute of a class, as it is being typed. */
export function ClassAttributeEditor({ draft, onChange, onRemove }: ClassAttributeEditorProps) {
  const { type } = draft;
  const input = (field: "name" | "options" | "unit" | "min" | "max" | "proposed", label: string) => (
    <input
      className="field"
      aria-label={label}
      placeholder={label}
      value={draft[field]}
      onChange={({ target }) => onChange({ ...draft, [field]: target.value })}
    />
  );
  return (
    <fieldset className="class-attribute" aria-label={draft.name || "New attribute"}>
      <div className="class-attribute-row">
        {input("name", "Name of the attribute")}
        <select
          className="field"
          aria-label="Kind"
          value={type}
          onChange={({ target }) =>
            onChange({ ...draft, type: target.value as ClassAttribute["type"], proposed: "" })
          }
        >
          {TYPES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <IconButton label={`Remove ${draft.name || "this attribute"}`} onClick={onRemove}>
          <Trash2 size={14} aria-hidden />
        </IconButton>
      </div>
      {type === "select" ? input("options", "Choices, with commas between them") : null}
      {type === "number" ? (
        <div className="class-attribute-row">
          {input("unit", "Unit")}
          {input("min", "Least")}
          {input("max", "Most")}
        </div>
      ) : null}
      {type === "checkbox" ? (
        <select
          className="field"
          aria-label="Usually"
          value={draft.proposed}
          onChange={({ target }) => onChange({ ...draft, proposed: target.value })}
        >
          <option value="">Usually: not said</option>
          <option value="true">Usually: yes</option>
          <option value="false">Usually: no</option>
        </select>
      ) : (
        input("proposed", "Usual value (proposed)")
      )}
    </fieldset>
  );
}
