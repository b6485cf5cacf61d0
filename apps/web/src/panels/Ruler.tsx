import { useStore } from "../hooks/use-store.ts";
import { formatMeasured } from "./format.ts";
import { placeLabel } from "./ruler-label.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/ruler.css";

/** Half the length of the strokes across the line's ends, CSS px. */
const TICK_CSS = 6;

/** The line being measured, over the picture, with its length. */
export function Ruler() {
  const workspace = useWorkspace();
  const line = useStore(workspace.ruler);
  const calibration = useStore(workspace.source, (source) => source?.calibration ?? null);
  // What the camera does moves the line.
  useStore(workspace.camera);
  const from = line && workspace.canvas.toScreen(line.from);
  const to = line && workspace.canvas.toScreen(line.to);
  if (!line || !from || !to) return null;
  const length = formatMeasured(line.from, line.to, calibration);
  const span = Math.hypot(to.x - from.x, to.y - from.y);
  const across = span > 0 ? { x: -(to.y - from.y) / span, y: (to.x - from.x) / span } : { x: 0, y: 1 };
  const tick = ({ x, y }: { x: number; y: number }) =>
    `M${x - across.x * TICK_CSS} ${y - across.y * TICK_CSS}L${x + across.x * TICK_CSS} ${y + across.y * TICK_CSS}`;
  const path = `M${from.x} ${from.y}L${to.x} ${to.y}${tick(from)}${tick(to)}`;
  const label = placeLabel(from, to, workspace.canvas.size());
  return (
    <div className="ruler">
      <svg className="ruler-drawing" aria-hidden="true">
        <path className="ruler-halo" d={path} />
        <path className="ruler-line" d={path} />
      </svg>
      <output
        className="ruler-label numbers"
        data-side={label.side}
        style={{ transform: `translate(${label.x}px, ${label.y}px)` }}
        aria-live={line.done ? "polite" : "off"}
      >
        <span>{length}</span>
      </output>
    </div>
  );
}
