import { Plus } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { classPalette } from "../ui/color.ts";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { ClassItem } from "./ClassItem.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** The classes of the project, shared by all its images. The active one goes to what is drawn next. */
export function ClassesSection() {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const activeId = useStore(workspace.activeClassId);
  const [adding, setAdding] = useState(false);
  const nextColor =
    classPalette.find(({ value }) => !classes.some((row) => row.color.toLowerCase() === value))?.value ??
    classPalette[classes.length % classPalette.length]!.value;
  return (
    <PanelSection
      title="Classes"
      action={
        <IconButton small label="Add a class" side="left" onClick={() => setAdding(true)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      }
    >
      <ul className="rows">
        {classes.map((row, index) => (
          <ClassItem key={row.id} row={row} index={index} active={row.id === activeId} />
        ))}
        {adding ? (
          <li className="row row-adding">
            <span className="swatch" style={{ background: nextColor }} />
            <EditableName
              value=""
              label="Name of the new class"
              onCommit={(name) => void workspace.actions.addClass(name, nextColor)}
              onDone={() => setAdding(false)}
            />
          </li>
        ) : null}
        <li className="row" data-active={activeId === null || undefined}>
          <span className="row-swatch">
            <ClassSwatch row={null} />
          </span>
          <button
            type="button"
            className="row-main"
            aria-pressed={activeId === null}
            onClick={() => workspace.actions.setActiveClass(null)}
          >
            <span className="truncate">Unclassified</span>
          </button>
        </li>
      </ul>
    </PanelSection>
  );
}
