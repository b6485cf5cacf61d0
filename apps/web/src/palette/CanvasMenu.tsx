import { Menu } from "@base-ui/react/menu";
import { ChevronRight } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "../hooks/use-store.ts";
import { canvasMenuAt } from "../keys/palette-open.ts";
import { ClassSwatch } from "../panels/ClassSwatch.tsx";
import { keysOf } from "../panels/key-labels.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import type { Workspace } from "../state/workspace.ts";
import { ActionItem, ActionSeparator } from "../ui/ActionMenu.tsx";
import { Keys } from "../ui/Keys.tsx";
import { menuGroups, menuTitle } from "./menu.ts";

/** What can be done with what is under the pointer, or with the selection where a key asked for it. */
export function CanvasMenu() {
  const workspace = useWorkspace();
  const asked = useStore(canvasMenuAt);
  const place = useMemo(() => (asked === null ? null : placeOf(workspace, asked)), [workspace, asked]);
  return (
    <Menu.Root
      open={place !== null}
      onOpenChange={(open) => {
        if (!open) canvasMenuAt.set(null);
      }}
    >
      <Menu.Portal>
        <Menu.Positioner
          className="floating-positioner"
          // Beside the pointer: where there is no room below, it moves up instead of being cut off.
          side="right"
          align="start"
          collisionPadding={8}
          anchor={{ getBoundingClientRect: () => new DOMRect(place?.x, place?.y, 0, 0) }}
        >
          <Menu.Popup className="menu" aria-label="What can be done here" finalFocus={canvas}>
            {place ? <Items /> : null}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

const canvas = () => document.querySelector<HTMLElement>(".canvas");

/** Drawn while it is open. */
function Items() {
  const workspace = useWorkspace();
  const groups = useMemo(() => menuGroups(workspace), [workspace]);
  const title = useMemo(() => menuTitle(workspace), [workspace]);
  const some = workspace.selection.get().size > 0;
  return (
    <Menu.Group>
      <Menu.GroupLabel className="menu-heading truncate">{title}</Menu.GroupLabel>
      {some ? <Classes /> : null}
      {groups.map((entries, i) => (
        <div key={entries[0]!.id} role="presentation">
          {i > 0 || some ? <ActionSeparator /> : null}
          {entries.map(({ id, label, keys, run }) => (
            <ActionItem
              key={id}
              keys={keys.slice(0, 1)}
              tone={id === "edit.remove" ? "danger" : "plain"}
              // What it opens is opened after the menu has given the focus back.
              onSelect={() => setTimeout(run)}
            >
              {label}
            </ActionItem>
          ))}
        </div>
      ))}
    </Menu.Group>
  );
}

function Classes() {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const give = (id: string | null) => {
    workspace.actions.setActiveClass(id);
    workspace.actions.reclassSelection(id);
  };
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className="menu-item menu-item-plain">
        <span className="menu-icon" />
        <span className="menu-label">Class</span>
        <ChevronRight size={14} aria-hidden />
      </Menu.SubmenuTrigger>
      <Menu.Portal>
        <Menu.Positioner className="floating-positioner" sideOffset={2} collisionPadding={8}>
          <Menu.Popup className="menu class-menu">
            {classes.map((row, i) => (
              <Menu.Item key={row.id} className="menu-item" onClick={() => give(row.id)}>
                <ClassSwatch row={row} />
                <span className="menu-label truncate">{row.name}</span>
                <Keys keys={keysOf(`class.${i + 1}`) ?? []} />
              </Menu.Item>
            ))}
            <Menu.Item className="menu-item" onClick={() => give(null)}>
              <ClassSwatch row={null} />
              <span className="menu-label">Unclassified</span>
              <Keys keys={keysOf("unclassified") ?? []} />
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.SubmenuRoot>
  );
}

/** CSS px of the window: where it was clicked, or the middle of what is selected, or of the canvas. */
function placeOf(
  workspace: Workspace,
  asked: { x: number; y: number } | "selection",
): { x: number; y: number } {
  if (asked !== "selection") return asked;
  const box = canvas()?.getBoundingClientRect() ?? new DOMRect();
  const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  const [first] = workspace.selected.get();
  if (!first) return middle;
  const { minX, minY, maxX, maxY } = first.bounds;
  const at = workspace.canvas.toScreen({ x: (minX + maxX) / 2, y: (minY + maxY) / 2 });
  const seen = at && at.x >= 0 && at.y >= 0 && at.x <= box.width && at.y <= box.height;
  return seen ? { x: box.left + at.x, y: box.top + at.y } : middle;
}
