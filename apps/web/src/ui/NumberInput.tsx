import { NumberField } from "@base-ui/react/number-field";

interface NumberInputProps {
  value: number;
  label: string;
  /** Shown before the number; drag it to change the value. */
  prefix?: string;
  min?: number;
  max?: number;
  /** Arrow keys; Shift takes ten of it, Alt a tenth. */
  step?: number;
  digits?: number;
  onChange: (value: number) => void;
}

/** A compact number: type, arrow keys, or drag its prefix. */
export function NumberInput({
  value,
  label,
  prefix,
  min,
  max,
  step = 1,
  digits = 0,
  onChange,
}: NumberInputProps) {
  return (
    <NumberField.Root
      className="number-input"
      value={value}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      step={step}
      smallStep={step / 10}
      largeStep={step * 10}
      locale="en"
      format={{ maximumFractionDigits: digits, useGrouping: false }}
      onValueChange={(next) => next !== null && next !== value && onChange(next)}
    >
      <NumberField.Group className="number-group">
        {prefix ? (
          <NumberField.ScrubArea className="number-prefix" pixelSensitivity={4}>
            {prefix}
          </NumberField.ScrubArea>
        ) : null}
        <NumberField.Input className="number-field numbers" aria-label={label} />
      </NumberField.Group>
    </NumberField.Root>
  );
}
