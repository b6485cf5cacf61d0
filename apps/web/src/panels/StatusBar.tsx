import { Maximize, Minus, Plus } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { channelPaint } from "../ui/luts.ts";
import { Tip } from "../ui/Tip.tsx";
import { AngleButton } from "./AngleButton.tsx";
import { formatPosition, formatZoom } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Screen pixels an image pixel may take before it is said: at 100 % a person has not zoomed beyond anything. */
const PAST_NATIVE = 1.01;

/** What the mouse would do, where it is, what is under it, and how large. */
export function StatusBar() {
  return (
    <footer className="status-bar">
      <Hint />
      <PastNative />
      <Readout />
      <ZoomControls />
    </footer>
  );
}

function Hint() {
  // Not a live region: it follows the mouse, and the canvas announces what matters.
  const hint = useStore(useWorkspace().hint);
  return (
    <p className="status-hint truncate" title={hint}>
      {hint}
    </p>
  );
}

/** Zoomed in beyond what the microscope saw: what looks smooth was not measured. */
function PastNative() {
  const workspace = useWorkspace();
  const past = useStore(workspace.camera, ({ zoom }) => zoom > PAST_NATIVE / (devicePixelRatio || 1));
  const ready = useStore(workspace.openState, ({ kind }) => kind === "ready");
  if (!past || !ready) return null;
  return (
    <Tip label="One pixel of the image takes several of the screen: there is nothing more to see" side="top">
      <span className="past-native">beyond the image’s own pixels</span>
    </Tip>
  );
}

function Readout() {
  const workspace = useWorkspace();
  const pointer = useStore(workspace.pointer);
  const calibration = useStore(workspace.source, (source) => source?.calibration ?? null);
  const channels = useStore(workspace.channels);
  if (!pointer) return null;
  const position = formatPosition(pointer.x, pointer.y, calibration);
  return (
    <div className="readout numbers" aria-hidden>
      <span className="readout-values">
        {channels.map((channel, index) =>
          channel.visible ? (
            <span key={index} className="readout-value">
              <span className="readout-dot" style={{ background: channelPaint(channel) }} />
              {formatValue(pointer.values[index])}
            </span>
          ) : null,
        )}
        {pointer.label ? (
          <span className="readout-value">
            {pointer.label.name} {pointer.label.value}
          </span>
        ) : null}
      </span>
      <span className="readout-position">
        {position.x}, {position.y} {position.unit}
      </span>
    </div>
  );
}

function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

function ZoomControls() {
  const workspace = useWorkspace();
  const zoom = useStore(workspace.camera, (camera) => camera.zoom);
  const { actions } = workspace;
  return (
    <div className="zoom">
      <IconButton
        small
        label="Zoom out"
        keys={keysOf("view.zoom-out")}
        side="top"
        onClick={() => actions.zoomBy(1 / 1.4)}
      >
        <Minus size={14} aria-hidden />
      </IconButton>
      <Tip label="Show pixels one to one" side="top">
        <button
          type="button"
          className="zoom-value numbers"
          aria-label={`Zoom ${formatZoom(zoom)}. Show pixels one to one`}
          onClick={() => actions.zoomBy(1 / zoom)}
        >
          {formatZoom(zoom)}
        </button>
      </Tip>
      <IconButton
        small
        label="Zoom in"
        keys={keysOf("view.zoom-in")}
        side="top"
        onClick={() => actions.zoomBy(1.4)}
      >
        <Plus size={14} aria-hidden />
      </IconButton>
      <AngleButton />
      <IconButton small label="Whole image" keys={keysOf("view.home")} side="top" onClick={actions.home}>
        <Maximize size={14} aria-hidden />
      </IconButton>
    </div>
  );
}
