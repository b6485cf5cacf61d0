import { Plus } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { onDemand, QUIET } from "../ui/on-demand.tsx";
import { AppearanceControls } from "./AppearanceControls.tsx";
import { ClassesSection } from "./ClassesSection.tsx";
import { LayerItem } from "./LayerItem.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";

// Most images bring none.
const ImageLabelsSection = onDemand(
  async () => (await import("./ImageLabelsSection.tsx")).ImageLabelsSection,
  QUIET,
);

/** The layers of the image and the classes of its project. */
export function LayersPanel() {
  const hasLabels = useStore(useWorkspace().labels, (labels) => labels.length > 0);
  return (
    <>
      <LayersSection />
      {hasLabels ? (
        <Boundary fallback={() => null}>
          <ImageLabelsSection />
        </Boundary>
      ) : null}
      <ClassesSection />
      <PanelSection title="Appearance">
        <AppearanceControls />
      </PanelSection>
    </>
  );
}

function LayersSection() {
  const workspace = useWorkspace();
  const layers = useStore(workspace.layers);
  const activeId = useStore(workspace.activeLayerId);
  const [adding, setAdding] = useState(false);
  return (
    <PanelSection
      title="Layers"
      action={
        <IconButton small label="Add a layer" side="left" onClick={() => setAdding(true)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      }
    >
      {layers.length === 0 && !adding ? (
        <p className="panel-empty">Annotations live in layers. Add one to draw.</p>
      ) : (
        <ul className="rows">
          {layers.map((layer) => (
            <LayerItem key={layer.row.id} layer={layer} active={layer.row.id === activeId} />
          ))}
          {adding ? (
            <li className="row row-adding">
              <EditableName
                value={`Layer ${layers.length + 1}`}
                label="Name of the new layer"
                keepUnchanged
                onCommit={(name) => void workspace.actions.addLayer(name)}
                onDone={() => setAdding(false)}
              />
            </li>
          ) : null}
        </ul>
      )}
    </PanelSection>
  );
}
