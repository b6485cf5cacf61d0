import { Eye, EyeOff, Squircle } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import type { ImageLabel } from "../state/workspace.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Slide } from "../ui/Slide.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/labels.css";

/** Label images that came with the image. Shown by each person for themselves; they are not annotations. */
export function ImageLabelsSection() {
  const labels = useStore(useWorkspace().labels);
  return (
    <PanelSection title="Labels from the image">
      <ul className="rows">
        {labels.map((label) => (
          <LabelItem key={label.id} label={label} />
        ))}
      </ul>
    </PanelSection>
  );
}

function LabelItem({ label }: { label: ImageLabel }) {
  const { actions } = useWorkspace();
  const { id, name, visible, opacity, outline, state } = label;
  return (
    <li className="label-item">
      <div className="row" data-dimmed={!visible || undefined}>
        <IconButton
          small
          label={`${visible ? "Hide" : "Show"} ${name}`}
          tip={visible ? "Hide, for me only" : "Show, for me only"}
          side="left"
          onClick={() => actions.setLabel(id, { visible: !visible })}
        >
          {visible ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
        </IconButton>
        <button
          type="button"
          className="row-main"
          aria-pressed={visible}
          onClick={() => actions.setLabel(id, { visible: !visible })}
        >
          <span className="truncate">{name}</span>
        </button>
        {state === "loading" ? <Spinner label="Loading" size={12} /> : null}
        {visible ? (
          <IconButton
            small
            label={`Only the outlines of ${name}`}
            pressed={outline}
            onClick={() => actions.setLabel(id, { outline: !outline })}
          >
            <Squircle size={15} aria-hidden />
          </IconButton>
        ) : null}
      </div>
      {visible ? (
        <div className="label-opacity">
          <Slide
            value={Math.round(opacity * 100)}
            min={5}
            max={100}
            label={`Opacity of ${name}`}
            valueText={(value) => `${value} percent`}
            onChange={(value) => actions.setLabel(id, { opacity: value / 100 })}
          />
          <span className="numbers appearance-value" aria-hidden>
            {Math.round(opacity * 100)} %
          </span>
        </div>
      ) : null}
    </li>
  );
}
