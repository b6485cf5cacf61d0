import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { formatNumber } from "../panels/format.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { createStore } from "../state/store.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { lutGradient } from "../ui/luts.ts";
import { cssOf, NO_VALUE, OTHERS, type Scaling } from "./color-scale.ts";
import { createColoring, type Legend } from "./coloring.ts";
import "../styles/legend.css";

const NONE = createStore<Legend | null>(null);

/** Colours annotations by something other than their class while it is there, and says which colour is what. */
export function ColorLegend() {
  const workspace = useWorkspace();
  const colorBy = useStore(workspace.colorBy);
  const [store, setStore] = useState(NONE as Pick<typeof NONE, "get" | "subscribe">);
  useEffect(() => {
    if (colorBy.kind === "class") return;
    const coloring = createColoring(workspace, colorBy);
    setStore(coloring.legend);
    return () => {
      setStore(NONE);
      coloring.destroy();
    };
  }, [workspace, colorBy]);
  const legend = useStore(store);
  if (!legend) return null;
  return (
    <section className="legend" aria-label={`Colours by ${legend.title}`}>
      <div className="legend-head">
        <h2 className="truncate">{legend.title}</h2>
        <IconButton
          small
          label="Back to the colours of the classes"
          onClick={() => workspace.actions.setColorBy({ kind: "class" })}
        >
          <X size={13} aria-hidden />
        </IconButton>
      </div>
      <ul className="legend-kinds">
        {legend.scaling ? <Scale scaling={legend.scaling} /> : <li role="status">Reading pixels…</li>}
        {legend.scaling?.kind === "kinds" && legend.scaling.others > 0 ? (
          <Kind color={OTHERS} text={`${legend.scaling.others} more`} />
        ) : null}
        {legend.missing ? <Kind color={NO_VALUE} text="No value" /> : null}
      </ul>
    </section>
  );
}

function Scale({ scaling }: { scaling: Scaling }) {
  if (scaling.kind === "kinds") {
    return [...scaling.colors].map(([text, color]) => <Kind key={text} color={color} text={text} />);
  }
  return (
    <li className="legend-numbers">
      <span className="legend-bar" style={{ background: lutGradient("viridis") }} />
      <span className="legend-ends numbers">
        <span>{formatNumber(scaling.low)}</span>
        <span>{formatNumber(scaling.high)}</span>
      </span>
    </li>
  );
}

function Kind({ color, text }: { color: number; text: string }) {
  return (
    <li>
      <span className="swatch" style={{ background: cssOf(color), width: 10, height: 10 }} />
      <span className="truncate">{text}</span>
    </li>
  );
}
