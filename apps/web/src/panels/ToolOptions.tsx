import { useStore } from "../hooks/use-store.ts";
import { BRUSH_CSS, drawsArea, hasSize } from "../state/brush.ts";
import { PromptOptions } from "../tools/prompt/PromptOptions.tsx";
import { draggedTo, percent, TOLERANCE, wandTolerance } from "../tools/wand/tolerance.ts";
import { Slide } from "../ui/Slide.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/tool-options.css";

/** Steps of the slider: sizes grow by the same share, so that small ones can be chosen as well as large ones. */
const STEPS = 100;
const SPAN = Math.log(BRUSH_CSS.most / BRUSH_CSS.least);

const toStep = (size: number): number => Math.round((Math.log(size / BRUSH_CSS.least) / SPAN) * STEPS);
const toSize = (step: number): number => BRUSH_CSS.least * Math.exp((step / STEPS) * SPAN);

/** What can be set for the tool in hand. Nothing where there is nothing to set. */
export function ToolOptions() {
  const workspace = useWorkspace();
  const tool = useStore(workspace.tool);
  if (!hasSize(tool) && !drawsArea(tool)) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a look of its own
    <div className="tool-options" role="group" aria-label="Tool options">
      {hasSize(tool) ? <Size /> : null}
      {tool === "wand" ? <Tolerance /> : null}
      {tool === "prompt" ? <PromptOptions /> : null}
      {drawsArea(tool) ? <EmptyOnly /> : null}
    </div>
  );
}

function Size() {
  const { brushSize, actions } = useWorkspace();
  const size = useStore(brushSize);
  const shown = `${Math.round(size)} px`;
  return (
    <div className="tool-option">
      <span aria-hidden>Size</span>
      <Slide
        value={toStep(size)}
        min={0}
        max={STEPS}
        largeStep={10}
        label="Size on the screen"
        valueText={(step) => `${Math.round(toSize(step))} pixels`}
        onChange={(step) => actions.setBrushSize(toSize(step))}
      />
      <span className="tool-option-value numbers" aria-hidden>
        {shown}
      </span>
    </div>
  );
}

/** Tolerances feel alike by shares too. */
const TOLERANCE_SPAN = Math.log(TOLERANCE.most / TOLERANCE.least);
const toToleranceStep = (tolerance: number): number =>
  Math.round((Math.log(tolerance / TOLERANCE.least) / TOLERANCE_SPAN) * STEPS);
const toTolerance = (step: number): number => TOLERANCE.least * Math.exp((step / STEPS) * TOLERANCE_SPAN);

function Tolerance() {
  const chosen = useStore(wandTolerance);
  const tolerance = useStore(draggedTo) ?? chosen;
  return (
    <div className="tool-option" title="How different from the pixel pressed still counts as alike">
      <span aria-hidden>Tolerance</span>
      <Slide
        value={toToleranceStep(tolerance)}
        min={0}
        max={STEPS}
        largeStep={10}
        label="Tolerance of the wand"
        valueText={(step) => percent(toTolerance(step))}
        onChange={(step) => wandTolerance.set(toTolerance(step))}
      />
      <span className="tool-option-value numbers" aria-hidden>
        {percent(tolerance)}
      </span>
    </div>
  );
}

function EmptyOnly() {
  const { emptyOnly, actions } = useWorkspace();
  const on = useStore(emptyOnly);
  return (
    <div className="tool-option" title="New areas leave out what other areas of the layer cover">
      <Toggle checked={on} onChange={actions.setEmptyOnly}>
        Overwrite empty only
      </Toggle>
    </div>
  );
}
