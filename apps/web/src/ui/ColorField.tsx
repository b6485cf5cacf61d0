import { Check } from "lucide-react";
import { useId, useState } from "react";
import { type NamedColor, parseHex, textOn } from "./color.ts";

interface ColorFieldProps {
  /** `#rrggbb` */
  value: string;
  palette: readonly NamedColor[];
  label: string;
  /** Also offers a hex field. */
  custom?: boolean;
  /** False while something else gives the colour: none of the swatches is marked. */
  inUse?: boolean;
  onChange: (color: string) => void;
}

/** Swatches to choose from, and a field for any other colour. */
export function ColorField({
  value,
  palette,
  label,
  custom = true,
  inUse = true,
  onChange,
}: ColorFieldProps) {
  const current = value.toLowerCase();
  return (
    <fieldset className="color-field">
      <legend className="visually-hidden">{label}</legend>
      <div className="color-grid">
        {palette.map((color) => (
          <button
            key={color.value}
            type="button"
            className="color-choice"
            aria-label={color.name}
            aria-pressed={inUse && color.value === current}
            title={color.name}
            style={{ background: color.value, color: textOn(color.value) }}
            onClick={() => onChange(color.value)}
          >
            {inUse && color.value === current ? <Check size={14} strokeWidth={3} aria-hidden /> : null}
          </button>
        ))}
      </div>
      {custom ? <HexField key={current} value={current} onChange={onChange} /> : null}
    </fieldset>
  );
}

function HexField({ value, onChange }: { value: string; onChange: (color: string) => void }) {
  const id = useId();
  const [text, setText] = useState(value);
  const parsed = parseHex(text);
  const keep = () => (parsed ? parsed !== value && onChange(parsed) : setText(value));
  return (
    <label className="hex-field" htmlFor={id}>
      <span>Hex</span>
      <input
        id={id}
        className="field numbers"
        value={text}
        maxLength={7}
        spellCheck={false}
        aria-invalid={parsed === null}
        onChange={(event) => setText(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => event.key === "Enter" && keep()}
      />
    </label>
  );
}
