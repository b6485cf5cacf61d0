import type { AnnotationSnapshot } from "@coscope/annotations";
import { Copy, Crosshair, Table2, Trash2 } from "lucide-react";
import { showInTable } from "../objects/table-state.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { keysOf } from "./key-labels.ts";
import { LockButton } from "./LockButton.tsx";
import { ObjectMenu } from "./ObjectMenu.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** What can be done with the selection. `first` is brought into view, where it makes sense. */
export function ObjectActions({ first }: { first?: AnnotationSnapshot }) {
  const { actions } = useWorkspace();
  return (
    <>
      {first ? (
        <IconButton small label="Show in table" onClick={() => showInTable(first.id)}>
          <Table2 size={15} aria-hidden />
        </IconButton>
      ) : null}
      {first ? (
        <IconButton small label="Bring into view" onClick={() => actions.goTo(first.id)}>
          <Crosshair size={15} aria-hidden />
        </IconButton>
      ) : null}
      <IconButton
        small
        label="Duplicate"
        keys={keysOf("edit.duplicate")}
        onClick={actions.duplicateSelection}
      >
        <Copy size={15} aria-hidden />
      </IconButton>
      <IconButton small label="Delete" keys={keysOf("edit.remove")} onClick={actions.removeSelection}>
        <Trash2 size={15} aria-hidden />
      </IconButton>
      <LockButton />
      <ObjectMenu />
    </>
  );
}
