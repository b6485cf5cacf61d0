import { Toolbar } from "@base-ui/react/toolbar";
import {
  Brush,
  Circle,
  CircleDot,
  Eraser,
  Hand,
  Lasso,
  Magnet,
  MousePointer2,
  Pentagon,
  Redo2,
  RulerDimensionLine,
  ScanSearch,
  Scissors,
  Slash,
  Square,
  Undo2,
  WandSparkles,
} from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { ToolId } from "../state/workspace.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Tip } from "../ui/Tip.tsx";
import { ClassMenu } from "./ClassMenu.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

const TOOLS: readonly { id: ToolId; label: string; icon: ReactNode }[] = [
  { id: "select", label: "Select and move", icon: <MousePointer2 size={17} aria-hidden /> },
  { id: "pan", label: "Pan", icon: <Hand size={17} aria-hidden /> },
  { id: "point", label: "Point", icon: <CircleDot size={17} aria-hidden /> },
  { id: "line", label: "Line", icon: <Slash size={17} aria-hidden /> },
  { id: "rectangle", label: "Rectangle", icon: <Square size={17} aria-hidden /> },
  { id: "ellipse", label: "Ellipse", icon: <Circle size={17} aria-hidden /> },
  { id: "polygon", label: "Polygon", icon: <Pentagon size={17} aria-hidden /> },
  { id: "freehand", label: "Freehand outline", icon: <Lasso size={17} aria-hidden /> },
  { id: "brush", label: "Brush", icon: <Brush size={17} aria-hidden /> },
  { id: "eraser", label: "Eraser", icon: <Eraser size={17} aria-hidden /> },
  { id: "prompt", label: "Outline what is clicked", icon: <ScanSearch size={17} aria-hidden /> },
  { id: "wand", label: "Magic wand", icon: <WandSparkles size={17} aria-hidden /> },
  { id: "magnetic", label: "Magnetic outline", icon: <Magnet size={17} aria-hidden /> },
  { id: "split", label: "Split areas", icon: <Scissors size={17} aria-hidden /> },
  { id: "ruler", label: "Ruler", icon: <RulerDimensionLine size={17} aria-hidden /> },
];

/** The tools: one stop for Tab, arrow keys move inside. Below them the class, whose menu needs the arrow keys. */
export function ToolRail() {
  const workspace = useWorkspace();
  const tool = useStore(workspace.tool);
  const { canUndo, canRedo } = useStore(workspace.undo);
  const { actions } = workspace;
  return (
    <div className="rail">
      <Toolbar.Root className="rail-tools" orientation="vertical" aria-label="Tools">
        {TOOLS.map(({ id, label, icon }) => (
          <RailButton
            key={id}
            label={label}
            keys={keysOf(`tool.${id}`)}
            pressed={tool === id}
            onClick={() => actions.setTool(id)}
          >
            {icon}
          </RailButton>
        ))}
        <Toolbar.Separator className="rail-separator" />
        <RailButton
          label="Undo"
          keys={keysOf("edit.undo")}
          disabled={!canUndo}
          onClick={() => workspace.canvas.takeBack() || actions.undo()}
        >
          <Undo2 size={17} aria-hidden />
        </RailButton>
        <RailButton label="Redo" keys={keysOf("edit.redo")} disabled={!canRedo} onClick={actions.redo}>
          <Redo2 size={17} aria-hidden />
        </RailButton>
      </Toolbar.Root>
      <hr className="rail-separator" />
      <ActiveClass />
    </div>
  );
}

interface RailButtonProps extends Omit<ComponentProps<typeof Toolbar.Button>, "aria-label"> {
  label: string;
  keys?: readonly string[] | undefined;
  pressed?: boolean;
}

function RailButton({ label, keys, pressed, ...rest }: RailButtonProps) {
  return (
    <Tip label={label} keys={keys} side="right">
      <Toolbar.Button
        className="rail-button"
        aria-label={label}
        {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
        {...rest}
      />
    </Tip>
  );
}

/** The class that new annotations get, and the way to another one. */
function ActiveClass() {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const activeId = useStore(workspace.activeClassId);
  const active = classes.find((row) => row.id === activeId) ?? null;
  const name = active?.name ?? "Unclassified";
  return (
    <ClassMenu
      value={activeId}
      onChange={workspace.actions.setActiveClass}
      side="right"
      trigger={
        <IconButton
          className="rail-button"
          label={`Class of new annotations: ${name}`}
          tip={`New annotations: ${name}`}
          side="right"
        >
          <ClassSwatch row={active} size={18} />
        </IconButton>
      }
    />
  );
}
