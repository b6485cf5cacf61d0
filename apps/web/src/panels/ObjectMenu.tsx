import { EllipsisVertical } from "lucide-react";
import { Fragment } from "react";
import { type CommandGroup, commandsList } from "../session/commands-list.ts";
import { ActionItem, ActionMenu, ActionSeparator } from "../ui/ActionMenu.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

const GROUPS: readonly CommandGroup[] = [
  "Clipboard",
  "Shape",
  "Planes",
  "Order and lock",
  "Transform",
  "Select",
];

/** Everything else that can be done with the selection: what makes no sense for it is left out. */
export function ObjectMenu() {
  return (
    <ActionMenu
      trigger={
        <IconButton small label="More for the selection">
          <EllipsisVertical size={15} aria-hidden />
        </IconButton>
      }
    >
      <Commands />
    </ActionMenu>
  );
}

/** Asked when the menu opens. */
function Commands() {
  const workspace = useWorkspace();
  const groups = GROUPS.map((group) =>
    commandsList.filter((one) => one.group === group && one.enabled(workspace)),
  ).filter((commands) => commands.length > 0);
  return groups.map((commands, index) => (
    <Fragment key={commands[0]!.group}>
      {index > 0 ? <ActionSeparator /> : null}
      {commands.map(({ id, label, run }) => (
        <ActionItem key={id} keys={keysOf(id)} onSelect={() => run(workspace)}>
          {label}
        </ActionItem>
      ))}
      {commands[0]!.group === "Order and lock" ? (
        <p className="menu-note">A lock is advice: anyone who may draw here can unlock.</p>
      ) : null}
    </Fragment>
  ));
}
