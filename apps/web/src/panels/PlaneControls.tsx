import { Layers2, Pause, Play, Settings2 } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { PLAY_RATES } from "../session/playback.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Slide } from "../ui/Slide.tsx";
import { Tip } from "../ui/Tip.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { formatNumber, formatSeconds } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/planes.css";

/** Depth and time: sliders, playing, projection. Only where the image has them. */
export function PlaneControls() {
  const workspace = useWorkspace();
  const source = useStore(workspace.source);
  const plane = useStore(workspace.plane);
  if (!source || (source.sizeZ <= 1 && source.sizeT <= 1)) return null;
  const depth = source.calibration?.z;
  const seconds = source.calibration?.t;
  const { actions } = workspace;
  const projecting = useStore(workspace.projecting);
  const projected = plane.projection === "max";
  const share = projecting === null ? null : Math.floor(100 * projecting);
  return (
    <section className="planes" aria-label="Depth and time">
      {source.sizeZ > 1 ? (
        <PlaneRow
          axis="z"
          name="Depth"
          size={source.sizeZ}
          value={plane.z}
          dimmed={projected}
          state={projected && share !== null ? `reading ${share} %` : null}
          physical={depth === undefined ? null : `${formatNumber(plane.z * depth)} µm`}
          keys={keysOf("plane.z-up")}
          onChange={(z) => actions.setPlane({ ...plane, z, projection: null })}
        >
          <IconButton
            small
            label="Maximum of all depths"
            tip="Maximum of all depths: the brightest at each place"
            keys={keysOf("plane.projection")}
            side="top"
            pressed={projected}
            onClick={() => actions.setProjection(!projected)}
          >
            <Layers2 size={15} aria-hidden />
          </IconButton>
        </PlaneRow>
      ) : null}
      {source.sizeT > 1 ? (
        <PlaneRow
          axis="t"
          name="Time"
          size={source.sizeT}
          value={plane.t}
          dimmed={false}
          state={null}
          physical={seconds === undefined ? null : formatSeconds(plane.t * seconds)}
          keys={keysOf("plane.t-up")}
          onChange={(t) => actions.setPlane({ ...plane, t })}
        >
          <Pace />
        </PlaneRow>
      ) : (
        <div className="plane-pace">
          <Pace />
        </div>
      )}
    </section>
  );
}

interface PlaneRowProps {
  axis: "z" | "t";
  name: string;
  size: number;
  /** From 0; shown from 1. */
  value: number;
  dimmed: boolean;
  /** What is under way, in place of the value. */
  state: string | null;
  physical: string | null;
  keys: readonly string[] | undefined;
  onChange: (value: number) => void;
  children: React.ReactNode;
}

function PlaneRow(props: PlaneRowProps) {
  const { axis, name, size, value, dimmed, state, physical, keys, onChange, children } = props;
  const workspace = useWorkspace();
  const playing = useStore(workspace.playback, (playback) => playback.axis === axis);
  const sizes = useStore(workspace.source, (source) => (source?.sizeT ?? 1) > 1);
  // The key plays time where there is time.
  const key = axis === "t" || !sizes ? keysOf("plane.play") : undefined;
  return (
    <div className="plane" data-dimmed={dimmed || undefined}>
      <IconButton
        small
        label={`${playing ? "Pause" : "Play"} ${name.toLowerCase()}`}
        tip={playing ? "Pause" : `Play ${name.toLowerCase()}`}
        keys={key}
        side="top"
        onClick={() => workspace.actions.play(playing ? null : axis)}
      >
        {playing ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
      </IconButton>
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
        {state ?? (dimmed ? `max of ${size}` : `${value + 1} / ${size}`)}
        {physical && !dimmed ? <span className="plane-physical">{physical}</span> : null}
      </span>
      {children}
    </div>
  );
}

/** How fast, and whether it begins anew at the end. */
function Pace() {
  const workspace = useWorkspace();
  const { rate, loop } = useStore(workspace.playback);
  const { setPlayback } = workspace.actions;
  return (
    <Pop
      title="Playing"
      side="top"
      align="end"
      className="pace-pop"
      trigger={
        <button type="button" className="icon-button icon-button-small" aria-label="How it is played">
          <Settings2 size={15} aria-hidden />
        </button>
      }
    >
      <fieldset className="pace">
        <legend className="pop-subtitle">Planes a second</legend>
        <div className="pace-rates">
          {PLAY_RATES.map((choice) => (
            <button
              key={choice}
              type="button"
              className="pace-rate numbers"
              aria-pressed={rate === choice}
              onClick={() => setPlayback({ rate: choice })}
            >
              {choice}
            </button>
          ))}
        </div>
      </fieldset>
      <Toggle checked={loop} onChange={(on) => setPlayback({ loop: on })}>
        Repeat
      </Toggle>
    </Pop>
  );
}
