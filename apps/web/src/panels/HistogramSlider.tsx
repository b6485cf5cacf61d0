import { Slider } from "@base-ui/react/slider";
import { type PixelType, pixelRange } from "@coscope/viewer/source";
import { useMemo, useRef } from "react";
import type { Histogram } from "../state/workspace.ts";
import { histogramPath, isInteger, rangeFor, tonePath, type ValueRange } from "./histogram.ts";

/** The drawing's own units; the element stretches it. */
const BOX = { width: 256, height: 48 };

interface HistogramSliderProps {
  /** Whose it is, for screen readers. */
  name: string;
  histogram: Histogram | null;
  window: ValueRange;
  gamma: number;
  inverted: boolean;
  /** CSS */
  color: string;
  dtype: PixelType;
  logarithmic: boolean;
  onChange: (window: ValueRange) => void;
}

/** The counts of a channel with a handle at black and one at full. */
export function HistogramSlider(props: HistogramSliderProps) {
  const { name, histogram, window, gamma, inverted, color, dtype, logarithmic, onChange } = props;
  const lastRange = useRef<ValueRange | null>(null);
  const range = rangeFor(histogram, window, pixelRange(dtype), lastRange.current);
  lastRange.current = range;
  const counts = useMemo(
    () => (histogram ? histogramPath(histogram, range, BOX, logarithmic) : ""),
    [histogram, range, logarithmic],
  );
  const step = isInteger(dtype) ? 1 : (range.max - range.min) / 1000;
  return (
    <Slider.Root
      className="histogram"
      style={{ "--channel": color } as React.CSSProperties}
      value={[window.min, window.max]}
      min={range.min}
      max={range.max}
      step={step}
      largeStep={Math.max(step, (range.max - range.min) / 20)}
      minStepsBetweenValues={1}
      thumbCollisionBehavior="none"
      onValueChange={(next) => onChange({ min: next[0]!, max: next[1]! })}
    >
      <Slider.Control className="histogram-control">
        <svg
          className="histogram-drawing"
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path className="histogram-counts" d={counts} />
          <path className="histogram-tone" d={tonePath(window, gamma, range, BOX, inverted)} />
        </svg>
        <Slider.Track className="histogram-track">
          <Slider.Thumb className="histogram-thumb" index={0} aria-label={`${name}: black at`} />
          <Slider.Thumb className="histogram-thumb" index={1} aria-label={`${name}: full at`} />
        </Slider.Track>
      </Slider.Control>
    </Slider.Root>
  );
}
