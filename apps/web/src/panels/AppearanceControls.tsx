import { useStore } from "../hooks/use-store.ts";
import { Keys } from "../ui/Keys.tsx";
import { Slide } from "../ui/Slide.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { ColorBySelect } from "./ColorBySelect.tsx";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

/** How annotations look, for this person only. */
export function AppearanceControls() {
  const workspace = useWorkspace();
  const style = useStore(workspace.style);
  const { setStyle } = workspace.actions;
  return (
    <div className="appearance">
      <Toggle checked={!style.hidden} onChange={(shown) => setStyle({ hidden: !shown })}>
        Show <Keys keys={keysOf("view.hide") ?? []} />
      </Toggle>
      <Toggle checked={style.fill} onChange={(fill) => setStyle({ fill })}>
        Fill <Keys keys={keysOf("view.fill") ?? []} />
      </Toggle>
      <ColorBySelect />
      <div className="appearance-slider">
        <span aria-hidden>Opacity</span>
        <Slide
          value={Math.round(style.opacity * 100)}
          min={10}
          max={100}
          label="Opacity of annotations"
          valueText={(value) => `${value} percent`}
          onChange={(value) => setStyle({ opacity: value / 100 })}
        />
        <span className="numbers appearance-value" aria-hidden>
          {Math.round(style.opacity * 100)} %
        </span>
      </div>
    </div>
  );
}
