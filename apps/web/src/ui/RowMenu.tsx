import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { ActionItem, ActionMenu, ActionSeparator } from "./ActionMenu.tsx";
import { IconButton } from "./IconButton.tsx";

interface RowMenuProps {
  /** Of what the row stands for. */
  name: string;
  /** The actions in a few words. */
  tip: string;
  onRename: () => void;
  onDelete: () => void;
  /** Actions above renaming. */
  first?: ReactNode;
  /** Actions between renaming and deleting. */
  children?: ReactNode;
}

/** What can be done with a row of a list beyond a click on it. */
export function RowMenu({ name, tip, onRename, onDelete, first, children }: RowMenuProps) {
  return (
    <ActionMenu
      trigger={
        <IconButton small label={`More about ${name}`} tip={tip} className="row-more">
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      }
    >
      {first}
      <ActionItem icon={<Pencil size={14} aria-hidden />} keys={["F2"]} onSelect={onRename}>
        Rename
      </ActionItem>
      {children}
      <ActionSeparator />
      <ActionItem tone="danger" icon={<Trash2 size={14} aria-hidden />} onSelect={onDelete}>
        Delete…
      </ActionItem>
    </ActionMenu>
  );
}
