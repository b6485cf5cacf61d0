import { useStore } from "../hooks/use-store.ts";
import { Slide } from "../ui/Slide.tsx";
import { Tip } from "../ui/Tip.tsx";
import { formatNumber } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Depth and time, only where the image has them. */
export function PlaneSliders() {
  const workspace = useWorkspace();
  const source = useStore(workspace.source);
  const plane = useStore(workspace.plane);
  if (!source || (source.sizeZ <= 1 && source.sizeT <= 1)) return null;
  const depth = source.calibration?.z;
  const seconds = source.calibration?.t;
  return (
    <section className="planes" aria-label="Depth and time">
      {source.sizeZ > 1 ? (
        <PlaneSlider
          axis="z"
          name="Depth"
          size={source.sizeZ}
          value={plane.z}
          physical={depth === undefined ? null : `${formatNumber(plane.z * depth)} µm`}
          keys={keysOf("plane.z-up")}
          onChange={(z) => workspace.actions.setPlane({ ...plane, z })}
        />
      ) : null}
      {source.sizeT > 1 ? (
        <PlaneSlider
          axis="t"
          name="Time"
          size={source.sizeT}
          value={plane.t}
          physical={seconds === undefined ? null : `${formatNumber(plane.t * seconds)} s`}
          keys={keysOf("plane.t-up")}
          onChange={(t) => workspace.actions.setPlane({ ...plane, t })}
        />
      ) : null}
    </section>
  );
}

interface PlaneSliderProps {
  axis: "z" | "t";
  name: string;
  size: number;
  /** From 0; shown from 1. */
  value: number;
  physical: string | null;
  keys: readonly string[] | undefined;
  onChange: (value: number) => void;
}

function PlaneSlider({ axis, name, size, value, physical, keys, onChange }: PlaneSliderProps) {
  return (
    <div className="plane">
      <Tip label={name} keys={keys} side="top">
        <span className="plane-axis">{axis}</span>
      </Tip>
      <Slide
        value={value}
        min={0}
        max={size - 1}
        largeStep={Math.max(1, Math.round(size / 10))}
        label={name}
        valueText={(now) => `${now + 1} of ${size}${physical ? `, ${physical}` : ""}`}
        onChange={onChange}
      />
      <span className="plane-value numbers" aria-hidden>
        {value + 1} / {size}
        {physical ? <span className="plane-physical">{physical}</span> : null}
      </span>
    </div>
  );
}
