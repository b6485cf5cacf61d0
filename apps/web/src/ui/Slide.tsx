import { Slider } from "@base-ui/react/slider";

interface SlideProps {
  value: number;
  min: number;
  max: number;
  step?: number;
  /** What Page Up and Page Down do. */
  largeStep?: number;
  label: string;
  /** How the value is said, e.g. "3 of 12". */
  valueText?: (value: number) => string;
  onChange: (value: number) => void;
}

/** A slider with one thumb. */
export function Slide({ value, min, max, step = 1, largeStep, label, valueText, onChange }: SlideProps) {
  return (
    <Slider.Root
      className="slide"
      value={value}
      min={min}
      max={max}
      step={step}
      {...(largeStep === undefined ? {} : { largeStep })}
      thumbAlignment="edge"
      onValueChange={(next) => onChange(next)}
    >
      <Slider.Control className="slide-control">
        <Slider.Track className="slide-track">
          <Slider.Indicator className="slide-fill" />
          <Slider.Thumb
            className="slide-thumb"
            aria-label={label}
            {...(valueText ? { getAriaValueText: (_formatted: string, now: number) => valueText(now) } : {})}
          />
        </Slider.Track>
      </Slider.Control>
    </Slider.Root>
  );
}
