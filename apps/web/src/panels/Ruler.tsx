import type { AnnotationSnapshot } from "@coscope/annotations";
import { useStore } from "../hooks/use-store.ts";
import type { RulerLine } from "../state/workspace.ts";
import { formatMeasured, formatPath } from "./format.ts";
import { placeLabel } from "./ruler-label.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/ruler.css";

/** Half the length of the strokes across the line's ends, CSS px. */
const TICK_CSS = 6;

/** The line being measured, over the picture, with its length. */
export function Ruler() {
  const workspace = useWorkspace();
  const measured = useStore(workspace.ruler);
  const selected = useStore(workspace.selected);
  const line = measured ?? lineOf(selected);
  const calibration = useStore(workspace.source, (source) => source?.calibration ?? null);
  // What the camera does moves the line.
  useStore(workspace.camera);
  const from = line && workspace.canvas.toScreen(line.from);
  const to = line && workspace.canvas.toScreen(line.to);
  if (!line || !from || !to) return null;
  if (line.path) return <PathLength path={line.path} at={to} done={line.done} />;
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

/** The one line that is selected, to write its length at its end. */
function lineOf([only, ...more]: readonly AnnotationSnapshot[]): RulerLine | null {
  if (!only || more.length > 0 || only.geometry.kind !== "polyline") return null;
  const { points } = only.geometry;
  const path = Array.from({ length: points.length / 2 }, (_, i) => ({
    x: points[2 * i]!,
    y: points[2 * i + 1]!,
  }));
  return { from: path.at(-2)!, to: path.at(-1)!, done: true, path };
}

interface PathLengthProps {
  path: readonly { readonly x: number; readonly y: number }[];
  /** CSS px of the canvas. */
  at: { readonly x: number; readonly y: number };
  done: boolean;
}

/** The length of a line that is drawn with the annotations. */
function PathLength({ path, at, done }: PathLengthProps) {
  const calibration = useStore(useWorkspace().source, (source) => source?.calibration ?? null);
  return (
    <div className="ruler">
      <output
        className="ruler-label numbers"
        data-side="right"
        style={{ transform: `translate(${Math.round(at.x + 14)}px, ${Math.round(at.y - 16)}px)` }}
        aria-live={done ? "polite" : "off"}
      >
        <span>{formatPath(path, calibration)}</span>
      </output>
    </div>
  );
}
